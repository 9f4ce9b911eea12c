import type { Clock } from '../../base/clock.ts';
import { withDeadline } from '../../base/deadline.ts';
import { halfWidth, midpoint, type Interval } from '../../domain/latency.ts';
import type { Http } from '../http/http.ts';
import type { ObserverReport } from '../observer.ts';
import type { JmapConfig } from './config.ts';
import type { Door } from './door.ts';
import { badConfig } from './failure.ts';
import type { RoomBook, Rooms } from './mailboxes.ts';
import type { Push } from './push.ts';

export interface CheckTools {
  readonly http: Pick<Http, 'offset'>;
  readonly door: Door;
  readonly rooms: RoomBook;
  readonly push: Pick<Push, 'isThere'>;
  readonly clock: Clock;
}

/** A clock that is further off than this is worth a word, in milliseconds. */
const CLOCK_LIMIT_MS = 5_000;

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
    warnings: warningsOf(known, offset),
  };
}

function clockWords(offset: Interval | undefined): string {
  if (offset === undefined) return 'clock unknown';
  const seconds = (ms: number): string => (ms / 1_000).toFixed(1);
  return `clock ${seconds(midpoint(offset))} s off (+/- ${seconds(halfWidth(offset))} s)`;
}

function warningsOf({ all }: Rooms, offset: Interval | undefined): readonly string[] {
  const warnings: string[] = [];
  const has = (wanted: string): boolean => all.some(({ place }) => place === wanted);
  if (!has('inbox')) warnings.push('no mailbox is watched as inbox');
  if (!has('spam'))
    warnings.push('no mailbox has the role junk: spam that is kept elsewhere is not seen as such');
  if (offset !== undefined && (offset.low > CLOCK_LIMIT_MS || offset.high < -CLOCK_LIMIT_MS))
    warnings.push('its clock or ours is wrong; timestamps are corrected by the difference');
  return warnings;
}
