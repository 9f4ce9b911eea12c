import type { Story, StoryProbe } from '../../support/story/story.ts';
import { arrives, except, lost } from '../../support/story/story.ts';

const HOUR = 3_600;
const BURN_SLOW = 'EmailDeliveryBudgetBurnSlow';
const SIDE_EFFECTS = ['EmailCanaryStraggler', BURN_SLOW];
const CONTROL: StoryProbe = { name: 'control', role: 'control', observer: 'plain' };

/** One of fifty, 50 min apart, so that they are no stragglers; what is lost arrives at a second, or never. */
function losing(foundAt?: number): NonNullable<StoryProbe['fate']> {
  return (at) => {
    if (at === 0 || at % 3_000 > 0) return arrives(at + 5);
    return foundAt === undefined ? lost : arrives(foundAt);
  };
}

/** Besides those of `losing`, of 18,000 and 21,000 s. */
const LOST_AS_WELL = [18_120, 21_120, 21_240, 21_360, 21_480, 21_600, 21_720];

/** Mail that disappears one by one, while all other mail arrives. */
export const LOSS_STORIES: readonly Story[] = [
  {
    name: 'silent loss of 2 %, and then more',
    tells:
      'One mail of fifty is lost, 50 min apart, all the time; once two of three, which is no news, and at last every other one.',
    probes: [
      {
        name: 'support',
        fate: (at, vantage) => (LOST_AS_WELL.includes(at) ? lost : losing()(at, vantage)),
      },
      CONTROL,
    ],
    step: 30,
    until: 7 * HOUR,
    expected: [
      {
        alert: 'EmailSilentLossSuspected',
        severity: 'ticket',
        labels: { probe: 'support' },
        fires: [9_600, 9_661],
      },
      {
        alert: 'EmailSilentLossConfirmed',
        severity: 'page',
        labels: { probe: 'support', culprit: 'helpdesk' },
        fires: [12_600, 12_661],
      },
      // The sixth that is missing at a time was sent at 21,600 s.
      { alert: 'EmailDeliveryStragglers', severity: 'page', fires: [22_200, 22_261] },
    ],
    ignores: SIDE_EFFECTS,
  },
  {
    name: 'silent loss, and all of it is found',
    tells: 'One mail of fifty disappears; after 6 h all of them are queued again and arrive.',
    probes: [{ name: 'support', fate: losing(6 * HOUR) }, CONTROL],
    step: 30,
    until: 26_400,
    expected: [
      {
        alert: 'EmailSilentLossSuspected',
        severity: 'ticket',
        fires: [9_600, 9_661],
        ends: [25_170, 25_261],
      },
      // Half an hour after the evidence has fallen.
      {
        alert: 'EmailSilentLossConfirmed',
        severity: 'page',
        fires: [12_600, 12_661],
        ends: [23_370, 23_461],
      },
    ],
    ignores: [...SIDE_EFFECTS, 'EmailDeliverySlow'],
  },
  {
    name: 'the relay loses 2 %',
    tells: 'One mail of fifty is lost on the way to the helpdesk and to the control mailbox alike.',
    probes: [
      { name: 'support', fate: losing() },
      { ...CONTROL, fate: losing() },
    ],
    step: 30,
    until: 7 * HOUR,
    expected: [
      {
        alert: 'EmailSubmissionPathLoses',
        severity: 'page',
        labels: { sender: 'relay', team: 'monitoring' },
        fires: [12_600, 12_661],
      },
    ],
    ignores: SIDE_EFFECTS,
  },
  {
    name: 'an outage whose mail is gone',
    tells: 'Nothing is ingested from 10 min to 55 min, and what was sent meanwhile never arrives.',
    probes: [{ name: 'support', fate: except([600, 3_300], () => lost) }, CONTROL],
    step: 15,
    until: 2.5 * HOUR,
    expected: [
      {
        alert: 'EmailDeliveryStalled',
        severity: 'page',
        fires: [1_205, 1_216],
        ends: [3_400, 3_450],
      },
      // Ten minutes after the stall it says that mail is missing; no third page says so again.
      {
        alert: 'EmailDeliveryStragglers',
        severity: 'page',
        fires: [3_900, 3_931],
        ends: [6_820, 6_900],
      },
      { alert: 'EmailSilentLossSuspected', severity: 'ticket', fires: [3_900, 3_931] },
    ],
    ignores: SIDE_EFFECTS,
  },
  {
    name: 'one loss of a long while',
    tells: 'A single mail is lost, and another one three hours later: usual loss.',
    probes: [
      { name: 'support', fate: (at) => (at === 600 || at === 11_400 ? lost : arrives(at + 5)) },
      CONTROL,
    ],
    step: 30,
    until: 4 * HOUR,
    expected: [],
    ignores: SIDE_EFFECTS,
  },
];
