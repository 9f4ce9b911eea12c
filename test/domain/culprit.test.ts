import { describe, expect, it } from 'vitest';
import { culpritsOf, type Court, type Standing } from '../../src/domain/culprit.ts';
import { MINUTE, POLICY, SECOND, T0 } from './samples.ts';

/** A probe to which mail arrives: the newest canary was seen, nothing waits. */
function standing(probe: string, changes: Partial<Standing> = {}): Standing {
  return {
    route: { probe, role: 'target', sender: 'relay' },
    policy: POLICY,
    intervalMs: MINUTE,
    activatedAt: T0 - 60 * MINUTE,
    pause: null,
    oldestUnservedTick: null,
    horizon: T0,
    headAt: null,
    headWaiting: 0,
    stragglers: 0,
    newestIngestedAt: T0 - MINUTE,
    loss: { level: 'usual' },
    ...changes,
  };
}

const control = (changes: Partial<Standing> = {}): Standing =>
  standing('control', {
    route: { probe: 'control', role: 'control', sender: 'relay' },
    ...changes,
  });

/** Nothing has arrived for so long. */
const silent = (minutes: number): Partial<Standing> => ({
  headAt: T0 - minutes * MINUTE,
  headWaiting: minutes - 3,
  newestIngestedAt: T0 - (minutes + 1) * MINUTE,
});

function blame(standings: readonly Standing[], court: Partial<Court> = {}): object {
  const none = (): boolean => false;
  const whole = { now: T0, monitorFails: false, isBlind: none, isMisfiling: none, ...court };
  return Object.fromEntries(culpritsOf(standings, whole));
}

describe('blame', () => {
  it('is on nobody while mail arrives', () => {
    expect(blame([standing('support'), control()])).toEqual({});
  });

  it('is on the helpdesk when its mail stalls and the control gets its own', () => {
    expect(blame([standing('support', silent(11)), control()])).toEqual({ support: 'helpdesk' });
    expect(blame([standing('support', silent(11))])).toEqual({ support: 'helpdesk' });
  });

  it('is on nobody for a lag within the deadline, or for one old loss alone', () => {
    expect(blame([standing('support', silent(9)), control()])).toEqual({});
    expect(blame([standing('support', { ...silent(99), headWaiting: 1 })])).toEqual({});
  });

  it('is on the helpdesk for one mail where the cadence lets no second wait', () => {
    const slow = { ...silent(11), headWaiting: 1, intervalMs: 15 * MINUTE };

    expect(blame([standing('support', slow)])).toEqual({ support: 'helpdesk' });
  });

  it('is on the sender when the control waits as well, from half the deadline on', () => {
    const both = [standing('support', silent(6)), control(silent(6))];

    expect(blame(both)).toEqual({ support: 'sender', control: 'sender' });
    expect(blame([standing('support', silent(11)), control(silent(11))])).toEqual({
      support: 'sender',
      control: 'sender',
    });
  });

  it('is on the sender only for what goes through it', () => {
    const other = standing('sales', {
      ...silent(11),
      route: { probe: 'sales', role: 'target', sender: 'second' },
    });

    expect(blame([standing('support', silent(11)), control(silent(11)), other])).toMatchObject({
      sales: 'helpdesk',
    });
  });

  it('is on nobody when the control alone is broken', () => {
    expect(blame([standing('support'), control(silent(20))])).toEqual({});
  });

  it('is on the sender when it takes nothing, on the monitor when that cannot send', () => {
    const unsent = standing('support', { oldestUnservedTick: T0 - 301 * SECOND });

    expect(blame([unsent])).toEqual({ support: 'sender' });
    expect(blame([unsent], { monitorFails: true })).toEqual({ support: 'monitor' });
    const soon = standing('support', { oldestUnservedTick: T0 - 299 * SECOND });
    expect(blame([soon])).toEqual({});
  });

  it('is on the watcher when nobody can look', () => {
    const isBlind = (): boolean => true;

    expect(blame([standing('support')], { isBlind })).toEqual({ support: 'watcher' });
    expect(blame([standing('support')], { isBlind, monitorFails: true })).toEqual({
      support: 'monitor',
    });
    // What was proven before stays proven.
    expect(blame([standing('support', silent(11))], { isBlind })).toEqual({ support: 'helpdesk' });
  });

  it('of stragglers is on the helpdesk, and on the sender when the control misses some too', () => {
    const two = standing('support', { stragglers: 2 });

    expect(blame([two, control()])).toEqual({ support: 'helpdesk' });
    expect(blame([two, control({ stragglers: 1 })])).toEqual({ support: 'sender' });
    expect(blame([standing('support', { stragglers: 1 })])).toEqual({});
  });

  it('of silent loss is on the helpdesk, and on the sender when the control loses more than usual too', () => {
    const losing = standing('support', { loss: { level: 'confirmed' } });

    expect(blame([losing, control()])).toEqual({ support: 'helpdesk' });
    expect(blame([losing, control({ loss: { level: 'suspected' } })])).toEqual({
      support: 'sender',
    });
    expect(blame([standing('support', { loss: { level: 'suspected' } })])).toEqual({});
    expect(blame([standing('support', { loss: null }), control({ loss: null })])).toEqual({});
  });

  it('of misfiled mail is on the helpdesk', () => {
    expect(blame([standing('support')], { isMisfiling: () => true })).toEqual({
      support: 'helpdesk',
    });
  });

  it('is on nobody during a pause', () => {
    const paused = { ...silent(30), pause: { until: T0 + MINUTE } };

    expect(blame([standing('support', paused)])).toEqual({});
    expect(blame([standing('support', { ...paused, pause: { until: T0 } })])).toEqual({
      support: 'helpdesk',
    });
  });
});
