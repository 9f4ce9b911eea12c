import { beforeAll, describe, expect, it } from 'vitest';
import {
  addArrived,
  addLost,
  canariesAYear,
  lossModel,
  startLoss,
  statisticOf,
  USUAL_LOSS,
} from '../../src/domain/loss/statistic.ts';
import { HEALTHY } from '../../src/sandbox/dials.ts';
import { loadScenario, type Scenario } from '../../src/sandbox/scenario.ts';
import { EVERY_MS, mailsOf, partsOf, type Mail } from './month.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let month: Scenario;
let peace: Scenario;
beforeAll(async () => {
  month = await loadScenario('quiet-month');
  peace = { ...month, steps: [] };
});

/** A mail a minute for ten days, of which some take long, or are refused. */
function mails(special: Readonly<Record<number, Partial<Mail>>> = {}): readonly Mail[] {
  return Array.from({ length: 14_400 }, (_, minute) => ({
    ...{ atMs: minute * MINUTE, delayMs: 6_000, isRefused: false },
    ...special[minute],
  }));
}

const LATE = { delayMs: 11 * MINUTE };
const SLOW = { delayMs: 3 * MINUTE };
const REFUSED = { isRefused: true };

const hours = (special: Readonly<Record<number, Partial<Mail>>>): readonly number[] =>
  partsOf(peace, mails(special)).map(({ fromMs, toMs }) => Math.round((toMs - fromMs) / HOUR));

describe('the parts of a month in which an alert can fire', () => {
  it('are those around its steps', () => {
    const parts = partsOf(month, mails());

    for (const { at } of month.steps) {
      const around = parts.filter(({ fromMs, toMs }) => fromMs < at && at < toMs);
      expect([at, around.length]).toEqual([at, 1]);
    }
    expect(parts).toHaveLength(5);
  });

  it('are none for mails that are late, slow or refused alone', () => {
    expect(hours({ 700: LATE, 1_400: LATE, 2_000: SLOW, 3_000: REFUSED, 3_001: REFUSED })).toEqual(
      [],
    );
  });

  it('are there for two that are late within an hour, or missing at the same time', () => {
    expect(hours({ 5_000: LATE, 5_050: LATE })).toEqual([4]);
    expect(hours({ 5_000: { delayMs: 3 * HOUR }, 5_150: LATE })).toEqual([5]);
  });

  it('are there for three that are late within six hours, and look back as far', () => {
    expect(hours({ 5_000: LATE, 5_150: LATE, 5_300: LATE })).toEqual([18]);
  });

  it('are there for one late mail of a thousand, in three days or since the start', () => {
    const late = (...minutes: number[]): Record<number, Partial<Mail>> =>
      Object.fromEntries(minutes.map((minute) => [minute, LATE]));

    expect(hours(late(6_000, 7_000, 8_000, 9_000))).toEqual([]);
    expect(hours(late(6_000, 7_000, 8_000, 9_000, 10_000))).toEqual([80]);
    expect(hours(late(500, 1_000, 1_500, 2_000))).toEqual([40]);
  });

  it('are there for a fifth of half an hour that is slow, and for three refusals in a row', () => {
    expect(hours({ 100: SLOW, 105: SLOW, 110: SLOW, 120: SLOW, 125: SLOW })).toEqual([2]);
    expect(hours({ 100: REFUSED, 101: REFUSED, 102: REFUSED })).toHaveLength(1);
  });
});

describe('a quiet month', () => {
  it('turns no dial that alerts judge, but those of its steps', () => {
    const { smtp, helpdesk, ...others } = month.initial;

    expect(others).toEqual({});
    expect(smtp).toEqual({ answer: 'defer', share: 0.002 });
    expect(Object.keys(helpdesk ?? {}).sort()).toEqual(['delay', 'fault']);
    const turned = month.steps.flatMap(({ set }) => (set === undefined ? [] : [set]));
    expect(turned.map((set) => Object.keys(set))).toEqual([['helpdesk']]);
    expect(turned.map(({ helpdesk: own }) => Object.keys(own ?? {}))).toEqual([['fault']]);
    expect(
      month.steps.some(({ requeue, clock }) => requeue !== undefined || clock !== undefined),
    ).toBe(false);
    expect(HEALTHY.helpdesk).toMatchObject({
      loss: 0,
      duplicates: 0,
      misfile: 0,
      outage: false,
      servers: {},
    });
  });

  it('has some mails that are late by its own delays, and some that are refused', () => {
    const drawn = mailsOf(month, 1);

    expect(drawn).toHaveLength(30 * 1_440);
    const refused = drawn.filter(({ isRefused }) => isRefused).length;
    expect(refused).toBeGreaterThan(50);
    expect(refused).toBeLessThan(130);
    const slow = drawn.filter(({ delayMs }) => delayMs > 4 * MINUTE).length;
    expect(slow).toBeGreaterThan(20);
    expect(slow).toBeLessThan(80);
  });

  it('has no evidence of loss in one mail that is missing alone', () => {
    const model = lossModel({
      usual: USUAL_LOSS,
      canariesAYear: canariesAYear([EVERY_MS, EVERY_MS]),
    });
    const state = startLoss(model);

    addArrived(state, 30 * 1_440, model);
    addLost(state, model);

    expect(statisticOf(state)).toBeLessThan(model.ticket);
  });
});
