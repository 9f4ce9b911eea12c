import type { Alter, Expectation, Story } from '../../support/story/story.ts';

const SUPPORT = [{ name: 'support' }] as const;

function ticket(
  alert: string,
  fires: Expectation['fires'],
  ends?: Expectation['ends'],
): Expectation {
  return { alert, severity: 'ticket', fires, ...(ends === undefined ? {} : { ends }) };
}

/** Sets a series of the monitor; of a metric without further labels, unless some are given. */
function set(name: string, valueAt: (at: number) => number, labels = ''): Alter {
  return (samples, at, instance) => {
    const more = labels === '' ? '' : `,${labels}`;
    samples.set(`mailcanary_${name}{job="mailcanary",instance="${instance}"${more}}`, valueAt(at));
  };
}

/** What can be wrong with the monitor itself and with its operation. */
export const MONITOR_STORIES: readonly Story[] = [
  {
    name: 'a clock an hour fast, then set back',
    tells: 'The clock of the monitor is an hour ahead for 10 min, and is then corrected.',
    probes: SUPPORT,
    alter(samples, at) {
      const ahead = at < 600 ? 3_600 : 0;
      for (const [name, value] of samples) {
        if (name.startsWith('mailcanary_clock_timestamp')) samples.set(name, value + ahead);
        // What was seen stays where the clock was.
        if (name.startsWith('mailcanary_watch_horizon')) {
          samples.set(name, Math.max(value + ahead, 3_600 + Math.min(at, 595)));
        }
      }
    },
    step: 15,
    until: 3_000,
    expected: [{ alert: 'EmailMonitorClockSkew', severity: 'page', fires: [60, 76] }],
  },
  {
    name: 'a clock set forward',
    tells:
      'The time service sets the clock of the monitor 12 min forward at 10 min; the clock by which it judges follows slowly.',
    probes: SUPPORT,
    alter(samples, at) {
      if (at < 600) return;
      for (const [name, value] of samples) {
        if (name.startsWith('mailcanary_clock_skew')) samples.set(name, 720);
        // What it sees from now on is dated by the clock that is behind.
        if (name.startsWith('mailcanary_watch_horizon')) samples.set(name, value - 720);
      }
    },
    step: 15,
    until: 3_000,
    expected: [{ alert: 'EmailMonitorClockSkew', severity: 'page', fires: [660, 691] }],
  },
  {
    name: 'a disk that takes nothing',
    tells: 'The ledger cannot be written for 45 s, and later for 10 min, in which nothing is sent.',
    probes: SUPPORT,
    alter(samples, at, instance) {
      const fails = (at >= 300 && at < 345) || (at >= 600 && at < 1_200);
      set('ledger_writable', () => (fails ? 0 : 1))(samples, at, instance);
      for (const name of samples.keys()) {
        if (at >= 660 && at < 1_205 && name.startsWith('mailcanary_oldest_unserved')) {
          samples.set(name, 660);
        }
      }
    },
    until: 1_500,
    expected: [
      {
        alert: 'EmailMonitorLedgerFailing',
        severity: 'page',
        fires: [655, 666],
        ends: [1_200, 1_206],
      },
    ],
  },
  {
    name: 'no targets',
    tells: 'The configuration has a control only.',
    probes: [{ name: 'control', role: 'control' }],
    until: 600,
    expected: [{ alert: 'EmailMonitorNoTargets', severity: 'page', fires: [120, 136] }],
  },
  {
    name: 'rules of another version',
    tells: 'The monitor does not export what the thresholds are made of.',
    probes: SUPPORT,
    alter(samples) {
      for (const name of samples.keys()) {
        if (name.startsWith('mailcanary_observer_look')) samples.delete(name);
      }
    },
    until: 600,
    expected: [{ alert: 'EmailMonitorNoTargets', severity: 'page', fires: [120, 136] }],
  },
  {
    name: 'broken books',
    tells: 'From 10 min on one accepted canary is counted nowhere.',
    probes: SUPPORT,
    alter(samples, at) {
      for (const [name, value] of samples) {
        if (name.startsWith('mailcanary_accepted') && at >= 600) samples.set(name, value + 1);
      }
    },
    step: 15,
    until: 1_500,
    expected: [ticket('EmailMonitorAccountingBroken', [900, 916])],
  },
  {
    name: 'different configurations',
    tells: 'Two replicas run with different deadlines from 5 min on.',
    probes: SUPPORT,
    monitors: [{ instance: 'a' }, { instance: 'b' }],
    alter(samples, at, instance) {
      for (const name of samples.keys()) {
        if (instance === 'b' && at >= 300 && name.startsWith('mailcanary_deadline')) {
          samples.set(name, 300);
        }
      }
    },
    step: 15,
    until: 1_800,
    expected: [ticket('EmailMonitorConfigDrift', [1_200, 1_216])],
  },
  {
    name: 'a configuration with mistakes',
    tells: 'A reload at 5 min fails; the next one at 20 min succeeds.',
    probes: SUPPORT,
    alter: set('config_last_reload_successful', (at) => (at >= 300 && at < 1_200 ? 0 : 1)),
    step: 15,
    until: 1_800,
    expected: [ticket('EmailMonitorConfigRejected', [600, 616], [1_200, 1_216])],
  },
  {
    name: 'a loop that crashes',
    tells: 'The watch crashes once at 10 min and is started again.',
    probes: SUPPORT,
    alter: set('loop_crashes_total', (at) => (at >= 600 ? 1 : 0), 'loop="watch"'),
    step: 15,
    until: 1_800,
    expected: [ticket('EmailMonitorFaulty', [615, 690])],
  },
  {
    name: 'restarts again and again',
    tells: 'The process starts three times within 20 min.',
    probes: SUPPORT,
    others: {
      'process_start_time_seconds{job="mailcanary",instance="a"}': (at) =>
        at < 300 ? 0 : Math.min(3, Math.floor(at / 300)) * 300,
    },
    step: 15,
    until: 1_800,
    expected: [ticket('EmailMonitorRestarting', [900, 916])],
  },
  {
    name: 'a pause that nobody ends',
    tells: 'A probe is paused for five hours.',
    probes: [{ name: 'support', paused: [[600, 18_600]] }],
    step: 60,
    until: 21_000,
    expected: [ticket('EmailMonitorPausedTooLong', [15_000, 15_061], [18_600, 18_661])],
  },
  {
    name: 'litter',
    tells: 'Three copies cannot be cleaned away from 10 min on.',
    probes: SUPPORT,
    alter: set('litter', (at) => (at >= 600 ? 3 : 0), 'observer="helpdesk"'),
    step: 30,
    until: 6_000,
    expected: [ticket('EmailCanaryLitter', [4_200, 4_320])],
  },
  {
    name: 'litter of before a start',
    tells: 'The monitor starts at 10 min and has much to clean away, for more than an hour.',
    probes: SUPPORT,
    alter(samples, at, instance) {
      set('litter', () => 3, 'observer="helpdesk"')(samples, at, instance);
      for (const name of samples.keys()) {
        if (at < 600 && name.startsWith('mailcanary_litter')) samples.delete(name);
      }
    },
    step: 30,
    until: 6_000,
    expected: [ticket('EmailCanaryLitter', [4_200, 4_320])],
  },
  {
    name: 'tidying that keeps up',
    tells: 'Copies become due all the time and are gone within minutes.',
    probes: SUPPORT,
    alter: set('litter', (at) => (at % 600 === 0 ? 0 : 5), 'observer="helpdesk"'),
    step: 30,
    until: 9_000,
    expected: [],
  },
  {
    name: 'a mail loop',
    tells: 'From 10 min on ten answers a minute come back.',
    probes: SUPPORT,
    alter: set(
      'unmatched_total',
      (at) => Math.max(0, Math.floor((at - 600) / 6)),
      'observer="helpdesk",reason="reply"',
    ),
    step: 15,
    until: 3_000,
    expected: [
      { alert: 'EmailMailLoop', severity: 'page', fires: [700, 1_000] },
      ticket('EmailCanaryAnswered', [615, 660], [700, 1_000]),
    ],
  },
  {
    name: 'automatic answers',
    tells: 'Each canary gets one automatic answer.',
    probes: SUPPORT,
    alter: set(
      'unmatched_total',
      (at) => Math.floor(at / 60),
      'observer="helpdesk",reason="reply"',
    ),
    step: 15,
    until: 3_000,
    expected: [ticket('EmailCanaryAnswered', [120, 240])],
  },
  {
    name: 'automatic answers, seen from two vantages',
    tells:
      'Each canary of two vantages gets one automatic answer; both monitors look into the same place.',
    probes: SUPPORT,
    monitors: [
      { instance: 'a', vantage: 'east' },
      { instance: 'b', vantage: 'west' },
    ],
    alter: set(
      'unmatched_total',
      (at) => 2 * Math.floor(at / 60),
      'observer="helpdesk",reason="reply"',
    ),
    step: 15,
    until: 3_000,
    expected: [ticket('EmailCanaryAnswered', [60, 240])],
  },
  {
    name: 'alerts that get lost',
    tells: 'Prometheus cannot hand its alerts over at 10 min.',
    probes: SUPPORT,
    others: {
      'prometheus_notifications_dropped_total{job="prometheus",instance="p"}': (at) =>
        at < 600 ? 0 : 4,
    },
    step: 15,
    until: 1_500,
    expected: [
      {
        alert: 'EmailAlertingPathFailing',
        severity: 'page',
        fires: [600, 631],
        ends: [880, 960],
      },
    ],
  },
];
