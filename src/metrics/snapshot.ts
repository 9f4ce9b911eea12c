import type { Clock, Instant } from '../base/clock.ts';
import type { Book, OwnerKeys, Row } from './book.ts';
import type { FamilyName } from './catalog.ts';
import type { Owner } from './family.ts';
import {
  monitorGauges,
  OBSERVER_GAUGES,
  PROBE_GAUGES,
  STAGE_GAUGES,
  type Readings,
} from './gauges.ts';
import type { Collector } from './labels.ts';
import type { Layout } from './layout.ts';
import type {
  MetricsSource,
  ObserverFigures,
  ProbeFigures,
  SenderFigures,
  StageFigures,
} from './source.ts';
import { renderLabels } from './text.ts';

/** Name, revision and runtime of the program. */
export interface Build {
  readonly version: string;
  readonly revision: string;
  readonly node: string;
}

/** One owner's numbers, with all its labels as text. */
export interface FrozenRow extends Row {
  /** The further labels of its info gauge. */
  readonly info: string;
}

/** All numbers of one kind of owner. */
export interface Section {
  readonly layout: Layout;
  readonly rows: readonly FrozenRow[];
  /** Families that could not be read this time. */
  readonly missing: ReadonlySet<FamilyName>;
}

/** Everything at one position of the ledger; nothing changes it any more. */
export type Snapshot = readonly Section[];

export interface SnapshotParts {
  readonly source: MetricsSource;
  readonly book: Book;
  readonly clock: Clock;
  readonly build: Build;
}

/** How one kind of owner is read. */
interface Kind<Of> {
  readonly owner: Owner;
  readonly keys: (of: Of) => OwnerKeys;
  readonly info?: (of: Of) => string;
  readonly readings: Readings<Of>;
}

const OBSERVERS: Kind<ObserverFigures> = {
  owner: 'observer',
  keys: ({ name }) => ({ observer: name }),
  readings: OBSERVER_GAUGES,
};

const SENDERS: Kind<SenderFigures> = {
  owner: 'sender',
  keys: ({ name }) => ({ sender: name }),
  readings: {},
};

interface OwnStage extends StageFigures {
  readonly route: ProbeFigures['route'];
}

const STAGES: Kind<OwnStage> = {
  owner: 'stage',
  keys: ({ route, observer }) => ({ ...route, stage: observer }),
  readings: STAGE_GAUGES,
};

const stagesOf = (probes: readonly ProbeFigures[]): readonly OwnStage[] =>
  probes.flatMap(({ route, stages }) => stages.map((stage) => ({ ...stage, route })));

/** Answers how to freeze all numbers in one turn of the event loop. */
export function createSnapshots(parts: SnapshotParts): () => Snapshot {
  const { source, book, clock } = parts;
  // Who was configured when last asked: their counters go on while the source fails.
  let probes: readonly ProbeFigures[] = [];
  let observers: readonly ObserverFigures[] = [];
  let senders: readonly SenderFigures[] = [];
  const failed = (collector: Collector): void =>
    book.add('collect_errors', {}, { label: collector });

  function attempt(collector: Collector, read: () => Section, without: () => Section): Section {
    try {
      return read();
    } catch {
      failed(collector);
      return without();
    }
  }

  return () => {
    const now = clock.now();
    const observerSection = attempt(
      'observers',
      () => freeze(book, OBSERVERS, { of: (observers = source.observers()), now }),
      () => freeze(book, OBSERVERS, { of: observers }),
    );
    const senderSection = attempt(
      'senders',
      () => freeze(book, SENDERS, { of: (senders = source.senders()), now }),
      () => freeze(book, SENDERS, { of: senders }),
    );
    const kind = probesOf(observers, senders);
    const probeSection = attempt(
      'probes',
      () => freeze(book, kind, { of: (probes = source.probes()), now }),
      () => freeze(book, kind, { of: probes }),
    );
    const isFresh = probeSection.missing.size === 0;
    const stages = stagesOf(probes);
    const stageSection = freeze(book, STAGES, isFresh ? { of: stages, now } : { of: stages });
    // Last, since it counts what failed above.
    return [
      probeSection,
      stageSection,
      senderSection,
      observerSection,
      monitorSection(parts, failed),
    ];
  };
}

function probesOf(
  observers: readonly ObserverFigures[],
  senders: readonly SenderFigures[],
): Kind<ProbeFigures> {
  const helpdesks = new Map(observers.map(({ name, type }) => [name, type]));
  const transports = new Map(senders.map(({ name, type }) => [name, type]));
  return {
    owner: 'probe',
    keys: ({ route }) => route,
    info: ({ route: { observer, sender } }) => {
      const helpdesk = helpdesks.get(observer) ?? '';
      const transport = transports.get(sender) ?? '';
      return renderLabels(Object.entries({ observer, helpdesk, transport }));
    },
    readings: PROBE_GAUGES,
  };
}

/** Without `now` the gauges of their status are left out. */
function freeze<Of>(
  book: Book,
  kind: Kind<Of>,
  { of, now }: { readonly of: readonly Of[]; readonly now?: Instant },
): Section {
  const layout = book.layout(kind.owner);
  const gauges = layout.columns
    .filter(({ family }) => family.from === 'status')
    .map(({ name, offset }) => ({ name, offset, read: kind.readings[name] }));
  // One array for all rows: to allocate one each takes longer than all the rest of the freezing.
  const cells = new Float64Array(of.length * layout.width);
  const rows = of.map((one, index) => {
    const start = index * layout.width;
    const own = cells.subarray(start, start + layout.width);
    const row = book.copy(kind.owner, kind.keys(one), own);
    if (now !== undefined) {
      for (const { offset, read } of gauges) put(row.cells, offset, read?.(one, now) ?? Number.NaN);
    }
    return { ...row, info: kind.info?.(one) ?? '' };
  });
  const missing = now === undefined ? gauges.map(({ name }) => name) : [];
  return { layout, rows, missing: new Set(missing) };
}

function put(cells: Float64Array, offset: number, value: number | readonly number[]): void {
  if (typeof value === 'number') cells[offset] = value;
  else cells.set(value, offset);
}

function monitorSection(parts: SnapshotParts, failed: (collector: Collector) => void): Section {
  const { book, build } = parts;
  const layout = book.layout('monitor');
  const values = monitorGauges(parts, failed);
  const row = book.copy('monitor', {}, new Float64Array(layout.width));
  const missing = new Set<FamilyName>();
  for (const { name, offset, family } of layout.columns) {
    if (family.from !== 'status') continue;
    const value = values[name];
    if (value === undefined) missing.add(name);
    else row.cells[offset] = value;
  }
  const { version, revision, node } = build;
  const info = renderLabels(Object.entries({ version, revision, node }));
  return { layout, rows: [{ ...row, info }], missing };
}
