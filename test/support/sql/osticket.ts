import { takeApart } from './mail.ts';
import type { Store } from './store.ts';

/** The tables of osTicket that matter here. Its times are DATETIME by NOW(). */
export async function createOsticket(store: Store): Promise<void> {
  const id = 'id int unsigned auto_increment primary key';
  await store.run(
    `create table ost_ticket_status (${id}, state varchar(16))`,
    "insert into ost_ticket_status values (1, 'open'), (3, 'closed')",
    `create table ost_ticket (ticket_id int unsigned auto_increment primary key, status_id int not null)`,
    `create table ost_thread (${id}, object_id int not null, object_type char(1) not null)`,
    `create table ost_thread_entry (${id}, thread_id int not null, type char(1) not null, title varchar(255),
      body text not null, created datetime not null)`,
    `create table ost_thread_entry_email (${id}, thread_entry_id int not null, mid varchar(255) not null, headers text)`,
  );
}

let tickets = 0;

/** As its mail fetching stores it; of what a filter refuses only the Message-ID stays. */
export async function receiveTicket(
  store: Store,
  message: string,
  as: 'open' | 'closed' | 'refused',
): Promise<void> {
  const { headers, subject, messageId, text } = takeApart(message);
  const mid = `<${messageId}>`;
  if (as === 'refused') {
    await store.insert('ost_thread_entry_email', { thread_entry_id: 0, mid });
    return;
  }
  const id = ++tickets;
  await store.insert('ost_ticket', { ticket_id: id, status_id: as === 'open' ? 1 : 3 });
  await store.insert('ost_thread', { id, object_id: id, object_type: 'T' });
  const body = JSON.stringify(text);
  await store.run(
    `insert into ost_thread_entry (id, thread_id, type, title, body, created)
     values (${id}, ${id}, 'M', ${JSON.stringify(subject)}, ${body}, now())`,
  );
  await store.insert('ost_thread_entry_email', { thread_entry_id: id, mid, headers });
}
