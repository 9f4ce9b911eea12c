import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OUTCOMES, VERDICTS, type Canary } from '../../src/domain/canary.ts';
import { LATENCY_BUCKETS, totalsOf } from '../../src/ledger/totals.ts';
import { CATALOG } from '../../src/metrics/catalog.ts';
import { sighting, span, T0 } from '../domain/samples.ts';
import { parseOpenMetrics, valueOf, type ParsedMetrics } from '../support/openmetrics.ts';
import {
  aScript,
  figuresOf,
  playScript,
  read,
  readText,
  ROUTES,
  someMetrics,
  turningClock,
  type History,
} from './support.ts';

function expectEquations(metrics: ParsedMetrics): void {
  for (const { probe, role, sender, vantage } of ROUTES) {
    const own = { probe, role, sender, vantage };
    const value = (name: string, labels = {}): number =>
      valueOf(metrics, `mailcanary_${name}`, { ...own, ...labels })!;
    const verdicts = VERDICTS.map((verdict) => value('verdicts_total', { verdict }));
    const outcomes = OUTCOMES.map((outcome) => value('canaries', { outcome }));
    expect(value('accepted_total')).toBe(sum(verdicts) + value('unjudged'));
    expect(value('launched_total')).toBe(sum(outcomes));
  }
}

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);

/** Metrics that start with the stored totals after `stored` events and hear the others up to `position`. */
async function scrapeAt(
  { events, records }: History,
  { stored, position }: { readonly stored: number; readonly position: number },
): Promise<ParsedMetrics> {
  const totals = { position: stored, totals: totalsOf(events.slice(0, stored)) };
  const now: readonly Canary[] = records[position - 1] ?? [];
  const observers = ROUTES.map(({ observer }) => ({
    name: observer,
    type: 'imap',
    indexLagMs: 0,
    lookIntervalMs: 60_000,
    litter: 0,
  }));
  const metrics = someMetrics({
    totals,
    probes: () => figuresOf(now),
    observers: () => observers,
  });
  // The app subscribes before it reads the totals, so some events are heard twice.
  for (const event of events.slice(Math.max(0, stored - 3), position)) metrics.onEvent(event);
  return read(metrics);
}

/** All numbers but those that a restart forgets. */
function durable(metrics: ParsedMetrics): unknown {
  return [...metrics.values()]
    .filter(({ name }) => !name.includes('observation_delay'))
    .map(({ name, samples }) => [name, samples.map(({ labels, value }) => [[...labels], value])]);
}

const aPlace = fc.record({ script: aScript, stored: fc.nat(), position: fc.nat() });

describe('the books in the text of a scrape', () => {
  it('balance at any position of any events, whatever was stored before', async () => {
    await fc.assert(
      fc.asyncProperty(aPlace, async ({ script, stored, position }) => {
        const history = playScript(script);
        const until = position % (history.events.length + 1);
        const at = { position: until, stored: stored % (until + 1) };

        expectEquations(await scrapeAt(history, at));
      }),
      { numRuns: 200 },
    );
  });

  it('are the same after a restart at any position', async () => {
    await fc.assert(
      fc.asyncProperty(aPlace, async ({ script, stored }) => {
        const history = playScript(script);
        const position = history.events.length;

        const whole = await scrapeAt(history, { stored: 0, position });
        const restarted = await scrapeAt(history, { stored: stored % (position + 1), position });

        expect(durable(restarted)).toEqual(durable(whole));
      }),
      { numRuns: 100 },
    );
  });

  it('balance while events arrive between the slices of a scrape', async () => {
    const { events, records } = playScript({
      kinds: ['scheduled', 'scheduled'],
      steps: [
        [0, { type: 'sighted', sighting: sighting(span(T0)) }],
        [1, { type: 'sighted', sighting: sighting(span(T0 + 1)) }],
      ],
    });
    // Many probes, so that there are slices to speak of.
    const others = Array.from({ length: 300 }, (_, index) => `other${index}`);
    let heard = 0;
    let turns = 0;
    const clock = turningClock(() => {
      turns += 1;
      hear();
    });
    const metrics = someMetrics(
      {
        probes: () => {
          const figures = figuresOf(records[heard - 1] ?? []);
          const [first] = figures;
          const more = others.map((probe) => ({ ...first!, route: { ...first!.route, probe } }));
          return [...figures, ...more.map((probe) => ({ ...probe, unjudged: 0 }))];
        },
      },
      { clock },
    );
    const hear = (): void => {
      const event = events[heard];
      if (event === undefined) return;
      heard += 1;
      metrics.onEvent(event);
    };
    hear();

    const body = await readText(metrics);
    const frozen = parseOpenMetrics(body);

    expect(turns).toBeGreaterThan(3);
    expect(heard).toBe(events.length);
    expect(valueOf(frozen, 'mailcanary_launched_total', { probe: 'support' })).toBe(1);
    expect(valueOf(frozen, 'mailcanary_accepted_total', { probe: 'support' })).toBe(0);
    expectEquations(frozen);
    const next = await read(metrics);
    expect(valueOf(next, 'mailcanary_accepted_total', { probe: 'support' })).toBe(1);
    expectEquations(next);
  });

  it('have the same buckets as the ledger', () => {
    expect(CATALOG.ingest_latency_seconds.buckets).toEqual(LATENCY_BUCKETS);
  });
});
