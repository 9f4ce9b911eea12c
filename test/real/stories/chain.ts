import type { Story, StoryProbe } from '../../support/story/story.ts';
import { arrives, except, heldDuring, lost } from '../../support/story/story.ts';

const CHAIN: StoryProbe = { name: 'support', front: 'mailbox' };
const STALLED = { alert: 'EmailDeliveryStalled', severity: 'page' } as const;
const NO_TICKET = {
  alert: 'EmailArrivedNoTicket',
  severity: 'ticket',
  labels: { probe: 'support', stage: 'mailbox', observer: 'helpdesk', culprit: 'helpdesk' },
} as const;
const BURN_SLOW = 'EmailDeliveryBudgetBurnSlow';

/** A mailbox in front of the helpdesk: not only that mail is missing, but where it hangs. */
export const CHAIN_STORIES: readonly Story[] = [
  {
    name: 'a helpdesk that fetches no more',
    tells:
      'A mailbox has all mail within seconds; the helpdesk behind it takes none over from 10 min to 30 min, then all of it.',
    probes: [{ ...CHAIN, fate: heldDuring([600, 1_800]) }],
    step: 15,
    until: 2_100,
    // The second that hangs was seen by the mailbox at 665 s.
    expected: [
      { ...STALLED, fires: [1_205, 1_216], ends: [1_900, 1_950] },
      { ...NO_TICKET, fires: [1_265, 1_291], ends: [1_900, 1_950] },
    ],
    ignores: [BURN_SLOW],
  },
  {
    name: 'mail is held in front of the mailbox',
    tells:
      'From 10 min to 30 min nothing reaches the mailbox; then it has all of it, and the helpdesk 4 min later.',
    probes: [
      {
        ...CHAIN,
        fate: except([600, 1_800], () => arrives(2_040, { passesAt: 1_800 })),
      },
    ],
    step: 30,
    until: 2_400,
    expected: [{ ...STALLED, fires: [1_205, 1_231], ends: [1_890, 1_980] }],
    ignores: [BURN_SLOW, 'EmailCanaryStraggler', 'EmailDeliverySlow'],
  },
  {
    name: 'the helpdesk behind the mailbox is not looked at',
    tells:
      'One mail of three is in the mailbox and makes no ticket, from 10 min on; no look at the helpdesk succeeds from 25 min to 50 min.',
    probes: [
      { ...CHAIN, fate: except([600, 99_999], (at) => (at % 180 === 60 ? lost : arrives(at + 5))) },
    ],
    blind: [[1_500, 3_000]],
    step: 30,
    until: 3_300,
    // The first two were sent at 600 s and 780 s. A third of the deadline and a look after the last look it is silent, and speaks
    // again with the next one.
    expected: [
      { alert: 'EmailDeliveryStragglers', severity: 'page', fires: [1_380, 1_411] },
      { ...NO_TICKET, fires: [1_385, 1_441], times: 2 },
      { alert: 'EmailMonitorBlind', severity: 'page', fires: [2_180, 2_221], ends: [3_100, 3_150] },
      {
        alert: 'EmailMonitorBlindSoon',
        severity: 'ticket',
        fires: [1_755, 1_801],
        ends: [3_000, 3_031],
      },
    ],
    ignores: [BURN_SLOW, 'EmailCanaryStraggler', 'EmailSilentLossSuspected'],
  },
  {
    name: 'a helpdesk that takes over nine of ten',
    tells: 'One mail of ten is in the mailbox and makes no ticket, from 10 min to 50 min.',
    probes: [
      { ...CHAIN, fate: except([600, 3_000], (at) => (at % 600 === 0 ? lost : arrives(at + 5))) },
    ],
    step: 30,
    until: 4_440,
    expected: [
      {
        alert: 'EmailDeliveryStragglers',
        severity: 'page',
        fires: [1_800, 1_831],
      },
      { ...NO_TICKET, fires: [1_805, 1_861], ends: [4_300, 4_380] },
    ],
    ignores: [BURN_SLOW, 'EmailCanaryStraggler', 'EmailSilentLossSuspected'],
  },
];
