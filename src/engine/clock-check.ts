import type { Clock, ClockStep, Instant } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { startLoop, type Loop } from '../base/loop.ts';

const EVERY_MS = 5_000;

export interface ClockCheckTools {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onStep: (step: ClockStep) => void;
}

/** The loop that tells of each step of the wall clock, once (semantics B4). */
export function startClockCheck({ clock, logger, onStep }: ClockCheckTools): Loop {
  let toldUntil: Instant = clock.now();
  return startLoop({
    clock,
    round() {
      for (const step of clock.steps().filter(({ at }) => at > toldUntil)) {
        toldUntil = step.at;
        logger.warn(
          { at: new Date(step.at).toISOString(), seconds: step.byMs / 1_000 },
          'wall clock was set: canaries in flight are less exact by as much',
        );
        onStep(step);
      }
      return Promise.resolve(EVERY_MS);
    },
  });
}
