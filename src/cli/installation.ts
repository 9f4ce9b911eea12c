import type { Config } from '../config/schema.ts';
import { chancePages } from '../domain/loss/cadence.ts';
import { isRationed, requestsAMinute } from '../observers/rate-config.ts';
import { canariesAMinute, NOUNS, passing, type Intervals } from './volume.ts';

/** What all probes of a configuration come to together. */
export interface Installation {
  readonly path: string;
  readonly probes: number;
  readonly observers: readonly ObserverLoad[];
  /** Pages about loss that chance alone makes in a year. */
  readonly chancePagesAYear: {
    /** Of EmailSilentLossConfirmed, for all probes together: the budget of its statistic. */
    readonly evidence: number;
    /** Of mails that are missing at nearly the same time, at the usual loss. */
    readonly missing: number;
    /** The same by probe, the most first. */
    readonly byProbe: readonly { readonly probe: string; readonly pages: number }[];
  };
  /** Probes by cron, which count as if they launched at their shortest interval all the time. */
  readonly byCron: readonly string[];
  readonly warnings: readonly string[];
}

/** What comes to one observer. */
export interface ObserverLoad {
  readonly observer: string;
  readonly type: string;
  readonly probes: number;
  readonly noun: 'mails' | 'tickets';
  readonly canariesADay: number;
  /** Thirty days. */
  readonly canariesAMonth: number;
  /** Null where nobody counts requests. */
  readonly requestsAMinute: number | null;
  readonly requestLimit: number | null;
  readonly documentedLimit: string;
}

const MINUTES_A_DAY = 1_440;
const DAYS_A_MONTH = 30;
/** Semantics D2: one for the installation, whatever the number of its probes. */
const EVIDENCE_PAGES_A_YEAR = 1;

export function installationOf(config: Config, intervals: Intervals): Installation {
  const names = Object.keys(config.observers).filter((name) => passing(name, config).length > 0);
  const byProbe = chanceByProbe(config, intervals);
  return {
    path: config.path,
    probes: config.probes.length,
    observers: names.map((name) => loadOf(name, config, intervals)),
    chancePagesAYear: {
      evidence: EVIDENCE_PAGES_A_YEAR,
      missing: byProbe.reduce((sum, { pages }) => sum + pages, 0),
      byProbe,
    },
    byCron: config.probes.filter(({ schedule }) => 'cron' in schedule).map(({ name }) => name),
    warnings: names.flatMap((name) => warningsOf(name, config, intervals)),
  };
}

function observerOf(name: string, { observers }: Config): Config['observers'][string] {
  const observer = observers[name];
  if (observer === undefined) throw new Error(`unchecked configuration: observer ${name}`);
  return observer;
}

function loadOf(name: string, config: Config, intervals: Intervals): ObserverLoad {
  const observer = observerOf(name, config);
  const canaries = canariesAMinute(name, config, intervals);
  return {
    observer: name,
    type: observer.type,
    probes: passing(name, config).length,
    noun: NOUNS[observer.type],
    canariesADay: canaries * MINUTES_A_DAY,
    canariesAMonth: canaries * MINUTES_A_DAY * DAYS_A_MONTH,
    requestsAMinute: requestsAMinute(observer, canaries),
    requestLimit: observer.rate.counted?.perMinute ?? null,
    documentedLimit: observer.rate.documented,
  };
}

/** Only what is watched pages: the control speaks through other probes. */
function chanceByProbe(
  { probes, loss, alerts }: Config,
  intervals: Intervals,
): Installation['chancePagesAYear']['byProbe'] {
  const { stragglersToPage } = alerts;
  return probes
    .filter(({ role }) => role === 'target')
    .flatMap(({ name, policy }) => {
      const everyMs = intervals.get(name);
      if (everyMs === undefined) return [];
      const { pagesAYear } = chancePages({ everyMs, policy, usual: loss.usual, stragglersToPage });
      return [{ probe: name, pages: pagesAYear }];
    })
    .sort((a, b) => b.pages - a.pages);
}

function warningsOf(name: string, config: Config, intervals: Intervals): readonly string[] {
  const observer = observerOf(name, config);
  const canaries = canariesAMinute(name, config, intervals);
  const needed = requestsAMinute(observer, canaries);
  const limit = observer.rate.counted?.perMinute;
  if (needed === null || limit === undefined) return [];
  const need = `${name} would make about ${Math.round(needed)} requests a minute`;
  if (needed > limit) {
    const outcome =
      'looks are spread, down to one a minute, sources come late or not at all, and latencies get less exact';
    return [
      `${need}, more than requests_per_minute (${limit}): ${outcome}. Launch less often, or raise it if the other side allows more.`,
    ];
  }
  if (!isRationed(observer, canaries)) return [];
  return [
    `${need} of ${limit}, most of them on lists, which may take two thirds: looks are spread, and mail is seen some seconds later.`,
  ];
}
