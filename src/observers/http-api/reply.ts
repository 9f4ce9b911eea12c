import * as z from 'zod';
import { MonitorError } from '../../base/errors.ts';
import type { Instant } from '../../base/clock.ts';
import type { Place } from '../../domain/sighting.ts';
import type { FeedItem } from '../feed/feed.ts';
import { parseHeaders, type Headers } from '../letter.ts';
import { readInstant, zoneReader, type TimeForm } from '../time-text.ts';
import type { HttpApiConfig } from './config.ts';
import type { Evaluate, Expressions } from './expression.ts';

export const FIELD_NAMES = [
  'id',
  'subject',
  'text',
  'message_id',
  'headers',
  'created_at',
  'place',
] as const;
export type FieldName = (typeof FIELD_NAMES)[number];

/** How one item was read. */
export interface ReadItem {
  readonly item: FeedItem;
  readonly at: Instant | null;
  /** Fields that gave something, and not what is expected of them. */
  readonly unread: readonly FieldName[];
  /** Fields that gave nothing. */
  readonly empty: readonly FieldName[];
}

/** Turns items of a reply into mails. */
export type ItemReader = (value: unknown, usual: Place) => ReadItem;

const Text = z.union([z.string(), z.number(), z.bigint(), z.boolean()]).transform(String);
const HeaderList = z.array(z.object({ name: z.string(), value: z.string() }));
const HeaderMap = z.record(z.string(), z.union([z.string(), z.array(z.string())]));
/** Of text that a list shows: the token stands at its beginning. */
const TEXT_LIMIT = 100_000;

export function stampQuantum(config: HttpApiConfig): number {
  // Whether times are cut off or rounded is not known: T +/- one quantum (semantics B3).
  return 2 * config.quantumMs;
}

/** @throws MonitorError `config` for a field that is no expression. */
export function createItemReader(config: HttpApiConfig, { compile }: Expressions): ItemReader {
  const fields = new Map<FieldName, Evaluate>();
  for (const name of FIELD_NAMES) {
    const text = config.fields[name];
    if (text !== undefined) fields.set(name, compile(text, `fields.${name}`));
  }
  const form: TimeForm = { unit: config.timeUnit, zone: zoneReader(config.timeZone) };
  return (value, usual) => {
    const unread: FieldName[] = [];
    const empty: FieldName[] = [];
    const read = <T>(name: FieldName, parse: (given: unknown) => T | undefined): T | undefined => {
      const field = fields.get(name);
      if (field === undefined) return undefined;
      const given = field(value);
      if (given === null || given === undefined || given === '') empty.push(name);
      const parsed = given === null || given === undefined ? undefined : parse(given);
      if (parsed === undefined && given !== null && given !== undefined) unread.push(name);
      return parsed;
    };
    const text = (name: FieldName): string => read(name, textOf) ?? '';
    const id = text('id');
    const at = read('created_at', (given) => instantOf(given, form)) ?? null;
    const headers = read('headers', headersOf);
    const place = config.fields.place === undefined ? undefined : text('place');
    const isWhole = headers !== undefined && headers.size > 0 && config.source === undefined;
    const item = {
      externalId: id,
      place: place === undefined ? usual : (config.places[place] ?? 'other'),
      stamp:
        at === null
          ? null
          : { at: at - config.quantumMs, quantumMs: stampQuantum(config), source: 'created_at' },
      headers: isWhole
        ? headers
        : shownHeaders({ subject: text('subject'), messageId: text('message_id') }, headers),
      text: text('text').slice(0, TEXT_LIMIT),
      isWhole,
    };
    return { item, at, unread, empty };
  };
}

function textOf(given: unknown): string | undefined {
  return Text.safeParse(given).data;
}

function instantOf(given: unknown, form: TimeForm): Instant | undefined {
  const said = textOf(given);
  return said === undefined ? undefined : (readInstant(said, form) ?? undefined);
}

function headersOf(given: unknown): Headers | undefined {
  if (typeof given === 'string') return parseHeaders(Buffer.from(given));
  const list = HeaderList.safeParse(given).data;
  if (list !== undefined) {
    return parseHeaders(
      Buffer.from(list.map(({ name, value }) => `${name}: ${oneLine(value)}`).join('\n')),
    );
  }
  const map = HeaderMap.safeParse(given).data;
  if (map === undefined) return undefined;
  const entries = Object.entries(map).map(
    ([name, value]) => [name.toLowerCase(), [value].flat()] as const,
  );
  return new Map(entries);
}

function oneLine(value: string): string {
  return value.replace(/\s*\r?\n\s*/g, ' ');
}

function shownHeaders(
  { subject, messageId }: { readonly subject: string; readonly messageId: string },
  some: Headers | undefined,
): Headers {
  const shown = new Map(some ?? []);
  if (subject !== '') shown.set('subject', [subject]);
  if (messageId !== '') shown.set('message-id', [messageId]);
  return shown;
}

/** @throws MonitorError `bad-reply` */
export function itemsOf(given: unknown, what: string): readonly unknown[] {
  if (Array.isArray(given)) return given;
  // A filter or a projection of what is not there gives nothing.
  if (given === null) return [];
  throw new MonitorError(`${what}: items gives no array`, { reason: 'bad-reply', retryable: true });
}
