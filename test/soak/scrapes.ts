import { CATALOG } from '../../src/metrics/catalog.ts';
import type { Family } from '../../src/metrics/family.ts';
import { imbalanceOf, type DaemonHome } from '../support/daemon-home.ts';
import type { ParsedMetrics } from '../support/openmetrics.ts';

/** Scrapes as Prometheus would, and holds each scrape to what must be true of all. */
export interface ScrapeWatch {
  /** One scrape now; undefined while nobody serves. */
  once(): Promise<ParsedMetrics | undefined>;
  readonly count: number;
  /** Scrapes that nobody answered. */
  readonly unanswered: number;
  readonly problems: readonly string[];
}

/** Those that no restart may lower. */
const LASTING = Object.entries(CATALOG)
  .filter(([, family]: readonly [string, Family]) => family.from === 'ledger')
  .map(([name, family]) => ({ name: `mailcanary_${name}`, type: family.type }))
  .filter(({ type }) => type !== 'gauge');

export function createScrapeWatch(home: DaemonHome): ScrapeWatch {
  const problems: string[] = [];
  const state = { count: 0, unanswered: 0 };
  let highest = new Map<string, number>();

  function check(metrics: ParsedMetrics): void {
    const imbalance = imbalanceOf(metrics);
    if (imbalance !== undefined) problems.push(`scrape ${state.count}: ${imbalance}`);
    const next = new Map<string, number>();
    for (const { name } of LASTING) {
      for (const sample of metrics.get(name)?.samples ?? []) {
        next.set(`${sample.name} ${JSON.stringify([...sample.labels])}`, sample.value);
      }
    }
    for (const [series, value] of highest) {
      const now = next.get(series);
      if (now === undefined || now < value) {
        problems.push(`scrape ${state.count}: ${series} fell from ${value} to ${now}`);
      }
    }
    highest = next;
  }

  return {
    get count() {
      return state.count;
    },
    get unanswered() {
      return state.unanswered;
    },
    problems,
    async once() {
      let metrics: ParsedMetrics;
      try {
        metrics = await home.scrape();
      } catch (error) {
        if (!(error instanceof TypeError)) throw error; // fetch: nobody serves
        state.unanswered += 1;
        return undefined;
      }
      state.count += 1;
      check(metrics);
      return metrics;
    },
  };
}
