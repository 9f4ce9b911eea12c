import type { Clock, ClockStep } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { ClockMark, Ledger } from '../ledger/ledger.ts';

/** Less than a second is no event, as while the monitor runs (semantics B4). */
const STEP_MS = 1_000;

/**
 * How far our clock is from where the one of the last run would be now. A clock starts at the wall clock, so what that was set by
 * since the last start, and the steady clock did not follow, is a step of ours at the restart. Only the machine's own count of its
 * uptime tells it; after a reboot, on another machine, or where nothing tells one boot from the next, nobody knows.
 */
export function stepSince(mark: ClockMark | undefined, clock: Clock): ClockStep | undefined {
  const uptime = clock.uptime?.();
  if (mark === undefined || uptime === undefined) return undefined;
  if (uptime.bootId !== mark.uptime.bootId || uptime.ms < mark.uptime.ms) return undefined;
  const at = clock.now();
  const byMs = at - (mark.at + uptime.ms - mark.uptime.ms);
  return Math.abs(byMs) > STEP_MS ? { at, byMs } : undefined;
}

/**
 * Tells the canaries in flight of a step forward: they are not as old as they look. After a step back nobody is judged until our
 * clock has passed what the ledger knows (time-guard.ts). Once, at the start, before anything else is written.
 */
export async function noteRestart(tools: {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly logger: Logger;
}): Promise<void> {
  const { clock, ledger, logger } = tools;
  const step = stepSince(ledger.lastMark(), clock);
  if (step === undefined) return;
  logger.warn(
    { seconds: step.byMs / 1_000 },
    'wall clock was set since the last run: canaries in flight are less exact by as much',
  );
  const open = step.byMs > 0 ? ledger.open() : [];
  const fact = { type: 'clock_set', step } as const;
  // Together, so that a step is not told twice.
  await Promise.all([
    ledger.append(open.map(({ launch: { id } }) => ({ id, fact }))),
    ledger.checkWritable(),
  ]);
}
