import type { Scenario } from '../sandbox/scenario.ts';

/** A part of a scenario that is played alone; milliseconds from the scenario's start. */
export interface Part {
  readonly fromMs: number;
  readonly toMs: number;
  /** Samples are taken from here on; what lies before only warms up. */
  readonly samplesFromMs: number;
  /** Between two of them. */
  readonly stepMs: number;
}

/**
 * The steps of a part, in its own time. It begins in good order.
 *
 * @throws RangeError where dials are turned at its beginning, or something is queued again: then it is no part by itself
 */
export function cutScenario(scenario: Scenario, { fromMs, toMs }: Part): Scenario {
  const { steps } = scenario;
  const turned = steps.findLast(
    ({ at, set, recover }) => at < fromMs && (set ?? recover) !== undefined,
  );
  const isQueuedAgain = steps.some(({ requeue }) => requeue !== undefined);
  if (isQueuedAgain || (turned !== undefined && turned.recover !== true)) {
    throw new RangeError(`${scenario.name} cannot be played from ${fromMs} ms on`);
  }
  const own = steps.filter(({ at }) => at >= fromMs && at <= toMs);
  return {
    ...scenario,
    lasts: toMs - fromMs,
    steps: own.map((step) => ({ ...step, at: step.at - fromMs })),
  };
}
