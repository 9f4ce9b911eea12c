import { describe, expect, it } from 'vitest';
import type { ProbeStatus } from '../../src/engine/control.ts';
import { lagOf, scenesOf, stateOf, toneOf, worstTone, type Scene } from '../../src/server/state.ts';
import { TEST_POLICY } from '../support/test-launch.ts';
import { anObserver, aProbe, glimpses, MINUTE, NOW, SECOND } from './samples.ts';

const scene: Scene = {
  now: NOW,
  startedAt: NOW - 60 * MINUTE,
  observer: anObserver(),
  culprit: null,
};
const judge = (changes: Partial<ProbeStatus>, changed: Partial<Scene> = {}) =>
  stateOf(aProbe(changes), { ...scene, ...changed });

const LOSING = { evidenceLog10: 7, level: 'confirmed', lastDay: { count: 9, of: 1_440 } } as const;

describe('stateOf', () => {
  const lateHead = { headAt: NOW - 11 * MINUTE, headWaiting: 8 };
  const oldHorizon = { horizon: NOW - 11 * MINUTE - SECOND };

  it.each<[string, Partial<ProbeStatus>]>([
    ['ok', {}],
    ['no_data', { newestIngestedAt: null }],
    ['no_data', { newestIngestedAt: null, horizon: null, activatedAt: NOW - MINUTE }],
    ['slow', { headAt: NOW - 4 * MINUTE, headWaiting: 1 }],
    ['slow', { stragglers: 1 }],
    ['slow', { loss: LOSING }],
    ['slow', { lastLatency: { ms: 190_000, errorMs: 1_000 } }],
    ['ok', { lastLatency: { ms: 190_000, errorMs: 11_000 } }],
    ['stalled', lateHead],
    ['stalled', { ...lateHead, newestIngestedAt: null }],
    ['misfiled', { latest: glimpses(['waiting', 'misfiled', 'misfiled', 'on_time']) }],
    ['ok', { latest: glimpses(['on_time', 'misfiled', 'misfiled']) }],
    ['not_sending', { oldestUnservedTick: NOW - 301 * SECOND }],
    ['ok', { oldestUnservedTick: NOW - 299 * SECOND }],
    ['blind', oldHorizon],
    ['blind', { horizon: null, activatedAt: NOW - 20 * MINUTE }],
    ['paused', { ...lateHead, pause: { since: NOW - 1, until: NOW + 1, reason: '' } }],
    ['ok', { pause: { since: NOW - 2, until: NOW, reason: '' } }],
  ])('%s: %j', (state, changes) => {
    expect(judge(changes)).toBe(state);
  });

  it('one waiting canary is no stall where two would wait by the deadline', () => {
    const head = { headAt: NOW - 20 * MINUTE, headWaiting: 1 };

    expect(judge({ ...head, intervalMs: 7 * MINUTE })).toBe('slow');
    expect(judge({ ...head, intervalMs: 7 * MINUTE + 1 })).toBe('stalled');
  });

  it('the lag is counted to the horizon, not to now', () => {
    const head = { headAt: NOW - 12 * MINUTE, headWaiting: 3 };

    expect(judge({ ...head, horizon: NOW - 3 * MINUTE })).toBe('slow');
    expect(judge({ ...head, horizon: NOW - MINUTE })).toBe('stalled');
  });

  it('a proven stall stays one while nobody can look', () => {
    const headAt = NOW - 60 * MINUTE;

    expect(judge({ headAt, headWaiting: 9, horizon: NOW - 30 * MINUTE })).toBe('stalled');
  });

  it('a restart is not blindness', () => {
    expect(judge(oldHorizon, { startedAt: NOW - 30 * SECOND })).toBe('no_data');
    expect(judge(oldHorizon, { startedAt: NOW - 31 * SECOND })).toBe('blind');
  });

  it('an index that lags excuses as much', () => {
    const observer = anObserver({ indexLagMs: MINUTE });

    expect(judge(oldHorizon, { observer })).toBe('ok');
  });

  it('short deadlines expect frequent looks', () => {
    const policy = { ...TEST_POLICY, suspectAfterMs: 10 * SECOND, lateAfterMs: 30 * SECOND };

    const observer = anObserver({ lookIntervalMs: 6 * SECOND });

    expect(judge({ policy, horizon: NOW - 35 * SECOND }, { observer })).toBe('ok');
    expect(judge({ policy, horizon: NOW - 37 * SECOND }, { observer })).toBe('blind');
  });
});

describe('an observer that only hears', () => {
  const heard = (agoMs: number, acceptedAgoMs: number): Partial<ProbeStatus> => ({
    pushOnly: true,
    horizon: null,
    newestIngestedAt: NOW - agoMs,
    newestAcceptedAt: NOW - acceptedAgoMs,
  });

  it.each([
    ['ok', heard(11 * MINUTE, 0)],
    ['blind', heard(11 * MINUTE + 2 * SECOND, SECOND)],
    // The sender stopped as well: no silence of the observer.
    ['ok', heard(60 * MINUTE, 50 * MINUTE)],
    ['blind', { ...heard(60 * MINUTE, 0), headAt: NOW - 59 * MINUTE, headWaiting: 0 }],
  ] as const)(
    '%s: never stalled, blind when it hears nothing for a deadline and a launch',
    (state, changes) => {
      expect(judge(changes)).toBe(state);
      expect(lagOf(aProbe(changes))).toBeNull();
    },
  );
});

describe('lagOf', () => {
  it.each([
    [null, { horizon: null, headAt: NOW }],
    [0, { headAt: null }],
    [0, { headAt: NOW }],
    [59 * SECOND, { headAt: NOW - MINUTE }],
  ])('%s for %j', (lag, changes) => {
    expect(lagOf(aProbe(changes))).toBe(lag);
  });
});

describe('tones', () => {
  it('two missing mails are as bad as a stall', () => {
    expect(toneOf('slow', aProbe({ stragglers: 1 }))).toBe('warn');
    expect(toneOf('slow', aProbe({ stragglers: 2 }))).toBe('bad');
    expect(toneOf('slow', aProbe({ loss: LOSING }))).toBe('bad');
  });

  it('the worst of none is idle', () => {
    expect(worstTone([])).toBe('idle');
    expect(worstTone(['good', 'unknown', 'warn'])).toBe('unknown');
  });
});

describe('scenesOf', () => {
  const stage = { now: NOW, startedAt: NOW - 60 * MINUTE, observers: [anObserver()] };
  const culprits = (probe: Partial<ProbeStatus>, ready = true) =>
    scenesOf({ ...stage, probes: [aProbe(probe)], readiness: { ready } }).map(
      ({ scene: { culprit } }) => culprit,
    );

  it('names nobody while all is well', () => {
    expect(culprits({})).toEqual([null]);
  });

  it('names the watcher, and the monitor when that itself fails', () => {
    const blind = { horizon: NOW - 20 * MINUTE };

    expect(culprits(blind)).toEqual(['watcher']);
    expect(culprits(blind, false)).toEqual(['monitor']);
  });

  it('names the helpdesk for mail that nobody sees there', () => {
    expect(culprits({ latest: glimpses(['misfiled', 'misfiled']) })).toEqual(['helpdesk']);
  });
});
