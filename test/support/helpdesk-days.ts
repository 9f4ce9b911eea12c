import { silentLogger, type Logger } from '../../src/base/logger.ts';
import { uniform, type Random } from '../../src/base/random.ts';
import { latencyOf, type Canary } from '../../src/domain/canary.ts';
import { halfWidth, type Interval } from '../../src/domain/latency.ts';
import type { Policy } from '../../src/domain/probe.ts';
import type { StampProof } from '../../src/domain/stamp.ts';
import type { TokenKeys } from '../../src/domain/token.ts';
import { createEngine, type Engine } from '../../src/engine/engine.ts';
import { evidenceOf } from '../../src/engine/evidence.ts';
import type { Order } from '../../src/engine/order.ts';
import type { ControlReport } from '../../src/engine/positive-control.ts';
import type { LookReport } from '../../src/engine/watch.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { openLedger } from '../../src/ledger/open.ts';
import type { Exchange } from '../../src/observers/http/exchange.ts';
import type { Observer } from '../../src/observers/observer.ts';
import type { Sender } from '../../src/senders/sender.ts';
import type { Filing } from './api-world.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';
import { createFakeRandom } from './fake-random.ts';
import type { WorldReply, WorldRequest } from './helpscout-records.ts';
import { TEST_KEYS, TEST_POLICY, TEST_ROUTE } from './test-launch.ts';

/** The observed helpdesk, as a function of requests. */
export interface DayWorld {
  /** Its clock minus the true one. */
  offsetMs: number;
  /** Requests in order. */
  readonly log: string[];
  /** Answers in its place, while it returns something. */
  override: ((request: WorldRequest) => WorldReply | undefined) | undefined;
  handle(request: WorldRequest): WorldReply;
  /** Answers the id of the ticket. */
  ingest(mail: {
    readonly raw: string;
    readonly subject: string;
    readonly body: string;
    readonly status?: Filing;
  }): number;
  change(id: number, change: { readonly status: Filing }): void;
}

export interface ObserverParts {
  readonly clock: FakeClock;
  readonly random: Random;
  readonly exchange: Exchange;
  readonly keys: TokenKeys;
  readonly logger: Logger;
}

export interface DayOptions<W extends DayWorld> {
  readonly createWorld: (clock: FakeClock) => W;
  readonly createObserver: (world: W, parts: ObserverParts) => Observer;
  readonly seed?: number;
  readonly clockOffMs?: number;
  /** From the 250 to the ingestion, in milliseconds; chance between 0 and 1. */
  readonly delayMs?: (chance: number) => number;
  /** Looks every so often, whatever is in flight, in place of the watcher. */
  readonly fixedMs?: number;
  /** Where mail is filed. */
  readonly status?: () => Filing;
  /** How often it is filed. */
  readonly copies?: () => number;
  readonly policy?: Partial<Policy>;
  /** Hears of each mail that was ingested. */
  readonly onIngest?: (id: number) => void;
}

/** A canary a minute through a simulated mail system into a simulated helpdesk, on a clock of the test. */
export interface Day<W extends DayWorld = DayWorld> {
  readonly clock: FakeClock;
  readonly world: W;
  readonly ledger: Ledger;
  readonly observer: Observer;
  readonly engine: Pick<Engine, 'launch'>;
  readonly reports: readonly LookReport[];
  readonly controls: readonly (ControlReport & { readonly at: number })[];
  /** Launches one each minute. Answers their ids, in order. */
  run(count: number): Promise<readonly string[]>;
  find(ids: readonly string[]): Promise<readonly Canary[]>;
  /** The true latency of a canary, in milliseconds. */
  truthOf(id: string): number | undefined;
  stop(): Promise<void>;
}

const MINUTE = 60_000;

export async function startHelpdeskDay<W extends DayWorld>(
  options: DayOptions<W>,
): Promise<Day<W>> {
  const clock = createFakeClock(undefined, 6);
  const random = createFakeRandom(options.seed ?? 1);
  const chance = (): number => uniform(random);
  const world = options.createWorld(clock);
  world.offsetMs = options.clockOffMs ?? 40_000;
  const truths = new Map<string, number>();
  const exchange = createLine({ clock, world, chance });
  const tools = { clock, random, exchange, keys: TEST_KEYS, logger: silentLogger };
  const observer = options.createObserver(world, tools);
  const ledger = await openLedger({ url: 'sqlite::memory:' }, { clock, logger: silentLogger });
  const reports: LookReport[] = [];
  const controls: (ControlReport & { readonly at: number })[] = [];
  const isFixed = options.fixedMs !== undefined;
  const engine = createEngine({
    clock,
    random,
    keys: TEST_KEYS,
    ledger,
    logger: silentLogger,
    senders: new Map([['relay', createMailSystem({ clock, chance, options, world, truths })]]),
    observers: new Map(isFixed ? [] : [['helpdesk', observer]]),
    onLook: (report) => void reports.push(report),
    onControl: (report) => void controls.push({ ...report, at: clock.now() }),
  });
  await engine.start();
  const stop = new AbortController();
  const everyMs = options.fixedMs ?? 0;
  const polling = isFixed
    ? pollFixed({ ...{ clock, ledger, observer, everyMs }, signal: stop.signal }).catch(
        (error: unknown) => {
          if (!stop.signal.aborted) throw error;
        },
      )
    : Promise.resolve();
  return {
    clock,
    world,
    ledger,
    observer,
    engine,
    reports,
    controls,
    truthOf: (id) => truths.get(id),
    run: (count) =>
      launchEachMinute(engine, { clock, count, policy: { ...TEST_POLICY, ...options.policy } }),
    async find(ids) {
      const found = await Promise.all(ids.map((id) => ledger.find(id)));
      return found.filter((canary) => canary !== undefined);
    },
    async stop() {
      stop.abort();
      await engine.stop();
      await clock.advance(MINUTE);
      await polling;
      await observer.close();
      await ledger.close();
    },
  };
}

export interface Accuracy {
  /** Half-widths of the latencies, ascending, in milliseconds. */
  readonly halfWidths: readonly number[];
  /** Intervals that do not hold the truth. */
  readonly wrong: readonly { readonly truth: number | undefined; readonly told: Interval }[];
}

export function accuracyOf(day: Day, canaries: readonly Canary[]): Accuracy {
  const told = canaries.flatMap((canary) => {
    const latency = latencyOf(canary);
    return latency === undefined ? [] : [{ truth: day.truthOf(canary.launch.id), told: latency }];
  });
  return {
    halfWidths: told.map((one) => halfWidth(one.told)).sort((a, b) => a - b),
    wrong: told.filter(({ truth, told: { low, high } }) => {
      return truth === undefined || truth < low || truth > high;
    }),
  };
}

export function medianOf(sorted: readonly number[]): number {
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

async function launchEachMinute(
  engine: Engine,
  {
    clock,
    count,
    policy,
  }: { readonly clock: FakeClock; readonly count: number; readonly policy: Policy },
): Promise<readonly string[]> {
  const order: Order = {
    route: TEST_ROUTE,
    from: 'canary@probe.example',
    to: 'support@example.test',
    profile: 'automatic',
    policy,
    launchWindowMs: 30_000,
  };
  const launches: Promise<Canary>[] = [];
  const { signal } = new AbortController();
  for (let index = 0; index < count; index += 1) {
    const occasion = { kind: 'scheduled', scheduledAt: clock.now() } as const;
    launches.push(engine.launch(order, occasion, { signal }));
    await clock.advance(MINUTE);
  }
  return (await Promise.all(launches)).map((canary) => canary.launch.id);
}

/** 20 to 120 ms each way; the world answers in between. */
function createLine(parts: {
  readonly clock: FakeClock;
  readonly world: DayWorld;
  readonly chance: () => number;
}): Exchange {
  const { clock, world, chance } = parts;
  return async (request, signal) => {
    const requestedAt = clock.now();
    await clock.sleep(20 + 100 * chance(), signal);
    signal.throwIfAborted();
    const { method, url, headers, body = '' } = request;
    const reply = world.handle({ method, path: url.pathname + url.search, headers, body });
    await clock.sleep(20 + 100 * chance(), signal);
    signal.throwIfAborted();
    return { ...reply, requestedAt, receivedAt: clock.now() };
  };
}

/** Takes every mail within 0.2 s and hands it to the world when its delay has passed. */
function createMailSystem(parts: {
  readonly clock: FakeClock;
  readonly chance: () => number;
  readonly options: Omit<DayOptions<DayWorld>, 'createWorld' | 'createObserver'>;
  readonly world: DayWorld;
  readonly truths: Map<string, number>;
}): Sender {
  const { clock, chance, options, world, truths } = parts;
  const {
    delayMs = (c) => 4_000 + 16_000 * c * c,
    status = () => 'active',
    copies = () => 1,
  } = options;
  return {
    name: 'relay',
    type: 'smtp',
    check: () => Promise.reject(new Error('not asked')),
    close: () => Promise.resolve(),
    async send(message) {
      await clock.sleep(50 + 50 * chance());
      const low = clock.now();
      await clock.sleep(100 * chance());
      const takenAt = clock.now();
      await clock.sleep(100 * chance());
      const delay = delayMs(chance());
      const filed = status();
      const count = copies();
      if (Number.isFinite(delay)) {
        truths.set(message.id, delay);
        void clock.sleep(takenAt + delay - clock.now()).then(() => {
          const head = [
            `Subject: ${message.subject}`,
            `Message-ID: ${message.messageId}`,
            `Date: ${new Date(message.date).toUTCString()}`,
            ...message.headers.map(([name, value]) => `${name}: ${value}`),
          ];
          const raw = [...head, '', message.text].join('\r\n');
          for (let copy = 0; copy < count; copy += 1) {
            const id = world.ingest({
              raw,
              subject: message.subject,
              body: message.text,
              status: filed,
            });
            options.onIngest?.(id);
          }
        });
      }
      const at = { low, high: clock.now() };
      const acceptance = { at, queueId: null, serverMessageId: null };
      return { type: 'accepted', acceptance, timings: {} };
    },
  };
}

/** What a watcher would do that asks every so often and knows no more than the looks and stamps. */
async function pollFixed(parts: {
  readonly clock: FakeClock;
  readonly ledger: Ledger;
  readonly observer: Observer;
  readonly everyMs: number;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { clock, ledger, observer, everyMs, signal } = parts;
  let proof: StampProof | undefined;
  let horizon: number | undefined;
  let cursor: unknown;
  while (!signal.aborted) {
    const startedAt = clock.now();
    const look = await observer.look({ cursor, since: startedAt, signal });
    const find = (id: string): Promise<Canary | undefined> => ledger.find(id);
    const told = await evidenceOf(look, { observer, horizon, find, proof });
    await ledger.recordLook(told.entry);
    proof = told.proof;
    horizon = told.entry.horizon ?? horizon;
    cursor = look.cursor;
    await clock.sleep(startedAt + everyMs - clock.now(), signal);
  }
}
