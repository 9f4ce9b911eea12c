import type { Graph, Panel } from './panel.ts';
import { aMinute, EVENT_STEP, ONE_PROBE, quantile, recorded } from './query.ts';

const GRAPH = { type: 'graph', width: 8, height: 8, min: 0 } as const satisfies Partial<Graph>;

/** How far mail came: what observers in front of the deciding one see, beside what that one sees. */
export function stagePanels(): readonly Panel[] {
  return [stuck(), times(), seen()];
}

function stuck(): Panel {
  return {
    ...GRAPH,
    id: 60,
    title: 'Arrived in front and not behind',
    description:
      'Seen by this observer in front, the last that did, and a whole deadline later missing at the deciding one: held or lost between the two. Counted until it arrives or is forgotten.',
    unit: 'none',
    draw: 'stairs',
    decimals: 0,
    queries: [
      {
        expr: `max by (vantage, stage) (${recorded('stuck', ONE_PROBE)})`,
        legend: '{{vantage}} seen by {{stage}}',
      },
    ],
  };
}

function times(): Panel {
  const hour = (q: number): string =>
    quantile('stage_latency_seconds', {
      q,
      matchers: ONE_PROBE,
      by: 'vantage, stage',
      time: '1h',
    });
  return {
    ...GRAPH,
    id: 61,
    title: 'Time to each observer in the last hour',
    description:
      'Half and 95 % of the canaries took no longer from the relay to the observer in front, and half to the deciding one; interpolated within buckets, which are wide.',
    unit: 's',
    queries: [
      { expr: hour(0.5), legend: '{{vantage}} {{stage}} 50 %' },
      { expr: hour(0.95), legend: '{{vantage}} {{stage}} 95 %' },
      {
        expr: quantile('ingest_latency_seconds', {
          q: 0.5,
          matchers: ONE_PROBE,
          by: 'vantage',
          time: '1h',
        }),
        legend: '{{vantage}} deciding 50 %',
      },
    ],
  };
}

function seen(): Panel {
  return {
    ...GRAPH,
    id: 62,
    title: 'Seen by each observer',
    description:
      'Canaries a minute that the relay accepted, that each observer in front saw, and that arrived at the deciding one.',
    unit: 'cpm',
    queries: [
      { expr: aMinute('accepted', ONE_PROBE, 'vantage'), legend: '{{vantage}} accepted' },
      {
        expr: aMinute('stage_arrivals', ONE_PROBE, 'vantage, stage'),
        legend: '{{vantage}} {{stage}}',
      },
      { expr: aMinute('arrivals', ONE_PROBE, 'vantage'), legend: '{{vantage}} deciding' },
    ].map((query) => ({ ...query, step: EVENT_STEP })),
  };
}
