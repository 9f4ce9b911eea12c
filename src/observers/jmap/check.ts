import type { Clock } from '../../base/clock.ts';
import { withDeadline } from '../../base/deadline.ts';
import type { Interval } from '../../domain/latency.ts';
import {
  clockFact,
  inboxFact,
  loginFact,
  misfiledFact,
  NO_DATE,
  rateSaid,
  readFact,
  tidyFact,
  type Rights,
} from '../facts.ts';
import { clockWarnings, clockWords } from '../http/clock-words.ts';
import type { Http } from '../http/http.ts';
import type { ObserverFacts, ObserverReport } from '../observer.ts';
import type { JmapConfig } from './config.ts';
import type { Door, Opened } from './door.ts';
import { badConfig } from './failure.ts';
import type { RoomBook, Rooms } from './mailboxes.ts';
import type { Push } from './push.ts';

export interface CheckTools {
  readonly http: Pick<Http, 'offset' | 'budget'>;
  readonly door: Door;
  readonly rooms: RoomBook;
  readonly push: Pick<Push, 'isThere'>;
  readonly clock: Clock;
}

/** Logs in, finds the mailboxes, and tells what works. @throws MonitorError */
export async function checkAccount(
  config: JmapConfig,
  { http, door, rooms, push, clock }: CheckTools,
  signal: AbortSignal,
): Promise<ObserverReport> {
  door.forget();
  const opened = await door.open(signal);
  const known = await rooms.rooms(signal);
  const { manner } = config.tidy;
  if (manner !== 'keep' && opened.isReadOnly) {
    throw badConfig(`${config.url.host}: this login may only read, so it cannot tidy`);
  }
  if (manner === 'close') known.archive();
  const watched = known.all.filter(({ place, role }) => place !== null && role !== null);
  const described = watched.map(({ path, place, totalEmails = '?' }) =>
    `${path} = ${place ?? ''} (${totalEmails} mails)`.replace(/\s+/g, ' '),
  );
  const deadline = { clock, ms: config.timeoutMs, what: config.url.host, signal };
  const isPushed = await withDeadline(deadline, (inner) => push.isThere(inner));
  const offset = http.offset();
  return {
    summary: `${config.url.host} (${isPushed ? 'with' : 'without'} push, ${clockWords(offset)}): ${described.join(', ')}`,
    warnings: [...warningsOf(known, offset), ...rightWarnings(config, rightsOf(known, opened))],
    facts: factsOf(config, { opened, known, isPushed, http }),
  };
}

interface Found {
  readonly opened: Opened;
  readonly known: Rooms;
  readonly isPushed: boolean;
  readonly http: CheckTools['http'];
}

function factsOf(config: JmapConfig, { opened, known, isPushed, http }: Found): ObserverFacts {
  const how = config.token === undefined ? 'by password' : 'by token';
  const who = opened.username === '' ? config.user : opened.username;
  const spots = known.all.flatMap(({ path, place, role }) =>
    place === null || role === null ? [] : [{ name: path, place }],
  );
  const news = isPushed ? 'new mail is pushed (EventSource)' : 'no push';
  return {
    login: loginFact(
      who ?? null,
      `${who === undefined ? '' : `as ${who} `}at ${config.url.host}, ${how}`,
    ),
    read: readFact(`${known.all.length} mailboxes; ${news}`),
    tidy: tidyFact(config.tidy, rightsOf(known, opened)),
    inbox: inboxFact(spots, 'no mailbox is watched as inbox'),
    misfiled: misfiledFact(spots, { state: 'warn', why: 'no mailbox has the role junk' }),
    clock: clockFact(http.offset(), NO_DATE),
    rate: rateSaid(http),
  };
}

/** RFC 8621 section 2: what may be done with the mails of the mailbox in which canaries arrive. */
function rightsOf({ all }: Rooms, { isReadOnly }: Opened): Rights {
  if (isReadOnly) return { close: false, delete: false, why: 'this login may only read' };
  const mayRemove = all.find(({ place }) => place === 'inbox')?.myRights?.mayRemoveItems;
  if (mayRemove === undefined) {
    return { close: null, delete: null, why: 'the server does not tell the rights' };
  }
  const why = `it may ${mayRemove ? '' : 'not '}take mail out of the inbox`;
  return { close: mayRemove, delete: mayRemove, why };
}

function rightWarnings({ tidy: { manner } }: JmapConfig, rights: Rights): readonly string[] {
  if (manner === 'keep' || rights[manner] !== false) return [];
  return [`tidy: ${manner} needs the right mayRemoveItems`];
}

function warningsOf({ all }: Rooms, offset: Interval | undefined): readonly string[] {
  const warnings: string[] = [];
  const has = (wanted: string): boolean => all.some(({ place }) => place === wanted);
  if (!has('inbox')) warnings.push('no mailbox is watched as inbox');
  if (!has('spam'))
    warnings.push('no mailbox has the role junk: spam that is kept elsewhere is not seen as such');
  return [...warnings, ...clockWarnings(offset)];
}
