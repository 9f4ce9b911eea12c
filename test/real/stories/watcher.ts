import type { Story } from '../../support/story/story.ts';
import { arrives, except, heldDuring, lost } from '../../support/story/story.ts';

const BLIND = { alert: 'EmailMonitorBlind', severity: 'page' } as const;
const SOON = { alert: 'EmailMonitorBlindSoon', severity: 'ticket' } as const;
const DOWN = { alert: 'EmailMonitorDown', severity: 'page' } as const;
const BURN_SLOW = 'EmailDeliveryBudgetBurnSlow';

/** Nobody looks, or nobody is there: never a page about the helpdesk. */
export const WATCHER_STORIES: readonly Story[] = [
  {
    name: 'blind while mail flows',
    tells: 'No look succeeds from 5 min to 30 min; mail arrives all the time.',
    probes: [{ name: 'support' }],
    blind: [[300, 1_800]],
    until: 2_700,
    // 600 s + 60 s of a look, and 30 s; the horizon stands at 295 s.
    expected: [
      { ...BLIND, fires: [985, 995], ends: [1_910, 1_930] },
      { ...SOON, fires: [585, 600], ends: [1_800, 1_806] },
    ],
  },
  {
    name: 'blind during an outage',
    tells: 'No look succeeds from 5 min to 30 min; nothing arrives from 4 min to 50 min.',
    probes: [{ name: 'support', fate: heldDuring([240, 3_000]) }],
    blind: [[300, 1_800]],
    step: 15,
    until: 3_600,
    expected: [
      { ...BLIND, fires: [985, 1_010], ends: [1_900, 1_950] },
      { ...SOON, fires: [585, 610], ends: [1_800, 1_816] },
      // Known as soon as somebody looks again.
      {
        alert: 'EmailDeliveryStalled',
        severity: 'page',
        fires: [1_800, 1_816],
        ends: [3_100, 3_150],
      },
    ],
    ignores: [BURN_SLOW],
  },
  {
    name: 'an index that lags',
    tells: 'The helpdesk shows mail in its search 15 min after it came.',
    probes: [{ name: 'support' }],
    indexLag: 900,
    step: 15,
    until: 5_400,
    expected: [],
  },
  {
    name: 'pushes that stop',
    tells:
      'The observer only hears webhooks, and none comes from 5 min to 40 min; later ones come again.',
    probes: [
      { name: 'support', pushOnly: true, fate: except([300, 2_400], () => lost) },
      { name: 'plain' },
    ],
    until: 3_000,
    // The newest that was told of was sent at 4 min: 600 s and one launch later, and 30 s.
    expected: [
      {
        alert: 'EmailMonitorPushSilent',
        severity: 'ticket',
        labels: { probe: 'support', culprit: 'watcher' },
        fires: [985, 1_000],
        ends: [2_400, 2_411],
      },
    ],
  },
  {
    name: 'a restart',
    tells: 'The monitor is down from 5 min to 35 min; its first look comes 20 s after its start.',
    probes: [{ name: 'support' }],
    monitors: [{ instance: 'a', down: [[300, 2_100]] }],
    blind: [[2_100, 2_120]],
    until: 2_700,
    expected: [{ ...DOWN, fires: [355, 366], ends: [2_100, 2_106] }],
  },
  {
    name: 'a restart after hours, with one lost mail',
    tells: 'One mail is lost at 1 min, the monitor stops at 2 min and starts eight hours later.',
    probes: [{ name: 'support', fate: except([60, 61], () => lost) }],
    monitors: [{ instance: 'a', down: [[120, 28_800]] }],
    blind: [[28_800, 28_830]],
    step: 15,
    until: 30_600,
    expected: [{ ...DOWN, fires: [180, 200], ends: [28_800, 28_816] }],
    ignores: ['EmailCanaryStraggler', BURN_SLOW],
  },
  {
    name: 'a restart during an outage',
    tells: 'Nothing arrives from 5 min on; the monitor is down from 8 min to 12 min.',
    probes: [{ name: 'support', fate: except([300, 99_999], () => lost) }],
    monitors: [{ instance: 'a', down: [[480, 720]] }],
    until: 1_200,
    expected: [
      { ...DOWN, fires: [535, 546], ends: [720, 726] },
      { alert: 'EmailDeliveryStalled', severity: 'page', fires: [905, 906] },
    ],
    ignores: [BURN_SLOW],
  },
  {
    name: 'a dead monitor',
    tells: 'The monitor is killed at 5 min.',
    probes: [{ name: 'support' }],
    monitors: [{ instance: 'a', down: [[300, 99_999]] }],
    until: 1_500,
    expected: [{ ...DOWN, labels: { job: 'mailcanary' }, fires: [355, 366] }],
  },
  {
    name: 'a monitor that nobody lists',
    tells: 'Service discovery does not know the monitor.',
    probes: [],
    monitors: [],
    others: { 'up{job="other",instance="x"}': () => 1 },
    until: 300,
    expected: [{ ...DOWN, fires: [55, 66] }],
  },
  {
    name: 'a probe removed and added again',
    tells:
      'A probe is taken out at 70 min with two lost mails in flight and comes back two hours later.',
    probes: [
      {
        name: 'support',
        configured: [
          [0, 4_200],
          [11_400, 99_999],
        ],
        fate: (at) => (at === 4_080 || at === 4_140 ? lost : arrives(at + 5)),
      },
      { name: 'sales' },
    ],
    step: 60,
    until: 12_600,
    expected: [
      {
        alert: 'EmailMonitorProbeVanished',
        severity: 'ticket',
        fires: [4_800, 4_861],
        ends: [7_800, 7_861],
      },
    ],
  },
];
