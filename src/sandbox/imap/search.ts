import { BadCommand, membersOf, type Args, type NumberSet } from './args.ts';
import { headerValues, parseDay, splitMail } from './fetch.ts';
import type { Entry } from './view.ts';

/** Whether a mail is meant; `all` is what the client knows of. */
export type Criterion = (entry: Entry, all: readonly Entry[]) => boolean;

const FLAGS: Readonly<Record<string, readonly [flag: string, isSet: boolean]>> = {
  ANSWERED: ['\\Answered', true],
  DELETED: ['\\Deleted', true],
  DRAFT: ['\\Draft', true],
  FLAGGED: ['\\Flagged', true],
  SEEN: ['\\Seen', true],
  UNANSWERED: ['\\Answered', false],
  UNDELETED: ['\\Deleted', false],
  UNDRAFT: ['\\Draft', false],
  UNFLAGGED: ['\\Flagged', false],
  UNSEEN: ['\\Seen', false],
};

/** The arguments of SEARCH (RFC 3501 section 6.4.4): every criterion must hold. */
export function readSearch(args: Args): Criterion {
  if (args.take(/CHARSET /iy) !== undefined) {
    const charset = args.astring().toUpperCase();
    if (charset !== 'UTF-8' && charset !== 'US-ASCII') throw new BadCommand('charset');
    args.space();
  }
  const criteria = [readKey(args)];
  while (!args.isAtEnd()) {
    args.space();
    criteria.push(readKey(args));
  }
  return (entry, all) => criteria.every((criterion) => criterion(entry, all));
}

function readKey(args: Args): Criterion {
  if (args.take(/(?=\()/y) !== undefined) {
    const inner = args.list(() => readKey(args));
    return (entry, all) => inner.every((criterion) => criterion(entry, all));
  }
  if (args.take(/(?=[\d*])/y) !== undefined) return bySet(args.numberSet(), ({ number }) => number);
  const key = args.atom().toUpperCase();
  if (key === 'ALL') return () => true;
  const flag = Object.hasOwn(FLAGS, key) ? FLAGS[key] : undefined;
  if (flag !== undefined) return ({ message }) => message.flags.has(flag[0]) === flag[1];
  args.space();
  return readValueKey(key, args);
}

function readValueKey(key: string, args: Args): Criterion {
  switch (key) {
    case 'NOT': {
      const inner = readKey(args);
      return (entry, all) => !inner(entry, all);
    }
    case 'OR': {
      const one = readKey(args);
      args.space();
      const other = readKey(args);
      return (entry, all) => one(entry, all) || other(entry, all);
    }
    case 'UID':
      return bySet(args.numberSet(), ({ message }) => message.uid);
    case 'SINCE':
      return byDay(args, (day, given) => day >= given);
    case 'BEFORE':
      return byDay(args, (day, given) => day < given);
    case 'ON':
      return byDay(args, (day, given) => day === given);
    case 'HEADER': {
      const name = args.astring();
      args.space();
      return byHeader(name, args.astring());
    }
    case 'SUBJECT':
    case 'FROM':
    case 'TO':
      return byHeader(key, args.astring());
    case 'BODY': {
      const wanted = args.astring().toLowerCase();
      return ({ message }) =>
        splitMail(message.raw).text.toString('latin1').toLowerCase().includes(wanted);
    }
    default:
      throw new BadCommand(`unknown search key ${key}`);
  }
}

function bySet(set: NumberSet, of: (entry: Entry) => number): Criterion {
  let last: { readonly all: readonly Entry[]; readonly members: ReadonlySet<number> } | undefined;
  return (entry, all) => {
    if (last?.all !== all) last = { all, members: new Set(membersOf(set, all.map(of))) };
    return last.members.has(of(entry));
  };
}

/** Dates only, in the zone of the server: UTC. */
function byDay(args: Args, holds: (day: number, given: number) => boolean): Criterion {
  const given = parseDay(args.take(/"?[\w-]+"?/y) ?? '');
  if (given === undefined) throw new BadCommand('not a date');
  return ({ message }) => holds(Math.floor(message.receivedAt / 86_400_000), given);
}

function byHeader(name: string, wanted: string): Criterion {
  const text = wanted.toLowerCase();
  return ({ message }) =>
    headerValues(message.raw, name).some((value) => value.toLowerCase().includes(text));
}
