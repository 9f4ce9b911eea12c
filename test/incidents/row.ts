import { simulate, type SimulationReport } from '../../src/simulation/run.ts';
import { PEERS, type Alarms } from './peers.ts';

const MINUTE = 60_000;
const PATIENCE_MS = 10 * MINUTE;

/** Scenarios, in the order of the table; the second number is how many hours they last. */
export const SHORT = [
  'total-outage',
  'slow-drift',
  'duplicate-storm',
  'suspended',
  'sender-down',
  'watcher-blind',
  'idle-dead',
  'monitor-restart',
  'clock-step',
  'greylisting',
] as const;
export const LONG = ['one-percent', 'helpscout-2015'] as const;
export const CADENCES = [60_000, 10_000] as const;

/** The cells of one line, in the order of {@link HEAD}. */
export type Row = readonly string[];

export const HEAD: Row = [
  'incident',
  'canaries a minute',
  'first sign',
  'first page, by the rules',
  'pages (before)',
  'verdicts (wrong)',
  'late, missing, twice',
  'newest-age',
  'last run',
  'three runs',
];
/** The cells that need promtool. */
export const BY_RULES: readonly number[] = [3, 4];

export interface RowOptions {
  readonly scenario: string;
  readonly everyMs: number;
  /** Asks promtool; otherwise the cells of {@link BY_RULES} are empty. */
  readonly rules: boolean;
}

export async function rowOf({ scenario, everyMs, rules }: RowOptions): Promise<Row> {
  const { signal } = new AbortController();
  const report = await simulate({ scenario, everyMs, rules, samples: rules, seed: 1, signal });
  if (report.type === 'refused') throw new Error(report.why);
  const { onsetMs, firstWarningMs, checked, mistakes } = report;
  // Those that are still under way at the end say nothing.
  const runs = report.runs.filter(
    ({ launchedMs }) => launchedMs < report.scenario.lasts - PATIENCE_MS,
  );
  const after = (ms: number | undefined): string =>
    ms === undefined ? 'never' : `${((ms - onsetMs) / MINUTE).toFixed(1)} min`;
  const peer = (alarms: Alarms): string => {
    const early = alarms.filter((ms) => ms < onsetMs).length;
    const text = after(alarms.find((ms) => ms >= onsetMs));
    return early === 0 ? text : `${text} (${early} before)`;
  };
  const pages = pagesOf(report);
  const first = pages.find(({ ms }) => ms >= onsetMs);
  const before = pages.filter(({ ms }) => ms < onsetMs).length;
  return [
    scenario,
    String(MINUTE / everyMs),
    after(firstWarningMs),
    first === undefined ? 'none' : `${after(first.ms)}: ${first.alert}`,
    `${pages.length} (${before})`,
    `${checked} (${mistakes.length})`,
    accountOf(report),
    ...Object.values(PEERS).map((judge) => peer(judge(runs, PATIENCE_MS))),
  ].map((cell, index) => (!rules && BY_RULES.includes(index) ? '' : cell));
}

/** One entry an alert that fired: how often it began is in the time line. */
function pagesOf({
  alerts,
}: SimulationReport): readonly { readonly ms: number; readonly alert: string }[] {
  return (alerts ?? [])
    .filter(({ severity }) => severity === 'page')
    .flatMap(({ alert, first, times }) =>
      Array.from({ length: times }, () => ({ ms: first * 1_000, alert })),
    )
    .sort((a, b) => a.ms - b.ms);
}

/** What the books say of canaries to the helpdesk at the end, and beside it what really happened, where that is something else. */
function accountOf({ counts, truth }: SimulationReport): string {
  const own = counts.get('support');
  if (own === undefined) throw new Error('every scenario has a probe of this name');
  const books = [own.late, own.overdue - own.late, own.duplicated].join(', ');
  const really = [truth.late, truth.missing, truth.duplicated].join(', ');
  if (books === really) return books;
  return `${books} (really ${really}; ${own.void} unknown, ${own.near} within the error)`;
}
