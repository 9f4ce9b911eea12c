import type { Story, StoryProbe } from '../../support/story/story.ts';
import { arrives, except, heldDuring, lost, within } from '../../support/story/story.ts';

const CONTROL: StoryProbe = { name: 'control', role: 'control', observer: 'plain' };
const STALLED = { alert: 'EmailDeliveryStalled', severity: 'page' } as const;
const STRAGGLERS = { alert: 'EmailDeliveryStragglers', severity: 'page' } as const;
const BURN_SLOW = 'EmailDeliveryBudgetBurnSlow';

/** Mail that the relay took and the helpdesk does not show. */
export const HELPDESK_STORIES: readonly Story[] = [
  {
    name: 'a quiet hour',
    tells: 'All mail arrives within seconds.',
    probes: [{ name: 'support' }, CONTROL],
    step: 15,
    until: 3_600,
    expected: [],
  },
  {
    name: 'total stop',
    tells: 'Nothing reaches the helpdesk from 10 min to 25 min; then all of it arrives.',
    probes: [{ name: 'support', fate: heldDuring([600, 1_500]) }, CONTROL],
    until: 1_800,
    // The head was accepted at 600.1 s.
    expected: [
      { ...STALLED, labels: { probe: 'support' }, fires: [1_205, 1_206], ends: [1_600, 1_630] },
    ],
    ignores: [BURN_SLOW],
  },
  {
    name: 'total outage of 45 min',
    tells: 'Nothing is ingested from 10 min to 55 min; the queue drains out of order until 65 min.',
    probes: [
      {
        name: 'support',
        // Younger ones first.
        fate: except([600, 3_300], (at) => arrives(3_300 + ((3_300 - at) * 600) / 2_700)),
      },
      CONTROL,
    ],
    step: 15,
    until: 7_500,
    expected: [{ ...STALLED, fires: [1_205, 1_216], ends: [3_400, 3_450] }],
    ignores: [BURN_SLOW],
  },
  {
    name: 'deadline of 30 s',
    tells:
      'late_after 30 s, a canary a second, a scrape a second: nothing arrives from 60 s to 150 s.',
    probes: [
      {
        name: 'support',
        every: 1,
        policy: { suspectAfterMs: 10_000, lateAfterMs: 30_000 },
        fate: (at) => arrives(at + 1 >= 60 && at < 150 ? 150 : at + 1),
      },
      { ...CONTROL, every: 1, policy: { suspectAfterMs: 10_000, lateAfterMs: 30_000 } },
    ],
    step: 1,
    until: 240,
    expected: [{ ...STALLED, fires: [90, 92], ends: [205, 215] }],
    ignores: [BURN_SLOW],
  },
  {
    name: 'one old loss and a stopped sender',
    tells: 'One mail is lost at 60 s and right after it the relay takes nothing more, for 25 min.',
    probes: [
      {
        name: 'support',
        fate: (at) => {
          if (at === 60) return lost;
          return at > 60 && at < 1_560 ? { answer: 'refused' } : arrives(at + 5);
        },
      },
    ],
    step: 15,
    until: 3_000,
    expected: [
      {
        alert: 'EmailCanarySendStalled',
        severity: 'page',
        fires: [480, 510],
        ends: [1_620, 1_720],
      },
    ],
    ignores: ['EmailCanaryStraggler', BURN_SLOW],
  },
  {
    name: 'no control, no alibi',
    tells: 'Two addresses of one helpdesk stall; there is no control mailbox.',
    probes: [
      { name: 'europe', fate: except([300, 9_999], () => lost) },
      { name: 'america', fate: except([300, 9_999], () => lost) },
    ],
    until: 1_200,
    expected: [
      { ...STALLED, labels: { probe: 'europe' }, fires: [905, 906] },
      { ...STALLED, labels: { probe: 'america' }, fires: [905, 906] },
    ],
    ignores: [BURN_SLOW],
  },
  {
    name: 'stragglers',
    tells: 'One mail of ten is lost from 10 min on; those between arrive.',
    probes: [
      {
        name: 'support',
        fate: except([600, 3_000], (at) => (at % 600 === 0 ? lost : arrives(at + 5))),
      },
      CONTROL,
    ],
    step: 15,
    until: 6_600,
    // The second one, of 1,200 s, is past its deadline at 1,800 s; the last one counts until 4,200 s.
    expected: [{ ...STRAGGLERS, fires: [1_800, 1_816], ends: [6_000, 6_031] }],
    ignores: ['EmailCanaryStraggler', 'EmailSilentLossSuspected', BURN_SLOW],
  },
  {
    name: 'one straggler',
    tells: 'A single mail is lost.',
    probes: [{ name: 'support', fate: except([600, 601], () => lost) }, CONTROL],
    step: 15,
    until: 3_600,
    expected: [
      {
        alert: 'EmailCanaryStraggler',
        severity: 'info',
        fires: [1_260, 1_290],
        ends: [2_400, 2_430],
      },
    ],
    ignores: [BURN_SLOW],
  },
  {
    name: 'slow cadence',
    tells: 'A canary each 15 min; one is lost.',
    probes: [
      { name: 'support', every: 900, fate: except([900, 901], () => lost) },
      { ...CONTROL, every: 900 },
    ],
    step: 15,
    until: 7_500,
    // First as a stall, then as a straggler: one alert, as long as it counts (4 intervals past its deadline) and half an hour more.
    expected: [{ ...STALLED, fires: [1_505, 1_516], ends: [6_900, 7_100] }],
    ignores: [BURN_SLOW],
  },
  {
    name: 'a share is lost at a slow cadence',
    tells: 'A canary each 8 min; three are lost, 64 min one after the other.',
    probes: [
      {
        name: 'support',
        every: 480,
        fate: (at) => ([960, 4_800, 8_640].includes(at) ? lost : arrives(at + 5)),
      },
      { ...CONTROL, every: 480 },
    ],
    step: 15,
    until: 13_500,
    // One trouble is one page, though each of them counts for 32 min only.
    expected: [
      { ...STALLED, fires: [1_560, 1_580], ends: [12_900, 13_200] },
      { alert: 'EmailSilentLossSuspected', severity: 'ticket', fires: [5_400, 5_440] },
    ],
    ignores: [BURN_SLOW],
  },
  {
    name: 'misfiled, new',
    tells: 'A spam rule takes all canaries from 30 min on.',
    probes: [
      { name: 'support', fate: (at) => arrives(at + 5, { place: at >= 1_800 ? 'spam' : 'inbox' }) },
      CONTROL,
    ],
    step: 15,
    until: 5_400,
    expected: [
      { alert: 'EmailCanaryMisfiled', severity: 'page', fires: [1_860, 1_960] },
      { alert: 'EmailCanaryMisfiled', severity: 'ticket', fires: [1_800, 1_840] },
    ],
    ignores: [BURN_SLOW],
  },
  {
    name: 'misfiled, at a slow cadence',
    tells: 'A canary each half hour; a spam rule takes all of them from 60 min on.',
    probes: [
      {
        name: 'support',
        every: 1_800,
        fate: (at) => arrives(at + 5, { place: at >= 3_600 ? 'spam' : 'inbox' }),
      },
    ],
    step: 15,
    until: 10_800,
    expected: [
      {
        alert: 'EmailCanaryMisfiled',
        severity: 'page',
        fires: [3_600, 3_700],
        ends: [4_800, 5_400],
      },
    ],
    ignores: ['EmailCanaryMisfiled', BURN_SLOW],
  },
  {
    name: 'misfiled, once',
    tells: 'One canary is found in spam.',
    probes: [
      {
        name: 'support',
        fate: (at) => arrives(at + 5, { place: at === 1_800 ? 'spam' : 'inbox' }),
      },
      CONTROL,
    ],
    step: 15,
    until: 3_600,
    expected: [{ alert: 'EmailCanaryMisfiled', severity: 'ticket', fires: [1_800, 1_840] }],
    ignores: [BURN_SLOW],
  },
  {
    name: 'duplicates',
    tells: 'Each mail is ingested twice for 30 min.',
    probes: [
      {
        name: 'support',
        fate: (at) => arrives(at + 5, { copies: within([[600, 2_400]], at) ? 2 : 1 }),
      },
      CONTROL,
    ],
    step: 15,
    until: 4_800,
    expected: [
      {
        alert: 'EmailDuplicateIngestion',
        severity: 'ticket',
        fires: [700, 800],
        ends: [4_000, 4_400],
      },
    ],
  },
  {
    name: 'slow drift',
    tells: 'Mail takes 4 min from 10 min on, within its deadline.',
    probes: [{ name: 'support', fate: (at) => arrives(at < 600 ? at + 5 : at + 240) }, CONTROL],
    step: 15,
    until: 4_200,
    expected: [{ alert: 'EmailDeliverySlow', severity: 'ticket', fires: [1_200, 1_700] }],
  },
  {
    name: 'a trickle of late mail',
    tells: 'Five of 240 mails an hour come 11 min late, each by itself.',
    probes: [
      {
        name: 'support',
        every: 15,
        fate: (at) => arrives([1_800, 2_400, 3_000, 3_060, 3_120].includes(at) ? at + 660 : at + 5),
      },
      { ...CONTROL, every: 15 },
    ],
    step: 15,
    until: 6_600,
    // Three in an hour are 1.25 %, four are over 14.4 times 0.1 %; the last is overdue at 3,720 s.
    expected: [
      {
        alert: 'EmailDeliveryBudgetBurnFast',
        severity: 'page',
        fires: [3_660, 3_691],
        ends: [5_820, 5_851],
      },
    ],
    ignores: [BURN_SLOW, 'EmailCanaryStraggler'],
  },
  {
    name: 'total stop behind an index that lags',
    tells:
      'The helpdesk shows mail in its search 5 min after it came; nothing arrives from 10 min on.',
    probes: [{ name: 'support', fate: except([600, 99_999], () => lost) }],
    indexLag: 300,
    step: 15,
    until: 1_800,
    expected: [{ ...STALLED, fires: [1_500, 1_516] }],
    ignores: [BURN_SLOW],
  },
  {
    name: 'a paused probe',
    tells:
      'Paused from 5 min to 35 min with two mails lost in flight; nothing is wrong afterwards.',
    probes: [
      {
        name: 'support',
        paused: [[300, 2_100]],
        fate: (at) => (at === 180 || at === 240 ? lost : arrives(at + 5)),
      },
      CONTROL,
    ],
    step: 15,
    until: 3_600,
    expected: [],
    ignores: ['EmailCanaryStraggler', BURN_SLOW],
  },
];
