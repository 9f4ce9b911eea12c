import { describe, expect, it } from 'vitest';
import { uniform } from '../../src/base/random.ts';
import { createSeededRandom } from '../../src/base/seeded-random.ts';
import { loadScenario, type Scenario } from '../../src/sandbox/scenario.ts';
import { createChance } from '../../src/simulation/chance.ts';
import { cutScenario, type Part } from '../../src/simulation/part.ts';
import { simulate } from '../../src/simulation/run.ts';
import { EVERY_MS, mailsOf } from '../incidents/month.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

function part(fromMs: number, toMs: number): Part {
  return { fromMs, toMs, samplesFromMs: fromMs, stepMs: MINUTE };
}

describe('cutScenario', () => {
  it('keeps the steps of its time, counted from its beginning', async () => {
    const month = await loadScenario('quiet-month');

    const cut = cutScenario(month, part(199 * HOUR, 201 * HOUR));

    expect(cut.lasts).toBe(2 * HOUR);
    expect(cut.steps.map(({ at }) => at)).toEqual([HOUR, HOUR + 8 * MINUTE]);
  });

  it('refuses to begin in the middle of trouble, and where mail is queued again', async () => {
    const month = await loadScenario('quiet-month');
    const incident = await loadScenario('helpscout-2015');

    expect(() => cutScenario(month, part(200 * HOUR + MINUTE, 201 * HOUR))).toThrow(RangeError);
    expect(() => cutScenario(incident, part(0, HOUR))).toThrow(RangeError);
  });
});

describe('createChance', () => {
  it('gives the same for the same, whatever was asked before', () => {
    const [one, other] = [createChance(createSeededRandom(4)), createChance(createSeededRandom(4))];
    one.of('elsewhere', 17);

    expect(uniform(one.of('helpdesk', 99))).toBe(uniform(other.of('helpdesk', 99)));
  });

  it('is spread evenly over instants, places and seeds', () => {
    const values: number[] = [];
    for (let seed = 0; seed < 5; seed += 1) {
      const chance = createChance(createSeededRandom(seed));
      for (const what of ['helpdesk', 'control']) {
        for (let minute = 0; minute < 1_000; minute += 1) {
          values.push(uniform(chance.of(what, 1.7e12 + minute * MINUTE)));
        }
      }
    }

    const tenths = Array.from(
      { length: 10 },
      (_, tenth) => values.filter((value) => Math.floor(value * 10) === tenth).length,
    );

    // 1,000 each, with a standard deviation of 30.
    for (const count of tenths) expect(Math.abs(count - 1_000)).toBeLessThan(150);
    expect(new Set(values).size).toBeGreaterThan(9_990);
  });
});

describe('a part of a run', () => {
  it('meets the mails that the month has then', async () => {
    const scenario: Scenario = await loadScenario('quiet-month');
    const { signal } = new AbortController();
    const request = { scenario, seed: 3, everyMs: EVERY_MS, samples: false, rules: false, signal };
    const [fromMs, toMs] = [100 * HOUR, 100.5 * HOUR];

    const report = await simulate({ ...request, part: part(fromMs, toMs) });

    if (report.type === 'refused') throw new Error(report.why);
    const met = report.mails
      .filter(({ destination }) => destination === 'helpdesk')
      .map(({ fate }) => fate.delayMs);
    const drawn = mailsOf(scenario, 3)
      .filter(({ atMs }) => atMs >= fromMs && atMs < toMs)
      .map(({ delayMs }) => delayMs);
    expect(met.slice(0, 25)).toEqual(drawn.slice(0, 25));
    expect(report.mistakes).toEqual([]);
  });
});
