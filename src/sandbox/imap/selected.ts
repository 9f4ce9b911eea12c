import { BadCommand, membersOf, type Args } from './args.ts';
import { fetchAnswer, readItems, type Item } from './fetch.ts';
import { readSearch } from './search.ts';
import { no, ok, type Answer, type Command, type Session } from './session.ts';
import type { Message } from './store.ts';
import type { Entry, View } from './view.ts';

const SELECTED = ['selected'] as const;
const READ_ONLY = no('[READ-ONLY] the folder is open for reading only');

/** Commands on the selected folder; `UID X` stands for X with UIDs. */
export const SELECTED_COMMANDS: Readonly<Record<string, Command>> = {
  CLOSE: { states: SELECTED, run: close },
  UNSELECT: { states: SELECTED, run: unselect },
  FETCH: { states: SELECTED, keepsNumbers: true, run: byNumber(fetch) },
  'UID FETCH': { states: SELECTED, run: byUid(fetch) },
  SEARCH: { states: SELECTED, keepsNumbers: true, run: (s, a) => search(s, a, 'number') },
  'UID SEARCH': { states: SELECTED, run: (s, a) => search(s, a, 'uid') },
  STORE: { states: SELECTED, keepsNumbers: true, run: byNumber(store) },
  'UID STORE': { states: SELECTED, run: byUid(store) },
  COPY: { states: SELECTED, run: byNumber(copy) },
  'UID COPY': { states: SELECTED, run: byUid(copy) },
  MOVE: { states: SELECTED, run: byNumber(move) },
  'UID MOVE': { states: SELECTED, run: byUid(move) },
  EXPUNGE: { states: SELECTED, run: (session, args) => expunge(session, args, false) },
  'UID EXPUNGE': { states: SELECTED, run: (session, args) => expunge(session, args, true) },
};

interface OnMails {
  readonly session: Session;
  readonly view: View;
  readonly args: Args;
  readonly entries: readonly Entry[];
  readonly withUid: boolean;
}

function viewOf(session: Session): View {
  if (session.view === undefined) throw new BadCommand('nothing is selected');
  return session.view;
}

/** A sequence number that does not exist is an error; a UID that does not is passed over (RFC 3501 6.4.8). */
function byNumber(run: (on: OnMails) => Answer): Command['run'] {
  return (session, args) => {
    const view = viewOf(session);
    args.space();
    const set = args.numberSet();
    const all = view.entries();
    const numbers = all.map(({ number }) => number);
    const last = numbers.at(-1) ?? 0;
    if (set.some((ends) => ends.some((end) => end !== Infinity && end > last)) || last === 0) {
      throw new BadCommand('no such message');
    }
    const members = new Set(membersOf(set, numbers));
    const entries = all.filter(({ number }) => members.has(number));
    return run({ session, view, args, entries, withUid: false });
  };
}

function byUid(run: (on: OnMails) => Answer): Command['run'] {
  return (session, args) => {
    const view = viewOf(session);
    args.space();
    const all = view.entries();
    const members = membersOf(
      args.numberSet(),
      all.map(({ message }) => message.uid),
    );
    const wanted = new Set(members);
    const entries = all.filter(({ message }) => wanted.has(message.uid));
    return run({ session, view, args, entries, withUid: true });
  };
}

function close(session: Session, args: Args): Answer {
  args.end();
  const view = viewOf(session);
  if (!view.readOnly) session.mailbox.expunge(view.name, deletedIn(view));
  return leave(session);
}

function unselect(session: Session, args: Args): Answer {
  args.end();
  return leave(session);
}

function leave(session: Session): Answer {
  session.view = undefined;
  session.state = 'authenticated';
  return ok('done');
}

function fetch({ session, view, args, entries, withUid }: OnMails): Answer {
  args.space();
  const asked = readItems(args);
  args.end();
  const items = withUid ? withUidItem(asked) : asked;
  const marksSeen = !view.readOnly && items.some((item) => item.marksSeen);
  for (const { number, message } of entries) {
    const seen =
      marksSeen && !message.flags.has('\\Seen') ? markSeen(session, view, message) : null;
    const told = seen === null ? items : withFlagsItem(items);
    session.send(fetchAnswer(number, seen ?? message, told));
  }
  return ok('done');
}

const UID_ITEM: Item = { label: 'UID', value: ({ uid }) => String(uid), marksSeen: false };
const FLAGS_ITEM: Item = {
  label: 'FLAGS',
  value: ({ flags }) => `(${[...flags].join(' ')})`,
  marksSeen: false,
};

function withUidItem(items: readonly Item[]): readonly Item[] {
  return items.some(({ label }) => label === 'UID') ? items : [UID_ITEM, ...items];
}

function withFlagsItem(items: readonly Item[]): readonly Item[] {
  return items.some(({ label }) => label === 'FLAGS') ? items : [...items, FLAGS_ITEM];
}

function markSeen(session: Session, view: View, message: Message): Message {
  const seen = { ...message, flags: new Set([...message.flags, '\\Seen']) };
  session.mailbox.setFlags(view.name, message.uid, seen.flags);
  view.noteFlags(seen);
  return seen;
}

function search(session: Session, args: Args, by: 'number' | 'uid'): Answer {
  const all = viewOf(session).entries();
  args.space();
  const criterion = readSearch(args);
  const found = all.filter((entry) => criterion(entry, all));
  const numbers = found.map(({ number, message }) => (by === 'uid' ? message.uid : number));
  session.send(['* SEARCH', ...numbers].join(' '));
  return ok('done');
}

const SYSTEM_FLAG = /\\(?:Answered|Flagged|Deleted|Seen|Draft)(?![\w-])/iy;

function store({ session, view, args, entries, withUid }: OnMails): Answer {
  args.space();
  const verb = args.take(/[+-]?FLAGS(?:\.SILENT)?/iy)?.toUpperCase();
  if (verb === undefined) throw new BadCommand('expected FLAGS');
  args.space();
  const given = new Set(args.list(() => readFlag(args)));
  args.end();
  if (view.readOnly) return READ_ONLY;
  for (const { number, message } of entries) {
    const changed = { ...message, flags: combine(message.flags, given, verb) };
    session.mailbox.setFlags(view.name, message.uid, changed.flags);
    view.noteFlags(changed);
    const items = withUid ? [UID_ITEM, FLAGS_ITEM] : [FLAGS_ITEM];
    if (!verb.endsWith('.SILENT')) session.send(fetchAnswer(number, changed, items));
  }
  return ok('done');
}

/** System flags in any case, and keywords. */
function readFlag(args: Args): string {
  const system = args.take(SYSTEM_FLAG);
  if (system === undefined) return args.atom();
  return `\\${system.charAt(1).toUpperCase()}${system.slice(2).toLowerCase()}`;
}

function combine(
  flags: ReadonlySet<string>,
  given: ReadonlySet<string>,
  verb: string,
): ReadonlySet<string> {
  if (verb.startsWith('+')) return new Set([...flags, ...given]);
  if (verb.startsWith('-')) return new Set([...flags].filter((flag) => !given.has(flag)));
  return given;
}

/** The new UIDs as UIDPLUS tells them (RFC 4315); undefined for a folder that is not there. */
function copyTo({ session, view, args, entries }: OnMails): string | undefined {
  args.space();
  const target = session.mailbox.find(args.astring());
  args.end();
  if (target === undefined) return undefined;
  const uids = entries.map(({ message }) => message.uid);
  const copied = session.mailbox.copy(view.name, uids, target.name);
  if (uids.length === 0) return '';
  return `[COPYUID ${target.uidValidity} ${uids.join(',')} ${copied.join(',')}] `;
}

function copy(on: OnMails): Answer {
  const code = copyTo(on);
  return code === undefined ? no('[TRYCREATE] no such folder') : ok(`${code}done`);
}

/** RFC 6851: COPYUID in an untagged OK, before the expunges. */
function move(on: OnMails): Answer {
  const { session, view, entries } = on;
  if (view.readOnly) return READ_ONLY;
  const code = copyTo(on);
  if (code === undefined) return no('[TRYCREATE] no such folder');
  if (code !== '') session.send(`* OK ${code}moved`);
  session.mailbox.expunge(
    view.name,
    entries.map(({ message }) => message.uid),
  );
  return ok('done');
}

function deletedIn(view: View): readonly number[] {
  const deleted = view.entries().filter(({ message }) => message.flags.has('\\Deleted'));
  return deleted.map(({ message }) => message.uid);
}

/** UID EXPUNGE (RFC 4315) spares what is \Deleted and not in its set. */
function expunge(session: Session, args: Args, byUids: boolean): Answer {
  const view = viewOf(session);
  let uids = deletedIn(view);
  if (byUids) {
    args.space();
    const all = view.entries().map(({ message }) => message.uid);
    const wanted = new Set(membersOf(args.numberSet(), all));
    uids = uids.filter((uid) => wanted.has(uid));
  }
  args.end();
  if (view.readOnly) return READ_ONLY;
  session.mailbox.expunge(view.name, uids);
  return ok('done');
}
