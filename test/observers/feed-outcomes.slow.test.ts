import { describe, expect, test } from 'vitest';
import { duplicatesOf, outcomeOf, type Canary } from '../../src/domain/canary.ts';
import { failureOf } from '../../src/engine/watch.ts';
import type { Filing } from '../support/api-world.ts';
import { FreescoutWorld } from '../support/freescout-world.ts';
import {
  accuracyOf,
  startHelpdeskDay,
  type Day,
  type DayOptions,
  type DayWorld,
} from '../support/helpdesk-days.ts';
import { ZammadWorld } from '../support/zammad-world.ts';
import { freescoutObserver } from './freescout/bench.ts';
import { zammadObserver } from './zammad/bench.ts';

interface World extends DayWorld {
  revokeTokens(): void;
  restoreTokens(): void;
}
type Wishes = Partial<DayOptions<World>>;

const CONFIG = { requests_per_minute: 60 };
/** Enough for the stamps to be proven. */
const WARM_UP = 24;
const OUTAGE = 12;

class Zammad extends ZammadWorld {
  restoreTokens(): void {
    this.token = 'a-planted-zammad-token';
  }
}
class Freescout extends FreescoutWorld {
  restoreTokens(): void {
    this.apiKey = 'a-planted-freescout-key';
  }
}

const HELPDESKS: Readonly<Record<string, (wishes?: Wishes) => Promise<Day<World>>>> = {
  zammad: (wishes = {}) =>
    startHelpdeskDay<Zammad>({
      ...wishes,
      createWorld: (clock) => new Zammad({ clock }),
      createObserver: ({ token }, tools) =>
        zammadObserver({ port: 1, token }, { ...tools, config: CONFIG }),
    }),
  freescout: (wishes = {}) =>
    startHelpdeskDay<Freescout>({
      ...wishes,
      createWorld: (clock) => new Freescout({ clock }),
      createObserver: ({ apiKey, mailboxId }, tools) =>
        freescoutObserver({ port: 1, apiKey, mailboxId }, { ...tools, config: CONFIG }),
    }),
};

const verdictsOf = (canaries: readonly Canary[]): readonly string[] =>
  canaries.map(({ settlement }) => settlement?.verdict ?? 'none');
const onTime = (count: number): readonly string[] => Array.from({ length: count }, () => 'on_time');
const reasonsOf = (day: Day<World>): readonly string[] => [
  ...new Set(day.reports.map((report) => failureOf(report)?.reason ?? 'ok')),
];

describe.each(Object.entries(HELPDESKS))('%s: what becomes of canaries', (_name, start) => {
  test('filed as spam: misfiled, and recovered when somebody takes them out', async () => {
    let filed: Filing = 'active';
    const filedAs: number[] = [];
    const day = await start({
      status: () => filed,
      onIngest: (id) => void filedAs.push(id),
    });
    await day.run(2);
    filed = 'spam';
    const ids = await day.run(2);
    filed = 'active';
    await day.run(1);
    const misfiled = await day.find(ids);
    day.world.change(filedAs[2] ?? 0, { status: 'active' });
    await day.run(3);
    const [moved] = await day.find(ids);
    await day.stop();

    expect(verdictsOf(misfiled)).toEqual(['misfiled', 'misfiled']);
    expect(misfiled[0]?.ingestion).toBeNull();
    expect(moved?.ingestion?.place).toBe('inbox');
    expect(moved && duplicatesOf(moved)).toBe(0);
  });

  test('filed twice: on time, one duplicate each; closed by a rule: they arrived', async () => {
    let filed: Filing = 'active';
    const day = await start({ copies: () => 2, status: () => filed });
    const twice = await day.run(3);
    filed = 'closed';
    const closed = await day.run(2);
    await day.run(1);
    const canaries = await day.find([...twice, ...closed]);
    await day.stop();

    expect(verdictsOf(canaries)).toEqual(onTime(5));
    expect(canaries.map(duplicatesOf)).toEqual([1, 1, 1, 1, 1]);
    expect(canaries[4]?.ingestion?.place).toBe('closed');
  });

  test('swallowed: overdue at the deadline, and lost when the horizon says so', async () => {
    let swallow = false;
    const policy = { lostAfterMs: 20 * 60_000 };
    const day = await start({
      policy,
      delayMs: (chance) => (swallow ? Infinity : 5_000 + chance),
    });
    await day.run(2);
    swallow = true;
    const ids = await day.run(2);
    swallow = false;
    await day.run(12);
    const late = await day.find(ids);
    await day.run(12);
    const lost = await day.find(ids);
    await day.stop();

    expect(verdictsOf(late)).toEqual(['overdue', 'overdue']);
    for (const { settlement, acceptance } of late) {
      const at = settlement?.at ?? 0;
      expect(at - (acceptance?.at.high ?? 0) - 600_000).toBeLessThan(5_000);
    }
    expect(lost.map(outcomeOf)).toEqual(['lost', 'lost']);
  });

  test('API down, 429, key revoked, clock set: nothing is lost, and all intervals are true', async () => {
    const day = await start();
    const { world } = day;
    await day.run(2);
    const calmFrom = world.log.length;
    await day.run(WARM_UP - 2);
    const calm = world.log.length - calmFrom;
    const troubles: readonly (readonly [begin: () => void, end: () => void])[] = [
      [
        () => (world.override = () => ({ status: 503, headers: {}, body: '' })),
        () => (world.override = undefined),
      ],
      [
        () =>
          (world.override = () => ({ status: 429, headers: { 'retry-after': '45' }, body: '' })),
        () => (world.override = undefined),
      ],
      [() => world.revokeTokens(), () => world.restoreTokens()],
      [() => (world.offsetMs += 90_000), () => undefined],
      [() => (world.offsetMs -= 3_600_000), () => undefined],
    ];
    const ids: string[] = [];
    const asked: number[] = [];
    for (const [begin, end] of troubles) {
      begin();
      const before = world.log.length;
      const own = await day.run(OUTAGE);
      asked.push(world.log.length - before);
      end();
      ids.push(...own, ...(await day.run(2)));
    }
    await day.run(1);
    const canaries = await day.find(ids);
    const { wrong, halfWidths } = accuracyOf(day, canaries);
    await day.stop();

    expect(verdictsOf(canaries)).toEqual(onTime(ids.length));
    expect(wrong).toEqual([]);
    expect(halfWidths[Math.floor(halfWidths.length / 2)]).toBeLessThan(2_500);
    expect(reasonsOf(day)).toEqual(['ok', 'unreachable', 'rate-limited', 'auth']);
    expect(asked[1]).toBeLessThanOrEqual((OUTAGE * 60) / 45 + 1);
    expect(asked[2]).toBeLessThanOrEqual(2 * OUTAGE);
    // In peace, at one canary a minute, with what a positive control costs now and then.
    expect(calm / (WARM_UP - 2)).toBeLessThan(6);
  });
});
