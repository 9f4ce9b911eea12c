import type { Clock, Instant } from '../base/clock.ts';
import { writeDuration } from '../base/duration.ts';
import type { Logger } from '../base/logger.ts';
import type { Sandbox } from './sandbox.ts';
import type { Scenario } from './scenario.ts';

export interface PlayerTools {
  /** The clock of the sandbox: on a fast one the scenario runs fast. */
  readonly clock: Clock;
  readonly logger: Logger;
  readonly sandbox: Pick<Sandbox, 'dials' | 'requeue'>;
  /** Called when a step has been taken. */
  readonly onStep?: (step: Scenario['steps'][number]) => void;
}

export interface Player {
  readonly startedAt: Instant;
  /** Resolves at the end of the scenario (`lasts`), or when it was stopped. */
  readonly ended: Promise<void>;
  /** Takes no further step; the dials stay as they are. Idempotent. */
  stop(): void;
}

/**
 * Sets the dials as the scenario begins, and takes its steps in time. The
 * scenario's `initial` is not applied here: the sandbox is created with it,
 * so that `recover` means it.
 */
export function playScenario(scenario: Scenario, tools: PlayerTools): Player {
  const { clock, logger, sandbox, onStep } = tools;
  const stopping = new AbortController();
  const startedAt = clock.now();

  function take(step: Scenario['steps'][number]): void {
    const { set, requeue, recover, say } = step;
    if (recover === true) sandbox.dials.reset();
    if (set !== undefined) sandbox.dials.set(set);
    if (requeue !== undefined) {
      const { to, since, until, duplicates, over } = requeue;
      sandbox.requeue(to, {
        since: startedAt + since,
        until: until === undefined ? undefined : startedAt + until,
        duplicates,
        overMs: over,
      });
    }
    logger.info({ at: writeDuration(step.at), say }, 'scenario step');
    onStep?.(step);
  }

  async function play(): Promise<void> {
    for (const step of scenario.steps) {
      await clock.sleep(startedAt + step.at - clock.now(), stopping.signal);
      if (stopping.signal.aborted) return;
      take(step);
    }
    await clock.sleep(startedAt + scenario.lasts - clock.now(), stopping.signal);
  }

  return { startedAt, ended: play(), stop: () => stopping.abort() };
}
