import type { Place } from '../../domain/sighting.ts';
import type { JmapConfig } from './config.ts';
import type { Door } from './door.ts';
import { badConfig } from './failure.ts';
import { Mailboxes, type Mailbox } from './reply.ts';

/** A mailbox and what it is to us; null: mail in there has not arrived anywhere. */
export interface Room extends Mailbox {
  readonly path: string;
  readonly place: Place | null;
}

/** The mailboxes of the account. */
export interface Rooms {
  readonly all: readonly Room[];
  /** Where a mail is that is in these mailboxes; undefined: nowhere that counts. */
  placeOf(mailboxIds: readonly string[]): Place | undefined;
  has(mailboxId: string): boolean;
  /** For closed mail. @throws MonitorError `config` where there is none. */
  archive(): Room;
}

/** RFC 8621 section 2, and what it takes from RFC 6154. A mailbox without a role holds what rules have filed there. */
const ROLES: Readonly<Record<string, Place | null>> = {
  inbox: 'inbox',
  junk: 'spam',
  trash: 'trash',
  archive: 'closed',
  sent: null,
  drafts: null,
  templates: null,
  scheduled: null,
};

/** A mail may be in several mailboxes: where people would find it first. */
const RANK: readonly Place[] = ['inbox', 'other', 'closed', 'suspended', 'spam', 'trash'];

/** Places that mail can be in. */
export function placesOf({ folders }: Pick<JmapConfig, 'folders'>): readonly Place[] {
  const named = new Set([...Object.values(ROLES), 'other', ...Object.values(folders)]);
  return RANK.filter((place) => named.has(place));
}

/** Keeps the mailboxes as long as the session lasts. */
export interface RoomBook {
  /** @throws MonitorError */
  rooms(signal: AbortSignal): Promise<Rooms>;
  /** They have changed: they are asked for again. */
  forget(): void;
}

export function createRoomBook(config: JmapConfig, door: Door): RoomBook {
  let known: { readonly rooms: Rooms; readonly generation: number } | undefined;
  return {
    forget() {
      known = undefined;
    },
    async rooms(signal) {
      if (known?.generation === door.generation()) return known.rooms;
      const properties = ['id', 'name', 'parentId', 'role', 'totalEmails', 'myRights'];
      const answered = await door.ask([['Mailbox/get', { ids: null, properties }, 'm']], signal);
      const rooms = roomsOf(answered.get('m', Mailboxes).list, config);
      known = { rooms, generation: door.generation() };
      return rooms;
    },
  };
}

export function roomsOf(
  mailboxes: readonly Mailbox[],
  config: Pick<JmapConfig, 'folders' | 'archive'>,
): Rooms {
  const byId = new Map(mailboxes.map((mailbox) => [mailbox.id, mailbox]));
  const named = mailboxes.map((mailbox) => ({ ...mailbox, path: pathOf(mailbox, byId) }));
  const find = (name: string): (typeof named)[number] => {
    const found = named.find(({ path }) => path.toLowerCase() === name.toLowerCase());
    if (found !== undefined) return found;
    const names = named.map(({ path }) => path).sort();
    throw badConfig(`there is no mailbox "${name}"; there are: ${names.slice(0, 30).join(', ')}`);
  };
  const chosen = new Map(
    Object.entries(config.folders).map(([name, place]) => [find(name).id, place]),
  );
  const all = named.map((mailbox): Room => {
    const role = ROLES[mailbox.role ?? ''];
    return { ...mailbox, place: chosen.get(mailbox.id) ?? (role === undefined ? 'other' : role) };
  });
  const places = new Map(all.map(({ id, place }) => [id, place]));
  return {
    all,
    has: (id) => places.has(id),
    placeOf(mailboxIds) {
      const there = mailboxIds.map((id) => places.get(id));
      return RANK.find((place) => there.includes(place));
    },
    archive() {
      if (config.archive !== undefined) {
        const { id } = find(config.archive);
        const room = all.find((candidate) => candidate.id === id);
        if (room !== undefined) return room;
      }
      const room = all.find(({ role }) => role === 'archive');
      if (room !== undefined) return room;
      throw badConfig('no mailbox has the role archive, for closed mail: name one with archive');
    },
  };
}

const DEEPEST = 20;

function pathOf(mailbox: Mailbox, byId: ReadonlyMap<string, Mailbox>): string {
  const names: string[] = [];
  let current: Mailbox | undefined = mailbox;
  while (current !== undefined && names.length < DEEPEST) {
    names.unshift(current.name);
    current = byId.get(current.parentId ?? '');
  }
  return names.join('/');
}
