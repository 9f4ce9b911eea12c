import type { Clock, Instant } from '../../base/clock.ts';

/** A mail in a folder; replaced, never changed. */
export interface Message {
  readonly uid: number;
  readonly flags: ReadonlySet<string>;
  /** INTERNALDATE, whole seconds when shown. */
  readonly receivedAt: Instant;
  readonly raw: Buffer;
}

export interface Folder {
  readonly name: string;
  /** RFC 6154: `\Junk`, `\Trash`; null for INBOX. */
  readonly specialUse: string | null;
  readonly uidValidity: number;
  readonly uidNext: number;
  /** By UID, ascending. */
  readonly messages: ReadonlyMap<number, Message>;
}

/** One mailbox: INBOX, Junk and Trash. */
export interface Mailbox {
  folders(): readonly Folder[];
  /** INBOX in any case, the others as they are written (RFC 3501 section 5.1). */
  find(name: string): Folder | undefined;
  /** Answers the UID it has. */
  append(name: string, raw: Buffer, flags?: readonly string[]): number;
  setFlags(name: string, uid: number, flags: ReadonlySet<string>): void;
  expunge(name: string, uids: readonly number[]): void;
  /** Copies; answers the new UIDs in the order of those given. */
  copy(from: string, uids: readonly number[], to: string): readonly number[];
  /** Every folder counts its UIDs anew under another UIDVALIDITY. */
  renumber(): void;
  /** Called with the name of the folder that has changed; answers how to stop that. */
  onChange(listener: (name: string) => void): () => void;
}

interface Shelf extends Omit<Folder, 'messages'> {
  uidValidity: number;
  uidNext: number;
  readonly messages: Map<number, Message>;
}

const FOLDERS: readonly (readonly [name: string, specialUse: string | null])[] = [
  ['INBOX', null],
  ['Junk', '\\Junk'],
  ['Trash', '\\Trash'],
];

/** `now` gives the mailbox's own clock. */
export function createMailbox(clock: Pick<Clock, 'now'>): Mailbox {
  const uidValidity = Math.floor(clock.now() / 1_000);
  const shelves = new Map<string, Shelf>(
    FOLDERS.map(([name, specialUse]) => [
      name,
      { name, specialUse, uidValidity, uidNext: 1, messages: new Map<number, Message>() },
    ]),
  );
  const listeners = new Set<(name: string) => void>();
  const tell = (name: string): void => listeners.forEach((listener) => listener(name));
  const find = (name: string): Shelf | undefined =>
    shelves.get(name.toUpperCase() === 'INBOX' ? 'INBOX' : name);

  function shelf(name: string): Shelf {
    const found = find(name);
    if (found === undefined) throw new Error(`there is no folder ${name}`);
    return found;
  }

  return {
    folders: () => [...shelves.values()],
    find,
    append(name, raw, flags = []) {
      const folder = shelf(name);
      const uid = put(folder, { raw, flags: new Set(flags), receivedAt: clock.now() });
      tell(folder.name);
      return uid;
    },
    setFlags(name, uid, flags) {
      const folder = shelf(name);
      const message = folder.messages.get(uid);
      if (message === undefined) return;
      folder.messages.set(uid, { ...message, flags });
      tell(folder.name);
    },
    expunge(name, uids) {
      const folder = shelf(name);
      for (const uid of uids) folder.messages.delete(uid);
      tell(folder.name);
    },
    copy(from, uids, to) {
      const [source, target] = [shelf(from), shelf(to)];
      const messages = uids.flatMap((uid) => source.messages.get(uid) ?? []);
      const copied = messages.map((message) => put(target, message));
      tell(target.name);
      return copied;
    },
    renumber() {
      shelves.forEach(renumber);
      for (const name of shelves.keys()) tell(name);
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

function put(folder: Shelf, message: Omit<Message, 'uid'>): number {
  const uid = folder.uidNext;
  folder.uidNext += 1;
  folder.messages.set(uid, { ...message, uid });
  return uid;
}

function renumber(folder: Shelf): void {
  const messages = [...folder.messages.values()];
  folder.uidValidity += 1;
  folder.uidNext = 1;
  folder.messages.clear();
  for (const message of messages) put(folder, message);
}
