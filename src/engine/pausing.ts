import type { Clock, Instant } from '../base/clock.ts';
import { MonitorError } from '../base/errors.ts';
import { withPause, type Pause } from '../domain/schedule.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { pauseAt, type Entry } from './roster.ts';

export interface PausingTools {
  readonly clock: Clock;
  readonly ledger: Pick<Ledger, 'pause'>;
  readonly vantage: string;
}

/** Pauses a probe from now on, or for longer. @throws MonitorError `ledger` */
export async function beginPause(
  entry: Entry,
  options: { readonly forMs: number; readonly reason: string },
  tools: PausingTools,
): Promise<Pause> {
  const now = tools.clock.now();
  // One that goes on is prolonged: deadlines lie in it that no horizon has passed yet.
  const since = entry.pause !== null && entry.pause.until > now ? entry.pause.since : now;
  const begun = { since, until: now + options.forMs, reason: options.reason };
  await keep(entry, begun, tools);
  return begun;
}

/** Ends its pause; answers whether there was one. @throws MonitorError */
export async function endPause(entry: Entry, tools: PausingTools): Promise<boolean> {
  const now = tools.clock.now();
  refuseDuringMaintenance(entry, now);
  if (entry.pause === null || entry.pause.until <= now) return false;
  const ended = { ...entry.pause, until: now };
  await keep(entry, ended, tools);
  return true;
}

async function keep(entry: Entry, pause: Pause, tools: PausingTools): Promise<void> {
  await tools.ledger.pause(entry.assignment.order.route.probe, tools.vantage, pause);
  Object.assign(entry, withPause(entry, pause));
}

/** A window of the configuration ends there, or by itself. */
function refuseDuringMaintenance(entry: Entry, now: Instant): void {
  const window = pauseAt({ ...entry, pause: null, earlierPauses: [] }, now);
  if (window === null) return;
  const until = new Date(window.until).toISOString();
  const message = `the configuration has a maintenance window until ${until} (${window.reason})`;
  throw new MonitorError(message, { reason: 'config', retryable: false });
}
