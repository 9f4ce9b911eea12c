import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/base/logger.ts';
import { createDials } from '../../src/sandbox/dials.ts';
import { createFastClock } from '../../src/sandbox/fast-clock.ts';
import { playScenario } from '../../src/sandbox/player.ts';
import type { Requeue } from '../../src/sandbox/queue.ts';
import { loadScenario, parseScenario, scenarioNames } from '../../src/sandbox/scenario.ts';
import type { Destination } from '../../src/sandbox/truth.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const HEAD = 'name: x\nabout: y\nlasts: 1h\n';

describe('a scenario file', () => {
  it.each([
    ['nothing', '', 'x.yaml:1: Invalid input: expected object, received null'],
    ['no YAML', 'a: [', 'x.yaml:1: '],
    ['no steps', HEAD, 'x.yaml:1: steps: is missing'],
    [
      'an unknown key',
      `${HEAD}steps: []\nspeed: 2\n`,
      'x.yaml:5: speed: is not a key that exists here',
    ],
    [
      'a wrong dial',
      `${HEAD}steps:\n  - at: 1m\n    set:\n      helpdesk:\n        los: 1%\n`,
      'x.yaml:8: steps[0].set.helpdesk.los: is not a key that exists here',
    ],
    [
      'a share of 101 %',
      `${HEAD}steps:\n  - at: 1m\n    set: { helpdesk: { loss: 101% } }\n`,
      'x.yaml:6: steps[0].set.helpdesk.loss: is not a share: write 0 to 1, or 5%',
    ],
    [
      'a share that is empty',
      `${HEAD}steps:\n  - { at: 1m, set: { helpdesk: { loss: "" } } }\n`,
      'x.yaml:5: steps[0].set.helpdesk.loss: is not a share: write 0 to 1, or 5%',
    ],
    [
      'a time without a unit',
      `${HEAD}steps:\n  - { at: 5, recover: true }\n`,
      'x.yaml:5: steps[0].at: Invalid input: expected string, received number',
    ],
    [
      'a time that is none',
      `${HEAD}steps:\n  - { at: soon, recover: true }\n`,
      'x.yaml:5: steps[0].at: is not a duration',
    ],
    [
      'a step that does nothing',
      `${HEAD}steps:\n  - at: 1m\n`,
      'x.yaml:5: steps[0]: does nothing: write set, requeue, recover, monitor or clock',
    ],
    [
      'steps out of order',
      `${HEAD}steps:\n  - { at: 2m, recover: true }\n  - { at: 1m, recover: true }\n`,
      'x.yaml:6: steps[1].at: is before the last step',
    ],
    [
      'a step after the end',
      `${HEAD}steps:\n  - { at: 2h, recover: true }\n`,
      'x.yaml:5: steps[0].at: is after the end (lasts)',
    ],
    [
      'a delay upside down',
      `${HEAD}steps:\n  - at: 1m\n    set: { helpdesk: { delay: { uniform: { from: 9s, to: 1s } } } }\n`,
      'x.yaml:6: steps[0].set.helpdesk.delay: must have from before to',
    ],
    [
      'a delay of no kind',
      `${HEAD}steps:\n  - at: 1m\n    set: { helpdesk: { delay: quick } }\n`,
      'x.yaml:6: steps[0].set.helpdesk.delay: is not a duration: write a duration such as 0s, 90s or 10m',
    ],
  ])('with %s is refused with its line', (_what, text, message) => {
    expect(() => parseScenario(text, 'x.yaml')).toThrow(message);
  });

  it('tells every mistake at once', () => {
    const text = `${HEAD}colour: red\nsteps:\n  - { at: 1m }\n`;

    expect(() => parseScenario(text, 'x.yaml')).toThrow(/colour[^]*\n.*does nothing/);
  });

  it('that comes with the program is found by name and has no mistake', async () => {
    const names = await scenarioNames();
    const scenarios = await Promise.all(names.map((name) => loadScenario(name)));

    expect(names).toContain('helpscout-2015');
    expect(scenarios.map(({ name }) => name)).toEqual(names);
  });

  it('that is not there is named, with those that are', async () => {
    await expect(loadScenario('helpscout')).rejects.toMatchObject({
      reason: 'config',
      message: expect.stringMatching(
        /no scenario "helpscout"; there are: .*helpscout-2015/,
      ) as string,
    });
    await expect(loadScenario('./nowhere.yaml')).rejects.toMatchObject({ reason: 'config' });
  });

  it('helpscout-2015 has the figures of the reports', async () => {
    const { servers, steps, initial } = await loadScenario('helpscout-2015');
    const at = (hours: number): (typeof steps)[number] | undefined =>
      steps.find((step) => step.at === hours * 3_600_000);

    expect(servers).toBe(8);
    expect(initial.helpdesk?.delay).toEqual({ type: 'lognormal', medianMs: 6_000, p99Ms: 45_000 });
    expect(at(24)?.set?.helpdesk?.servers).toMatchObject({ mx8: { loss: 0.3, out: false } });
    expect(at(30.5)?.set?.helpdesk?.slow).toEqual({
      share: 0.4,
      delay: { type: 'uniform', fromMs: 600_000, toMs: 1_200_000 },
    });
    expect(at(47)?.requeue).toMatchObject({
      since: 86_400_000,
      until: 115_200_000,
      duplicates: 0.02,
    });
    expect(at(52)?.set?.helpdesk?.servers).toMatchObject({ mx8: { out: true } });
  });
});

describe('the player', () => {
  const text = `${HEAD}initial: { helpdesk: { loss: 1% } }
steps:
  - { at: 10m, set: { helpdesk: { loss: 50%, outage: true } } }
  - { at: 20m, requeue: { since: 10m, until: 15m, duplicates: 2%, over: 1m } }
  - { at: 30m, recover: true }
`;

  it.each([1, 60])('takes the steps in time, at %i times the speed', async (speed) => {
    const scenario = parseScenario(text, 'x.yaml');
    const real = createFakeClock();
    const clock = createFastClock(real, speed);
    const dials = createDials(scenario.initial);
    const requeued: [Destination, Requeue][] = [];
    const sandbox = {
      dials,
      requeue: (to: Destination, request: Requeue) => requeued.push([to, request]),
    };
    const minutes = (count: number): Promise<void> => real.advance((count * 60_000) / speed);
    const steps: number[] = [];

    const onStep = ({ at }: { at: number }): void => void steps.push(at);
    const player = playScenario(scenario, { clock, logger: silentLogger, sandbox, onStep });
    await minutes(9.9);
    expect(dials.read().helpdesk).toMatchObject({ loss: 0.01, outage: false });
    await minutes(0.2);
    expect(dials.read().helpdesk).toMatchObject({ loss: 0.5, outage: true });
    await minutes(10);
    const since = player.startedAt + 600_000;
    expect(requeued).toEqual([
      ['helpdesk', { since, until: since + 300_000, duplicates: 0.02, overMs: 60_000 }],
    ]);
    await minutes(10);
    expect(dials.read().helpdesk).toMatchObject({ loss: 0.01, outage: false });
    await minutes(30);
    await player.ended;
    expect(steps).toEqual([600_000, 1_200_000, 1_800_000]);
  });

  it('takes no step after it was stopped', async () => {
    const clock = createFakeClock();
    const dials = createDials();
    const sandbox = { dials, requeue: () => 0 };
    const player = playScenario(parseScenario(text, 'x.yaml'), {
      clock,
      logger: silentLogger,
      sandbox,
    });
    await clock.whenAsleep();

    player.stop();
    await player.ended;
    await clock.advance(3_600_000);

    expect(dials.read().helpdesk.outage).toBe(false);
  });
});

describe('a fast clock', () => {
  it('runs so many times as fast, in waits too', async () => {
    const real = createFakeClock();
    const clock = createFastClock(real, 60);
    const start = clock.now();
    let isAwake = false;
    void clock.sleep(60_000).then(() => (isAwake = true));

    await real.advance(999);
    expect([isAwake, clock.now() - start]).toEqual([false, 59_940]);
    await real.advance(1);
    expect([isAwake, clock.now() - start]).toEqual([true, 60_000]);
  });

  it.each([0, -1, Infinity, Number.NaN])('has no speed of %d', (speed) => {
    expect(() => createFastClock(createFakeClock(), speed)).toThrow(RangeError);
  });
});
