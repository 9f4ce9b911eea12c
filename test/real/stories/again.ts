import type { Story, StoryProbe } from '../../support/story/story.ts';
import { arrives, except, lost } from '../../support/story/story.ts';

const CONTROL: StoryProbe = { name: 'control', role: 'control', observer: 'plain' };
const STALLED = { alert: 'EmailDeliveryStalled', severity: 'page' } as const;
const STRAGGLERS = { alert: 'EmailDeliveryStragglers', severity: 'page' } as const;
const BURN_SLOW = 'EmailDeliveryBudgetBurnSlow';

/** Trouble that goes up and down around a threshold: one page. */
export const AGAIN_STORIES: readonly Story[] = [
  {
    name: 'mail in batches',
    tells: 'From 10 min to 70 min mail comes every 10 min only, what was sent 7 to 17 min before.',
    probes: [
      {
        name: 'support',
        fate: except([600, 4_200], (at) => arrives(Math.ceil((at + 400) / 600) * 600)),
      },
      CONTROL,
    ],
    step: 15,
    until: 5_400,
    // The first that waits for its deadline was sent at 840 s; from 4,205 s on younger ones overtake the last.
    expected: [{ ...STALLED, fires: [1_440, 1_456], ends: [4_310, 4_341] }],
    ignores: [BURN_SLOW, 'EmailDeliverySlow'],
  },
  {
    name: 'stragglers now and then',
    tells:
      'Two mails are lost soon one after the other, three times within two hours: one trouble.',
    probes: [
      {
        name: 'support',
        fate: (at) =>
          [600, 840, 3_720, 3_960, 6_600, 6_780].includes(at) ? lost : arrives(at + 5),
      },
      CONTROL,
    ],
    step: 15,
    until: 10_800,
    // Of each pair both are missing for a quarter of an hour; one is, of the last, until 8,580 s.
    expected: [{ ...STRAGGLERS, fires: [1_440, 1_471], ends: [10_380, 10_411] }],
    ignores: ['EmailCanaryStraggler', 'EmailSilentLossSuspected', BURN_SLOW],
  },
];
