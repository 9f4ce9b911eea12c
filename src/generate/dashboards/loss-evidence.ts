import { sample } from '../promql.ts';
import type { Panel } from './panel.ts';
import { aMinute, EVENT_STEP, inTime, JOB, PROBES } from './query.ts';

/** What the objective counts: all verdicts but void. */
export const JUDGED = ['on_time', 'overdue', 'misfiled'] as const;

function share(verdict: string | readonly string[], by: string): string {
  const count = (wanted: string | readonly string[]): string =>
    inTime('verdicts', { matchers: { ...PROBES, verdict: wanted }, by, time: '24h' });
  return `${count(verdict)} / (${count(JUDGED)} > 0)`;
}

/** Shares with their base, target against control, and the sequential test. */
export function lossEvidence(): readonly Panel[] {
  const graph = { type: 'graph', width: 8, height: 8, min: 0 } as const;
  return [
    {
      ...graph,
      id: 20,
      title: 'Share overdue in 24 h',
      description:
        'Of the canaries judged in the last day. One of few is no rate: see the counts above, and the panel beside.',
      unit: 'percentunit',
      softMax: 0.01,
      queries: [{ expr: share('overdue', 'probe'), legend: '{{probe}}' }],
    },
    {
      ...graph,
      id: 21,
      title: 'Target against control',
      description:
        'Overdue or misfiled in 24 h, by relay and role, whatever is chosen above as role. Where the control misses as much, the relay loses it and not the helpdesk.',
      unit: 'percentunit',
      softMax: 0.01,
      queries: [
        {
          expr: share(['overdue', 'misfiled'], 'sender, role').replaceAll(',role=~"$role"', ''),
          legend: '{{role}} by {{sender}}',
        },
      ],
    },
    {
      ...graph,
      id: 22,
      title: 'Suspects, and how many were overdue',
      description:
        'Canaries missing at suspect_after, and missing at the deadline. The difference came in between: slow, not lost.',
      unit: 'cpm',
      colours: { suspect: 'yellow', overdue: 'red' },
      queries: [
        { expr: aMinute('suspects', PROBES, 'job'), legend: 'suspect', step: EVENT_STEP },
        {
          expr: aMinute('verdicts', { ...PROBES, verdict: 'overdue' }, 'job'),
          legend: 'overdue',
          step: EVENT_STEP,
        },
      ],
    },
    sequential(),
  ];
}

/** The sequential test that the alerts on silent loss are made of. */
function sequential(): Panel {
  const line = (name: 'page' | 'ticket'): string =>
    `max(${sample(`loss_evidence_${name}_threshold_log10`, JOB)})`;
  return {
    type: 'graph',
    id: 24,
    title: 'Evidence of silent loss, in powers of ten',
    description:
      'That more is lost than usual. Above the line of the page a false alarm comes once a year at most, over all probes together. An arrival takes its loss back.',
    width: 24,
    height: 8,
    unit: 'none',
    decimals: 1,
    colours: { page: 'red', ticket: 'yellow' },
    queries: [
      {
        expr: `max by (probe) (${sample('loss_evidence_log10', PROBES)})`,
        legend: '{{probe}}',
      },
      { expr: line('page'), legend: 'page' },
      { expr: line('ticket'), legend: 'ticket' },
    ],
  };
}

/** What became of canaries after their verdict; a part of two dashboards. */
export function lateOrNever() {
  return {
    title: 'Came after all, or never',
    description:
      'Arrivals after the verdict, by what it had been; and canaries that were written off.',
    colours: {
      'after overdue': 'yellow',
      'after misfiled': 'orange',
      'after lost': 'blue',
      lost: 'red',
    },
    queries: [
      {
        expr: aMinute('late_recoveries', PROBES, 'after'),
        legend: 'after {{after}}',
        step: EVENT_STEP,
      },
      { expr: aMinute('lost', PROBES, 'job'), legend: 'lost', step: EVENT_STEP },
    ],
  } as const;
}
