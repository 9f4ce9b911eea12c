import { simulate, type SimulationReport } from '../../src/simulation/run.ts';
import { PEERS, type Judge } from './peers.ts';

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

export interface Line {
  readonly scenario: string;
  /** Between two canaries to the helpdesk, in milliseconds. */
  readonly everyMs: number;
  /** So many probes share them, each by an inbound server of its own. */
  readonly probes?: number;
}

const atEachCadence = (line: Omit<Line, 'everyMs'>): readonly Line[] =>
  CADENCES.map((everyMs) => ({ ...line, everyMs }));

/** Those of the table, in its order. */
export const LINES: readonly Line[] = [
  ...LONG.flatMap((scenario) => atEachCadence({ scenario })),
  ...atEachCadence({ scenario: 'helpscout-2015', probes: 8 }),
  ...SHORT.flatMap((scenario) => atEachCadence({ scenario })),
];

/** The first two cells of a line. */
export function keyOf({ scenario, everyMs, probes }: Line): readonly [string, string] {
  const name = probes === undefined ? scenario : `${scenario}, ${probes} probes, one a server`;
  return [name, String(MINUTE / everyMs)];
}

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

export interface RowOptions extends Line {
  /** Asks promtool; otherwise the cells of {@link BY_RULES} are empty. */
  readonly rules: boolean;
}

export async function rowOf({ rules, ...line }: RowOptions): Promise<Row> {
  const { signal } = new AbortController();
  const { scenario, probes } = line;
  const report = await simulate({
    ...{ scenario, rules, samples: rules, seed: 1, signal },
    ...{ everyMs: line.everyMs * (probes ?? 1), perServer: probes !== undefined },
  });
  if (report.type === 'refused') throw new Error(report.why);
  const { onsetMs, firstWarningMs, checked, mistakes } = report;
  // Those that are still under way at the end say nothing.
  const runs = report.runs.filter(
    ({ launchedMs }) => launchedMs < report.scenario.lasts - PATIENCE_MS,
  );
  const after = (ms: number | undefined): string =>
    ms === undefined ? 'never' : `${((ms - onsetMs) / MINUTE).toFixed(1)} min`;
  // They look at each probe by itself, as most of them do.
  const byProbe = [...report.counts.keys()].map((name) =>
    runs.filter(({ probe }) => probe === name),
  );
  const peer = (judge: Judge): string => {
    const alarms = byProbe.flatMap((own) => judge(own, PATIENCE_MS)).sort((a, b) => a - b);
    const early = alarms.filter((ms) => ms < onsetMs).length;
    const text = after(alarms.find((ms) => ms >= onsetMs));
    return early === 0 ? text : `${text} (${early} before)`;
  };
  const pages = pagesOf(report);
  const first = pages.find(({ ms }) => ms >= onsetMs);
  const before = pages.filter(({ ms }) => ms < onsetMs).length;
  return [
    ...keyOf(line),
    after(firstWarningMs),
    first === undefined
      ? 'none'
      : `${after(first.ms)}: ${first.alert}${probes === undefined ? '' : ` of ${first.probe}`}`,
    `${pages.length} (${before})`,
    `${checked} (${mistakes.length})`,
    accountOf(report),
    ...Object.values(PEERS).map(peer),
  ].map((cell, index) => (!rules && BY_RULES.includes(index) ? '' : cell));
}

interface PageBegun {
  readonly ms: number;
  readonly alert: string;
  /** Empty where the alert is of none. */
  readonly probe: string;
}

/** One entry an alert that fired: how often it began is in the time line. */
function pagesOf({ alerts }: SimulationReport): readonly PageBegun[] {
  return (alerts ?? [])
    .filter(({ severity }) => severity === 'page')
    .flatMap(({ alert, labels, first, times }) =>
      Array.from({ length: times }, () => ({
        ...{ ms: first * 1_000, alert, probe: labels['probe'] ?? '' },
      })),
    )
    .sort((a, b) => a.ms - b.ms);
}

/** What the books say of canaries to the helpdesk at the end, and beside it what really happened, where that is something else. */
function accountOf({ counts, truth }: SimulationReport): string {
  const targets = [...counts].filter(([probe]) => probe !== 'control').map(([, own]) => own);
  const sum = (key: 'late' | 'overdue' | 'duplicated' | 'void' | 'near'): number =>
    targets.reduce((all, own) => all + own[key], 0);
  const books = [sum('late'), sum('overdue') - sum('late'), sum('duplicated')].join(', ');
  const really = [truth.late, truth.missing, truth.duplicated].join(', ');
  if (books === really) return books;
  return `${books} (really ${really}; ${sum('void')} unknown, ${sum('near')} within the error)`;
}
