import type { Clock, Instant } from '../base/clock.ts';
import { MonitorError } from '../base/errors.ts';
import { startLoop, type Loop } from '../base/loop.ts';
import type { Canary, Fact } from '../domain/canary.ts';
import { isOneSite } from '../domain/stage.ts';
import { abandon, judge } from '../domain/verdict.ts';
import type { FactEntry, Ledger } from '../ledger/ledger.ts';
import { Docket, type Decider, type Times } from './docket.ts';
import type { TimeGuard } from './time-guard.ts';

export interface SettleTools {
  readonly clock: Clock;
  readonly ledger: Pick<Ledger, 'open' | 'append' | 'observerState' | 'subscribe'>;
  readonly guard: TimeGuard;
  /** Whether the probe of a canary was paused at an instant. */
  readonly wasPaused?: (canary: Canary, at: Instant) => boolean;
  /** Whether nobody watches for a canary any more: its probe is not configured, or watched elsewhere. */
  readonly wasRemoved?: (canary: Canary) => boolean;
  /** Whether both of these can be answered yet; until then nobody is judged. */
  readonly mayJudge?: () => boolean;
}

export interface Settling extends Loop {
  /** An observer completed a look: judge, if that horizon has passed the next deadline. */
  horizonMoved(horizon: Instant): void;
  /** Something besides canaries and time has changed: judge every open canary anew. */
  reconsider(): void;
}

const LONGEST_PAUSE_MS = 60_000;
/** After what could not be written: only a ledger that is about to be closed says so. */
const RETRY_PAUSE_MS = 1_000;
/** Canaries of one round: what is said of them is one transaction, which blocks the event loop. */
const AT_ONCE = 500;

/** The loop that judges: after every news, and at every deadline. */
export function startSettling(tools: SettleTools): Settling {
  const { clock, ledger } = tools;
  const docket = new Docket();
  const reconsider = (): void => {
    for (const canary of ledger.open()) docket.add(canary);
  };
  reconsider();

  async function round(): Promise<number> {
    if (tools.mayJudge?.() === false) return LONGEST_PAUSE_MS;
    const from = tools.guard.judgesFrom();
    if (from !== undefined) return Math.min(LONGEST_PAUSE_MS, from - clock.now());
    const times = timesOf(tools);
    const due = docket.take(times, AT_ONCE);
    const entries = due.flatMap((canary) => proposals(canary, times, tools));
    if (!(await isWritten(entries, ledger))) {
      for (const canary of due) docket.add(canary);
      return RETRY_PAUSE_MS;
    }
    if (due.length === AT_ONCE || docket.hasNews()) return 0;
    return Math.min(LONGEST_PAUSE_MS, docket.nextByClock() - clock.now());
  }

  const loop = startLoop({ clock, round });
  const stopListening = ledger.subscribe((_event, canary) => {
    docket.add(canary);
    loop.nudge();
  });
  return {
    ...loop,
    horizonMoved(horizon) {
      if (horizon >= docket.nextByHorizon()) loop.nudge();
    },
    reconsider() {
      reconsider();
      loop.nudge();
    },
    async stop() {
      stopListening();
      await loop.stop();
    },
  };
}

async function isWritten(
  entries: readonly FactEntry[],
  ledger: SettleTools['ledger'],
): Promise<boolean> {
  if (entries.length === 0) return true;
  try {
    await ledger.append(entries);
    return true;
  } catch (error) {
    if (!(error instanceof MonitorError)) throw error;
    return false;
  }
}

function timesOf({ clock, ledger, guard }: SettleTools): Times {
  const horizonOf = ({ observer, site }: Decider): Instant | undefined => {
    const { horizon = null, site: seen } = ledger.observerState(observer) ?? {};
    // Absence elsewhere, or at another time, proves nothing (truth 3).
    const isProof = horizon !== null && isOneSite(seen, site) && guard.isOfNow(horizon);
    return isProof ? horizon : undefined;
  };
  return { now: clock.now(), horizonOf: guard.trustsHorizons() ? horizonOf : () => undefined };
}

function proposals(canary: Canary, times: Times, tools: SettleTools): readonly FactEntry[] {
  const { id, route } = canary.launch;
  const { now } = times;
  const toEntries = (facts: readonly Fact[]): readonly FactEntry[] =>
    facts.map((fact) => ({ id, fact }));
  if (tools.wasRemoved?.(canary) === true) return toEntries(abandon(canary, now));
  const horizon = times.horizonOf(route);
  const wasPaused = (at: Instant): boolean => tools.wasPaused?.(canary, at) ?? false;
  return toEntries(judge(canary, { horizon, now, wasPaused }));
}
