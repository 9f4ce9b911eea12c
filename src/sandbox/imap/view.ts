import type { Folder, Mailbox, Message } from './store.ts';

/** One mail as a session counts it. */
export interface Entry {
  /** Message sequence number, from 1. */
  readonly number: number;
  readonly message: Message;
}

/** The selected folder as one session knows it: numbers change only when the client is told. */
export interface View {
  readonly name: string;
  readonly readOnly: boolean;
  folder(): Folder;
  /** What the client knows of, in order; mails that others expunged meanwhile are left out. */
  entries(): readonly Entry[];
  /** Untagged lines that bring the client up to date; expunges wait where they may not be told. */
  news(options: { readonly expunges: boolean }): readonly string[];
  /** The client is told of these flags by another reply. */
  noteFlags(message: Message): void;
}

export function createView(mailbox: Mailbox, name: string, readOnly: boolean): View {
  const told = new Map<number, ReadonlySet<string>>();
  const current = (): Folder => {
    const folder = mailbox.find(name);
    if (folder === undefined) throw new Error(`folder ${name} has gone`);
    return folder;
  };
  const { uidValidity } = current();
  for (const { uid, flags } of current().messages.values()) told.set(uid, flags);

  function expunged(): readonly string[] {
    const lines: string[] = [];
    let number = 0;
    for (const uid of [...told.keys()]) {
      number += 1;
      if (current().messages.has(uid)) continue;
      told.delete(uid);
      lines.push(`* ${number} EXPUNGE`);
      number -= 1;
    }
    return lines;
  }

  function flagged(): readonly string[] {
    return [...told.keys()].flatMap((uid, index) => {
      const flags = current().messages.get(uid)?.flags;
      if (flags === undefined || flags === told.get(uid)) return [];
      told.set(uid, flags);
      return [`* ${index + 1} FETCH (UID ${uid} FLAGS (${[...flags].join(' ')}))`];
    });
  }

  return {
    name,
    readOnly,
    folder: current,
    entries() {
      const { messages } = current();
      return [...told.keys()].flatMap((uid, index) => {
        const message = messages.get(uid);
        return message === undefined ? [] : [{ number: index + 1, message }];
      });
    },
    news({ expunges }) {
      if (current().uidValidity !== uidValidity) return [];
      const gone = expunges ? expunged() : [];
      const changed = flagged();
      const before = told.size;
      for (const { uid, flags } of current().messages.values()) {
        if (!told.has(uid)) told.set(uid, flags);
      }
      return [...gone, ...changed, ...(told.size > before ? [`* ${told.size} EXISTS`] : [])];
    },
    noteFlags: ({ uid, flags }) => void told.set(uid, flags),
  };
}
