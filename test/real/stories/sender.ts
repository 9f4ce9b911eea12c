import type { Fate, Story, StoryProbe } from '../../support/story/story.ts';
import { arrives, except, heldDuring, lost, refused } from '../../support/story/story.ts';

const PATH = { alert: 'EmailSubmissionPathStalled', severity: 'page' } as const;
const LOSES = { alert: 'EmailSubmissionPathLoses', severity: 'page' } as const;
const SEND = { alert: 'EmailCanarySendStalled', severity: 'page' } as const;
const BURN_SLOW = 'EmailDeliveryBudgetBurnSlow';

/** A helpdesk and its control behind one relay, with the same fate. */
function behindRelay(fate: () => NonNullable<StoryProbe['fate']>): readonly StoryProbe[] {
  return [
    { name: 'support', fate: fate() },
    { name: 'control', role: 'control', observer: 'plain', fate: fate() },
  ];
}

const gone = (at: number): Fate => (at >= 300 ? lost : arrives(at + 5));

/** Faults of our own relay: monitoring is paged, the helpdesk's people never. */
export const SENDER_STORIES: readonly Story[] = [
  {
    name: 'the relay takes all and delivers nothing',
    tells: 'The relay answers 250 from 5 min on and holds everything, for 25 min.',
    probes: behindRelay(() => heldDuring([300, 1_800], 1)),
    until: 3_000,
    // Half a deadline after the head of 300 s, and a minute.
    expected: [{ ...PATH, labels: { sender: 'relay' }, fires: [655, 675], ends: [1_900, 1_960] }],
    ignores: [BURN_SLOW],
  },
  {
    name: 'the relay refuses',
    tells: 'The relay refuses everything from 10 min to 40 min.',
    probes: behindRelay(() => except([600, 2_400], () => refused)),
    step: 15,
    until: 3_600,
    expected: [
      { ...SEND, labels: { probe: 'support' }, fires: [960, 990], ends: [2_500, 2_560] },
      { ...SEND, labels: { probe: 'control' }, fires: [960, 990], ends: [2_500, 2_560] },
    ],
  },
  {
    name: 'greylisting',
    tells: 'The relay refuses for 4 min, once.',
    probes: behindRelay(() => except([600, 840], () => refused)),
    step: 15,
    until: 2_400,
    expected: [],
  },
  {
    name: 'slow and paused probes beside a dead relay',
    tells: 'The relay dies; two other probes behind it are slow and paused.',
    probes: [
      ...behindRelay(() => gone),
      { name: 'slow', every: 900, fate: (at) => (at >= 300 ? lost : arrives(at + 5)) },
      { name: 'paused', paused: [[0, 9_999]] },
    ],
    until: 1_500,
    expected: [{ ...PATH, fires: [655, 675] }],
    ignores: [BURN_SLOW],
  },
  {
    name: 'the relay dies after one canary',
    tells: "It takes the helpdesk's canary of 5 min and nothing more.",
    probes: [
      {
        name: 'support',
        fate: (at) => (at < 300 ? arrives(at + 5) : at === 300 ? lost : refused),
      },
      {
        name: 'control',
        role: 'control',
        observer: 'plain',
        fate: (at) => (at < 300 ? arrives(at + 5) : refused),
      },
    ],
    until: 1_500,
    expected: [
      { ...SEND, labels: { probe: 'support' }, fires: [720, 735] },
      { ...SEND, labels: { probe: 'control' }, fires: [660, 675] },
    ],
    ignores: [BURN_SLOW],
  },
  {
    name: 'the control alone is broken',
    tells: 'Nothing reaches the control mailbox; the helpdesk gets everything.',
    probes: [
      { name: 'support' },
      { name: 'control', role: 'control', observer: 'plain', fate: gone },
    ],
    until: 1_500,
    expected: [],
  },
  {
    name: 'a deferred queue drains for an hour',
    tells:
      'The relay has no DNS from 10 min to 22 min; then new mail passes and the deferred mail comes an hour later.',
    probes: behindRelay(() => except([600, 1_320], (at) => arrives(at + 3_600))),
    step: 15,
    until: 6_600,
    expected: [
      { ...PATH, fires: [955, 1_000], ends: [1_400, 1_480] },
      // Once the grace after the stall is over.
      { ...LOSES, fires: [1_990, 2_110], ends: [3_300, 5_600] },
    ],
    ignores: [BURN_SLOW],
  },
  {
    name: 'a short outage of the relay',
    tells: 'The same for 8 min: eight mails are late, at the helpdesk and at the control alike.',
    probes: behindRelay(() => except([600, 1_080], (at) => arrives(at + 1_500))),
    step: 15,
    until: 6_600,
    expected: [
      { ...PATH, fires: [955, 1_000], ends: [1_140, 1_260] },
      { ...LOSES, fires: [1_700, 1_900], ends: [2_700, 2_920] },
    ],
    ignores: [BURN_SLOW],
  },
  {
    name: 'a cron probe asleep',
    tells: 'A probe by cron is due for 10 min and then not for three hours.',
    probes: [
      { name: 'office', ticks: Array.from({ length: 11 }, (_, index) => index * 60) },
      { name: 'support' },
    ],
    step: 30,
    until: 10_800,
    expected: [],
  },
];
