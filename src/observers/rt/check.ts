import { halfWidth, midpoint, type Interval } from '../../domain/latency.ts';
import type { Http } from '../http/http.ts';
import type { ObserverReport } from '../observer.ts';
import type { Api } from './api.ts';
import type { RtConfig } from './config.ts';
import { isInQueue, IS_OURS, newestOf } from './reading.ts';
import type { Queue, Ticket } from './reply.ts';
import type { Session } from './session.ts';

export interface CheckTools {
  readonly api: Api;
  readonly http: Pick<Http, 'offset'>;
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
  };
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
  if (offset === undefined) {
    warnings.push('no reply has a Date: timestamps cannot be used, latencies are less exact');
  } else if (offset.low > CLOCK_LIMIT_MS || offset.high < -CLOCK_LIMIT_MS) {
    warnings.push('its clock or ours is wrong; timestamps are corrected by the difference');
  }
  if (indexLagMs < SAFE_LAG_MS) {
    warnings.push('index_lag is under 2s: a ticket whose mails are sent slowly becomes overdue');
  }
  return warnings;
}

const CLOCK_LIMIT_MS = 2_000;
const SAFE_LAG_MS = 2_000;

function clockWords(offset: Interval | undefined): string {
  if (offset === undefined) return 'clock unknown';
  const seconds = (ms: number): string => (ms / 1_000).toFixed(1);
  return `clock ${seconds(midpoint(offset))} s off (+/- ${seconds(halfWidth(offset))} s)`;
}
