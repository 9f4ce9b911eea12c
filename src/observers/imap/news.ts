import type { Clock } from '../../base/clock.ts';
import { WITHOUT_TRACE } from '../../base/abort.ts';
import { withDeadline } from '../../base/deadline.ts';
import { SILENCE_MS, type Line } from './connection.ts';
import type { Watched } from './look.ts';

export interface NewsOptions {
  readonly clock: Clock;
  readonly maxIdleMs: number;
  /** Runs a step alone on the connection. */
  readonly alone: <T>(step: () => Promise<T>) => Promise<T>;
}

/** An IDLE that ends by itself sooner than this is not started again at once. */
const SHORTEST_IDLE_MS = 1_000;

/**
 * Stays in IDLE on the first folder until it grows, the connection ends or
 * `stop` aborts; not at all when a look has left another folder open, since what
 * came to the first one meanwhile would be missed: the next look opens it again.
 *
 * Every `maxIdleMs` a NOOP ends the IDLE: servers and NAT boxes
 * drop silent lines, and a NOOP that nobody answers within a minute says that
 * this has happened.
 *
 * Nothing is sent when `stop` aborts: the next command ends the IDLE (DONE),
 * which costs that command one round trip; a command for it would cost two.
 */
export async function waitForGrowth(
  watched: Watched,
  options: NewsOptions,
  stop: AbortSignal,
): Promise<void> {
  const { line, plan } = watched;
  const { clock, maxIdleMs, alone } = options;
  const grown = new AbortController();
  const over = AbortSignal.any([stop, grown.signal, line.closed]);
  line.onGrowth = () => grown.abort(WITHOUT_TRACE);
  try {
    while (line.folder?.path === plan.folders[0].path && line.folder.grown === 0) {
      const { since, ended } = (line.idle ??= startIdle(line, clock));
      await Promise.race([ended, clock.sleep(since + maxIdleMs - clock.now(), over)]);
      if (over.aborted) return;
      await clock.sleep(since + SHORTEST_IDLE_MS - clock.now(), over);
      if (!(await alone(() => isAlive({ line, clock, stop })))) return;
    }
  } finally {
    line.onGrowth = undefined;
  }
}

function startIdle(line: Line, clock: Clock): NonNullable<Line['idle']> {
  const ended = line.client
    .idle()
    .catch(() => undefined)
    .finally(() => {
      if (line.idle === idle) line.idle = undefined;
    });
  const idle = { since: clock.now(), ended };
  return idle;
}

/** A line that does not answer a NOOP in time is dead and dropped; one that we stop asking lives on. */
async function isAlive(parts: {
  readonly line: Line;
  readonly clock: Clock;
  readonly stop: AbortSignal;
}): Promise<boolean> {
  const { line, clock, stop } = parts;
  const deadline = { clock, ms: SILENCE_MS, what: line.context.server, signal: stop };
  try {
    await withDeadline(deadline, () => line.client.noop());
    return true;
  } catch {
    if (!stop.aborted) line.drop();
    return false;
  }
}
