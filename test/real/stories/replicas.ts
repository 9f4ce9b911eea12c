import type { Story, StoryMonitor } from '../../support/story/story.ts';
import { arrives, except, heldDuring, lost } from '../../support/story/story.ts';

const STALLED = { alert: 'EmailDeliveryStalled', severity: 'page' } as const;
const BEHIND = { alert: 'EmailMonitorReplicaBehind', severity: 'ticket' } as const;
const BURN_SLOW = 'EmailDeliveryBudgetBurnSlow';
const VANTAGES: readonly StoryMonitor[] = [
  { instance: 'a', vantage: 'east' },
  { instance: 'b', vantage: 'west' },
];

/** Several monitors: replicas of one ledger, and vantages. */
export const REPLICA_STORIES: readonly Story[] = [
  {
    name: 'a pair, one cut off',
    tells: 'One of two replicas is cut off from the ledger at 2 min; mail stops at 5 min.',
    probes: [{ name: 'support', fate: except([300, 99_999], () => lost) }],
    monitors: [{ instance: 'a', cutOff: [[120, 99_999]] }, { instance: 'b' }],
    until: 1_200,
    expected: [
      { ...STALLED, fires: [905, 906] },
      // 60 s behind, for 5 min.
      { ...BEHIND, labels: { instance: 'a' }, fires: [475, 495] },
    ],
    ignores: [BURN_SLOW],
  },
  {
    name: 'a pair, one down',
    tells: 'One of two replicas is down from 2 min on.',
    probes: [{ name: 'support' }],
    monitors: [{ instance: 'a' }, { instance: 'b', down: [[120, 99_999]] }],
    until: 900,
    expected: [
      {
        alert: 'EmailMonitorReplicaDown',
        severity: 'ticket',
        labels: { instance: 'b' },
        fires: [415, 426],
      },
    ],
  },
  {
    name: 'a replica cut off during an outage',
    tells: 'Mail stops at 5 min; a replica is cut off at 17 min; mail flows again at 20 min.',
    probes: [{ name: 'support', fate: heldDuring([300, 1_200]) }],
    monitors: [{ instance: 'a', cutOff: [[1_020, 99_999]] }, { instance: 'b' }],
    until: 1_800,
    expected: [
      { ...STALLED, fires: [905, 906], ends: [1_300, 1_340] },
      { ...BEHIND, labels: { instance: 'a' }, fires: [1_375, 1_395] },
    ],
    ignores: [BURN_SLOW],
  },
  {
    name: 'three replicas, one overdue mail',
    tells: 'Three replicas of one ledger export the same single loss.',
    probes: [{ name: 'support', fate: except([600, 601], () => lost) }],
    monitors: [{ instance: 'a', down: [[3_000, 99_999]] }, { instance: 'b' }, { instance: 'c' }],
    step: 15,
    until: 4_200,
    expected: [],
    ignores: ['EmailCanaryStraggler', 'EmailMonitorReplicaDown'],
  },
  {
    name: 'a rollout amid losses',
    tells:
      'Two mails miss the deadline, both replicas are renamed, two more miss it: four in all, 15 s apart.',
    probes: [
      {
        name: 'support',
        every: 15,
        fate: (at) => (LOST.includes(at) ? arrives(at + 700) : arrives(at + 5)),
      },
    ],
    monitors: [
      { instance: 'a1', down: [[3_900, 99_999]] },
      { instance: 'b1', down: [[3_930, 99_999]] },
      { instance: 'a2', down: [[0, 3_900]] },
      { instance: 'b2', down: [[0, 3_930]] },
    ],
    step: 15,
    until: 6_600,
    // Two at a time would page as stragglers: they are not late at the same time here.
    expected: [
      {
        alert: 'EmailDeliveryBudgetBurnFast',
        severity: 'page',
        fires: [3_900, 4_900],
        ends: [6_000, 6_600],
      },
    ],
    ignores: [BURN_SLOW, 'EmailCanaryStraggler', 'EmailMonitorReplicaDown'],
  },
  {
    name: 'one vantage stalled',
    tells: 'Mail from the east stops at 5 min, from the west it flows.',
    probes: [
      {
        name: 'support',
        fate: (at, vantage) => (vantage === 'east' && at >= 300 ? lost : arrives(at + 5)),
      },
    ],
    monitors: VANTAGES,
    until: 1_200,
    expected: [
      {
        alert: 'EmailVantageStalled',
        severity: 'page',
        labels: { vantage: 'east', team: 'monitoring' },
        fires: [905, 906],
      },
    ],
    ignores: [BURN_SLOW],
  },
  {
    name: 'all vantages stalled',
    tells: 'Mail stops at 5 min from everywhere.',
    probes: [{ name: 'support', fate: except([300, 99_999], () => lost) }],
    monitors: VANTAGES,
    until: 1_200,
    expected: [{ ...STALLED, fires: [905, 906] }],
    ignores: [BURN_SLOW],
  },
  {
    name: 'a blind vantage is no witness',
    tells: 'The west went blind at 4 min; mail stops at 5 min.',
    probes: [{ name: 'support', fate: except([300, 99_999], () => lost) }],
    monitors: VANTAGES,
    blind: { west: [[240, 99_999]] },
    until: 1_200,
    expected: [
      { ...STALLED, fires: [905, 906] },
      {
        alert: 'EmailMonitorBlind',
        severity: 'page',
        labels: { vantage: 'west' },
        fires: [925, 935],
      },
    ],
    ignores: [BURN_SLOW, 'EmailMonitorBlindSoon'],
  },
];

const LOST: readonly number[] = [2_700, 3_000, 3_285, 3_600];
