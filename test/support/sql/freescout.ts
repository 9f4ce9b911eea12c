import type { Place } from '../../../src/domain/sighting.ts';
import { takeApart } from './mail.ts';
import type { Store } from './store.ts';

const ID = { mariadb: 'int unsigned auto_increment primary key', postgres: 'serial primary key' };
const TEXT = { mariadb: 'longtext', postgres: 'text' };
export type FreescoutEngine = keyof typeof ID;

/** Of a conversation: status 1 active, 3 closed, 4 spam; state 2 published, 3 deleted. */
const AS: Partial<Record<Place, { readonly status: number; readonly state: number }>> = {
  inbox: { status: 1, state: 2 },
  closed: { status: 3, state: 2 },
  spam: { status: 4, state: 2 },
  trash: { status: 1, state: 3 },
};

/** The tables of FreeScout that matter here, with the columns that we read and some that we do not. */
export async function createFreescout(store: Store, engine: FreescoutEngine): Promise<void> {
  await store.run(
    `create table conversations (id ${ID[engine]}, mailbox_id int not null, status smallint not null,
      state smallint not null, subject varchar(998), created_at timestamp null)`,
    `create table threads (id ${ID[engine]}, conversation_id int not null, type smallint not null,
      body ${TEXT[engine]}, headers ${TEXT[engine]}, message_id varchar(998), created_at timestamp null)`,
  );
}

export interface FreescoutMail {
  readonly place?: Place;
  readonly mailbox?: number;
  /** As `APP_TIMEZONE` has it, without an offset. */
  readonly createdAt?: string;
}

let conversations = 0;

/** As the fetching of mail stores it: once by Message-ID, a second copy is not stored at all. */
export async function receive(
  store: Store,
  message: string,
  mail: FreescoutMail = {},
): Promise<number> {
  const { place = 'inbox', mailbox = 1, createdAt = utcNow() } = mail;
  const { headers, subject, messageId, text } = takeApart(message);
  const id = ++conversations;
  await store.insert('conversations', {
    ...{ id, mailbox_id: mailbox, subject: subject.slice(0, 990) },
    ...(AS[place] ?? { status: 1, state: 2 }),
    created_at: createdAt,
  });
  await store.insert('threads', {
    ...{ conversation_id: id, type: 1, body: text, headers, message_id: messageId.slice(0, 990) },
    created_at: createdAt,
  });
  return id;
}

/** Whole seconds, as Laravel writes them where `APP_TIMEZONE` is UTC. */
export function utcNow(): string {
  return new Date().toISOString().slice(0, 19).replace('T', ' ');
}
