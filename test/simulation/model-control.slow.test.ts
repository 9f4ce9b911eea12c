import { expect, it, onTestFinished } from 'vitest';
import type { ObserverStatus } from '../../src/engine/control.ts';
import { parseScenario } from '../../src/sandbox/scenario.ts';
import { createSimulation, START } from '../../src/simulation/simulation.ts';

const MINUTE = 60_000;

/** In peace for ten minutes, then as the dials say for half an hour, then in peace again. */
async function lived(
  observer: string,
  set: string,
): Promise<(minute: number) => Promise<ObserverStatus | undefined>> {
  const steps = `[{ at: 10m, set: ${set} }, { at: 40m, recover: true }]`;
  const text = `{ name: short, about: Trouble., lasts: 1h, steps: ${steps} }`;
  const scenario = parseScenario(text, 'short.yaml');
  const simulation = await createSimulation({ scenario, seed: 1, everyMs: MINUTE });
  onTestFinished(() => simulation.stop());
  return async (minute) => {
    await simulation.runUntil(START + minute * MINUTE);
    return simulation
      .monitor()
      ?.daemon.observers()
      .find(({ name }) => name === observer);
  };
}

it.each([
  // Looks that fail are put to the test at once; two readings of ten seconds each, one a look.
  ['mailbox', '{ control: { line: silent } }', 3],
  ['mailbox', '{ control: { line: down } }', 3],
  ['helpdesk', '{ helpdesk: { fault: { do: hang } } }', 3],
  // Looks succeed and see nothing: due, a look, and twice the patience of an index, to the next look each: 5 + 1 + 2 * (70 / 60 + 1) min.
  ['helpdesk', '{ helpdesk: { lag: 2h } }', 11],
])(
  'the control of %s is blind with %s within %s min, and passes before and after',
  async (observer, set, bound) => {
    const at = await lived(observer, set);

    const before = await at(10);
    const dark = await at(10 + bound);
    const after = await at(50);

    expect(before?.positiveControl).toMatchObject({ isBlind: false, last: { result: 'passed' } });
    expect(dark?.positiveControl).toMatchObject({ isBlind: true, last: { result: 'failed' } });
    expect(after?.positiveControl).toMatchObject({ isBlind: false, last: { result: 'passed' } });
  },
);
