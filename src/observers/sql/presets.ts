import type { Place } from '../../domain/sighting.ts';

/** A query that is ready, with what has to be known about its columns. */
export interface Preset {
  readonly query: string;
  readonly places: Readonly<Record<string, Place>>;
  readonly timeZone: string;
}

export interface PresetKeys {
  /** Before every table's name; letters, digits and `_`. */
  readonly tablePrefix: string | undefined;
  readonly mailboxId: number | undefined;
}

export const PRESETS = ['freescout', 'osticket'] as const;
export type PresetName = (typeof PRESETS)[number];

const PLACES = {
  inbox: 'inbox',
  closed: 'closed',
  spam: 'spam',
  trash: 'trash',
  suspended: 'suspended',
} as const;

/** More of a body would only be carried about: the token stands at its beginning. */
const TEXT_LENGTH = 20_000;

export function presetOf(name: PresetName, keys: PresetKeys): Preset {
  return name === 'freescout' ? freescout(keys) : osticket(keys);
}

/**
 * Threads that customers wrote (type 1), with the headers as they came. Conversations: status 3 is closed and 4 spam, state 3 deleted.
 * Laravel writes the time of APP_TIMEZONE, whatever the database's zone is; its default is UTC.
 */
function freescout({ tablePrefix = '', mailboxId }: PresetKeys): Preset {
  const { inbox, closed, spam, trash } = PLACES;
  const mailbox = mailboxId === undefined ? '' : ` and c.mailbox_id = ${mailboxId}`;
  return {
    places: { inbox, closed, spam, trash },
    timeZone: 'UTC',
    query: `select t.id as id, c.subject as subject, t.headers as headers, t.message_id as message_id,
 substr(t.body, 1, ${TEXT_LENGTH}) as text, t.created_at as created_at,
 case when c.state = 3 then 'trash' when c.status = 4 then 'spam'
  when c.status = 3 then 'closed' else 'inbox' end as place
from ${tablePrefix}threads t join ${tablePrefix}conversations c on c.id = t.conversation_id
where t.id > :cursor and t.type = 1${mailbox} order by t.id limit :limit`,
  };
}

/**
 * What came by mail (entries of type M), by the table that keeps Message-ID and headers. A mail that a filter or the ban list refused
 * is known there by its Message-ID alone, with entry 0. DATETIME by the database's own clock and zone.
 */
function osticket({ tablePrefix: p = 'ost_' }: PresetKeys): Preset {
  const { inbox, closed, trash, suspended } = PLACES;
  return {
    places: { inbox, closed, trash, suspended },
    timeZone: 'database',
    query: `select m.id as id, m.mid as message_id, m.headers as headers, e.title as subject,
 substr(e.body, 1, ${TEXT_LENGTH}) as text, e.created as created_at,
 case when m.thread_entry_id = 0 then 'suspended' when k.ticket_id is null then 'trash'
  when s.state = 'open' then 'inbox' when s.state = 'deleted' then 'trash' else 'closed' end as place
from ${p}thread_entry_email m
left join ${p}thread_entry e on e.id = m.thread_entry_id
left join ${p}thread h on h.id = e.thread_id and h.object_type = 'T'
left join ${p}ticket k on k.ticket_id = h.object_id
left join ${p}ticket_status s on s.id = k.status_id
where m.id > :cursor and (m.thread_entry_id = 0 or e.type = 'M') order by m.id limit :limit`,
  };
}
