import { BadCommand, type Args } from './args.ts';
import type { Message } from './store.ts';

/** One thing to fetch of a mail (RFC 3501 section 6.4.5), as far as the sandbox goes. */
export interface Item {
  /** As it stands in the answer. */
  readonly label: string;
  readonly value: (message: Message) => string | Buffer;
  /** Reading it sets \Seen. */
  readonly marksSeen: boolean;
}

const SIMPLE: Readonly<Record<string, (message: Message) => string>> = {
  UID: ({ uid }) => String(uid),
  FLAGS: ({ flags }) => `(${[...flags].join(' ')})`,
  INTERNALDATE: ({ receivedAt }) => `"${internalDate(receivedAt)}"`,
  'RFC822.SIZE': ({ raw }) => String(raw.length),
};

/** One item, a list of them, or FAST. */
export function readItems(args: Args): readonly Item[] {
  if (args.take(/FAST$/iy) !== undefined) {
    return ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE'].map((name) => simple(name));
  }
  const isList = args.take(/(?=\()/y) !== undefined;
  const items = isList ? args.list(() => readItem(args)) : [readItem(args)];
  if (items.length === 0) throw new BadCommand('nothing to fetch');
  return items;
}

function readItem(args: Args): Item {
  const body = args.take(/BODY(?:\.PEEK)?\[/iy);
  if (body !== undefined) return readBody(args, !/peek/i.test(body));
  return simple((args.take(/[A-Z0-9.]+/iy) ?? '').toUpperCase());
}

function simple(name: string): Item {
  const value = Object.hasOwn(SIMPLE, name) ? SIMPLE[name] : undefined;
  if (value === undefined) throw new BadCommand(`cannot fetch ${name}`);
  return { label: name, value, marksSeen: false };
}

function readBody(args: Args, marksSeen: boolean): Item {
  const section = readSection(args);
  if (args.take(/\]/y) === undefined) throw new BadCommand('expected ]');
  const partial = args.take(/<\d{1,10}\.[1-9]\d{0,9}>/y);
  const [start = 0, length = Infinity] = (partial?.match(/\d+/g) ?? []).map(Number);
  const origin = partial === undefined ? '' : `<${start}>`;
  return {
    label: `BODY[${section.label}]${origin}`,
    value: ({ raw }) => section.of(raw).subarray(start, start + length),
    marksSeen,
  };
}

interface Section {
  readonly label: string;
  readonly of: (raw: Buffer) => Buffer;
}

function readSection(args: Args): Section {
  const word = (args.take(/[A-Z.]+/iy) ?? '').toUpperCase();
  if (word === '') return { label: '', of: (raw) => raw };
  if (word === 'HEADER') return { label: word, of: (raw) => splitMail(raw).header };
  if (word === 'TEXT') return { label: word, of: (raw) => splitMail(raw).text };
  if (word !== 'HEADER.FIELDS' && word !== 'HEADER.FIELDS.NOT') {
    throw new BadCommand(`no such section: ${word}`);
  }
  args.space();
  const names = args.list(() => args.astring());
  if (names.length === 0) throw new BadCommand('no header fields');
  const wanted = new Set(names.map((name) => name.toLowerCase()));
  const keep = (name: string): boolean => wanted.has(name) === (word === 'HEADER.FIELDS');
  const label = `${word} (${names.join(' ')})`;
  return { label, of: (raw) => pickFields(splitMail(raw).header, keep) };
}

/** Header with the empty line that ends it, and the rest; a mail without an empty line is all header. */
export function splitMail(raw: Buffer): { readonly header: Buffer; readonly text: Buffer } {
  if (raw.subarray(0, 2).toString('latin1') === '\r\n') {
    return { header: raw.subarray(0, 2), text: raw.subarray(2) };
  }
  const end = raw.indexOf('\r\n\r\n');
  const at = end < 0 ? raw.length : end + 4;
  return { header: raw.subarray(0, at), text: raw.subarray(at) };
}

/** The fields of a header with their folded lines, and an empty line. */
function pickFields(header: Buffer, keep: (name: string) => boolean): Buffer {
  const fields = header.toString('latin1').split(/\r\n(?![ \t])/);
  const kept = fields.filter((field) => {
    const name = /^([^\s:]+)[ \t]*:/.exec(field)?.[1];
    return name !== undefined && keep(name.toLowerCase());
  });
  return Buffer.from([...kept, ''].join('\r\n') + '\r\n', 'latin1');
}

/** The values of one header field, unfolded. */
export function headerValues(raw: Buffer, name: string): readonly string[] {
  const picked = pickFields(splitMail(raw).header, (field) => field === name.toLowerCase());
  return picked
    .toString('latin1')
    .split(/\r\n(?![ \t])/)
    .filter((field) => field !== '')
    .map((field) =>
      field
        .slice(field.indexOf(':') + 1)
        .replace(/\r\n(?=[ \t])/g, '')
        .trim(),
    );
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `24-Nov-2026 02:00:41 +0000`, the day padded with a space (RFC 3501, date-time). */
export function internalDate(ms: number): string {
  const date = new Date(ms);
  const day = String(date.getUTCDate()).padStart(2, ' ');
  const month = MONTHS[date.getUTCMonth()] ?? '';
  return `${day}-${month}-${date.getUTCFullYear()} ${date.toISOString().slice(11, 19)} +0000`;
}

/** Days since 1970 of `1-Feb-1994`; undefined for what is no date. */
export function parseDay(text: string): number | undefined {
  const [, day = '', name = '', year = ''] = /^"?(\d{1,2})-([a-z]{3})-(\d{4})"?$/i.exec(text) ?? [];
  const month = MONTHS.findIndex((known) => known.toLowerCase() === name.toLowerCase());
  if (month < 0) return undefined;
  return Date.UTC(Number(year), month, Number(day)) / 86_400_000;
}

/** One untagged FETCH answer; strings from the mail go as literals. */
export function fetchAnswer(number: number, message: Message, items: readonly Item[]): Buffer {
  const parts = items.map(({ label, value }) => {
    const content = value(message);
    if (typeof content === 'string') return Buffer.from(`${label} ${content}`);
    return Buffer.concat([Buffer.from(`${label} {${content.length}}\r\n`), content]);
  });
  const spaced = parts.flatMap((part, index) => (index === 0 ? [part] : [Buffer.from(' '), part]));
  return Buffer.concat([Buffer.from(`* ${number} FETCH (`), ...spaced, Buffer.from(')')]);
}
