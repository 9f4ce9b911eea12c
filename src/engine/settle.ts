import type { Clock, Instant } from '../base/clock.ts';
import { startLoop, type Loop } from '../base/loop.ts';
import type { Canary, Fact } from '../domain/canary.ts';
import { abandon, deadlinesOf, judge } from '../domain/verdict.ts';
import type { FactEntry, Ledger } from '../ledger/ledger.ts';

export interface SettleTools {
  readonly clock: Clock;
  readonly ledger: Ledger;
  /** Whether the probe of a canary was paused at an instant. */
  readonly wasPaused?: (canary: Canary, at: Instant) => boolean;
  /** Whether the probe of a canary is not configured any more. */
  readonly wasRemoved?: (canary: Canary) => boolean;
}

export interface Settling extends Loop {
  /** An observer completed a look: judge, if that horizon has passed the next deadline. */
  horizonMoved(horizon: Instant): void;
}

/** While the wall clock is further than this from ours, no horizon settles anything (semantics B4). */
export const SKEW_LIMIT_MS = 5_000;
const LONGEST_PAUSE_MS = 60_000;

/** The loop that judges: after every news, and at every deadline. */
export function startSettling(tools: SettleTools): Settling {
  const { clock, ledger } = tools;
  let due: Instant = -Infinity;

  async function round(): Promise<number> {
    const entries = proposals(tools);
    if (entries.length > 0) await ledger.append(entries);
    const deadlines = ledger.open().flatMap(deadlinesOf);
    due = Math.min(...deadlines);
    const now = clock.now();
    // Those already past on our clock wait for their horizon, which comes with a look.
    const ahead = deadlines.filter((deadline) => deadline > now);
    return Math.min(LONGEST_PAUSE_MS, ...ahead.map((deadline) => deadline - now));
  }

  const loop = startLoop({ clock, round });
  const stopListening = ledger.subscribe((event) => {
    if (event.fact.type !== 'settled') loop.nudge();
  });
  return {
    ...loop,
    horizonMoved(horizon) {
      if (horizon >= due) loop.nudge();
    },
    async stop() {
      stopListening();
      await loop.stop();
    },
  };
}

function proposals(tools: SettleTools): readonly FactEntry[] {
  const { clock, ledger } = tools;
  const isClockTrusted = Math.abs(clock.skewMs()) <= SKEW_LIMIT_MS;
  const now = clock.now();
  const toEntries = (canary: Canary, facts: readonly Fact[]): readonly FactEntry[] =>
    facts.map((fact) => ({ id: canary.launch.id, fact }));
  return ledger.open().flatMap((canary) => {
    if (tools.wasRemoved?.(canary) === true) return toEntries(canary, abandon(canary, now));
    const known = ledger.observerState(canary.launch.route.observer)?.horizon ?? undefined;
    const horizon = isClockTrusted ? known : undefined;
    const wasPaused = (at: Instant): boolean => tools.wasPaused?.(canary, at) ?? false;
    return toEntries(canary, judge(canary, { horizon, now, wasPaused }));
  });
}
