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
  type Spot,
} from '../facts.ts';
import { clockWarnings, clockWords } from '../http/clock-words.ts';
import type { Http } from '../http/http.ts';
import type { ObserverReport } from '../observer.ts';
import type { Api } from './api.ts';
import type { RtConfig } from './config.ts';
import { isInQueue, IS_OURS, newestOf } from './reading.ts';
import { placesOf, type Queue, type Ticket } from './reply.ts';
import type { Session } from './session.ts';

export interface CheckTools {
  readonly api: Api;
  readonly http: Pick<Http, 'offset' | 'budget'>;
  readonly session: Session;
}

/** Logs in, finds the queue, looks whether it can be read and what may be tidied. @throws MonitorError with what to fix */
export async function checkQueue(
  config: RtConfig,
  { api, http, session }: CheckTools,
  signal: AbortSignal,
): Promise<ObserverReport> {
  await session.header(signal);
  const queue = await api.queue(signal);
  const inQueue = isInQueue(queue.id);
  const newest = await newestOf(api, inQueue, signal);
  const canary = newest && (await newestOf(api, `${inQueue} AND ${IS_OURS}`, signal));
  const ticket = canary && (await api.ticket(canary.ticketId, signal));
  const offset = http.offset();
  const words = [
    `RT ${session.version() ?? 'of unknown version'}`,
    `queue ${queue.name} (${queue.id})`,
    newest === undefined
      ? 'no ticket visible: it is empty, or the right ShowTicket is missing'
      : 'tickets readable',
    rightsWords(ticket),
    session.isCookie() ? 'by session' : 'by credentials',
    clockWords(offset),
    'no rate limit',
  ];
  return {
    summary: `${config.url.host}: ${words.join(', ')}`.replace(/\s+/g, ' '),
    warnings: warningsOf(config, { queue, ticket, offset, isCookie: session.isCookie() }),
    facts: {
      login: loginFact(config.user ?? null, loginWords(config, session)),
      read:
        newest === undefined
          ? readFact(`queue ${queue.name}; no ticket is visible in it yet`, 'unknown')
          : readFact(`queue ${queue.name} and its tickets`),
      tidy: tidyFact(config.tidy, rightsOf(ticket)),
      inbox: inboxFact([{ name: queue.name, place: 'inbox' }], ''),
      misfiled: misfiledFact(spotsOf(config), {
        state: 'unknown',
        why: 'no status is known for it',
      }),
      clock: clockFact(offset, NO_DATE),
      rate: rateSaid(http),
    },
  };
}

function loginWords({ url, user, token }: RtConfig, session: Session): string {
  const who =
    token === undefined
      ? `as ${user ?? ''} at ${url.host}, by password`
      : `at ${url.host}, by token`;
  const how = session.isCookie() ? 'kept as a session' : 'shown at each request';
  return `${who} (${how}), RT ${session.version() ?? 'of unknown version'}`;
}

/** RT says it of a ticket only; one that is deleted cannot be deleted again. */
function rightsOf(ticket: Ticket | undefined): Rights {
  if (ticket?.allowed === undefined || ticket.status === 'deleted') {
    return { close: null, delete: null, why: 'RT tells what it may of a canary, and has none yet' };
  }
  const close = ticket.allowed.length > 0;
  return { close, delete: ticket.allowed.includes('deleted'), why: rightsWords(ticket) };
}

/** Looks see tickets of every status; these are the ones by which mail is out of sight. */
function spotsOf({ statuses }: RtConfig): readonly Spot[] {
  return Object.entries(placesOf(statuses)).map(([status, place]) => ({
    name: `status ${status}`,
    place,
  }));
}

/** RT says it of a ticket only. */
function rightsWords(ticket: Ticket | undefined): string {
  if (ticket?.allowed === undefined) return 'right to tidy unknown until a canary has come';
  const may = ticket.allowed.length > 0 ? 'resolve' : 'not change';
  return ticket.allowed.includes('deleted') ? 'may resolve and delete' : `may ${may}`;
}

function warningsOf(
  { tidy, indexLagMs }: RtConfig,
  found: {
    readonly queue: Queue;
    readonly ticket: Ticket | undefined;
    readonly offset: Interval | undefined;
    readonly isCookie: boolean;
  },
): readonly string[] {
  const { queue, offset, isCookie } = found;
  const allowed = found.ticket?.status === 'deleted' ? undefined : found.ticket?.allowed;
  const warnings: string[] = [];
  if (queue.isDisabled) warnings.push('the queue is disabled: RT takes no mail for it');
  if (!isCookie) warnings.push('RT gave no session: each request costs it a quarter of a second');
  if (allowed !== undefined && tidy.manner === 'delete' && !allowed.includes('deleted')) {
    warnings.push('tidy: delete needs the right DeleteTicket');
  }
  if (allowed !== undefined && tidy.manner === 'close' && allowed.length === 0) {
    warnings.push('tidy: close needs the right ModifyTicket');
  }
  warnings.push(...clockWarnings(offset));
  if (indexLagMs < SAFE_LAG_MS) {
    warnings.push('index_lag is under 2s: a ticket whose mails are sent slowly becomes overdue');
  }
  return warnings;
}

const SAFE_LAG_MS = 2_000;
