import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { runInNewContext } from 'node:vm';
import { silentLogger } from '../../src/base/logger.ts';
import { createSeededRandom } from '../../src/base/seeded-random.ts';
import { createVirtualClock } from '../../src/base/virtual-clock.ts';
import { parseConfig } from '../../src/config/load.ts';
import { createCore } from '../../src/core.ts';
import { openLedger } from '../../src/ledger/open.ts';
import { openView } from '../../src/ledger/views.ts';
import type { LedgerUrl } from '../../src/ledger/url.ts';
import { createDayMail } from './day-mail.ts';

const MEMORY_DISK = '/dev/shm';
const MINUTE = 60_000;
/** A Monday. */
const START = Date.UTC(2026, 0, 5);

export interface DayPlan {
  readonly probes: number;
  readonly everyMs: number;
  readonly hours: number;
  /** The instants, in hours from the start, at which the heap is measured after a collection. */
  readonly measureAt: readonly number[];
  readonly seed: number;
  /** Told of each measurement when it is made: a day takes its time. */
  readonly onMeasured?: (hour: number, bytes: number) => void;
}

/** What is left of the process when the monitor has stopped, and what it held meanwhile. */
export interface DayReport {
  /** Bytes in use after a collection, by hour. */
  readonly heap: ReadonlyMap<number, number>;
  readonly canaries: number;
  /** What keeps a process alive, by name, and open files that were not open before. */
  readonly left: readonly string[];
}

/** A full collection of garbage, as `--expose-gc` has it, without a flag for the process. */
export function collectorOf(): () => void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect !== 'function') throw new Error('this Node collects at its own will only');
  return () => void Reflect.apply(collect, undefined, []);
}

/**
 * Lets the monitor (engine, schedule, metrics, a ledger in a real file) live through hours on a virtual clock, over a modelled
 * mail system, scraped once a minute, and measures what it keeps.
 */
export async function runDay(plan: DayPlan, collect: () => void): Promise<DayReport> {
  // A memory disk where there is one: a day has some 60,000 transactions, and their durability is tested elsewhere.
  const parent = existsSync(MEMORY_DISK) ? MEMORY_DISK : tmpdir();
  const folder = await mkdtemp(join(parent, 'mailcanary-day-'));
  try {
    await warmUp(folder);
    await nextTurn(); // or the end would have one more of these than the beginning
    const before = { resources: resources(), files: await openFiles() };
    const { heap, canaries } = await live(plan, folder, collect);
    collect();
    // Addons finalize what was collected in a later turn, for which the process would wait.
    for (let turn = 0; turn < 3; turn += 1) await nextTurn();
    const left = [
      ...difference(resources(), before.resources),
      ...difference(await openFiles(), before.files),
    ];
    return { heap, canaries, left };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** libsql begins a runtime of its own with the first database of a process, and keeps it. */
async function warmUp(folder: string): Promise<void> {
  const clock = createVirtualClock(START);
  const url: LedgerUrl = `sqlite:${join(folder, 'first.db')}`;
  const ledger = await openLedger({ url }, { clock, logger: silentLogger });
  await ledger.close();
}

async function live(
  plan: DayPlan,
  folder: string,
  collect: () => void,
): Promise<Pick<DayReport, 'heap' | 'canaries'>> {
  const random = createSeededRandom(plan.seed);
  const file = join(folder, 'ledger.db');
  const config = parseConfig(configText(plan, file), {
    ...{ path: 'day.yaml', env: () => undefined },
    readFile: () => {
      throw new Error('a simulated day reads no files');
    },
  });
  let pending = 0;
  let done = 0;
  // A ledger on a disk takes turns of the event loop in which the clock has to stand.
  const clock = createVirtualClock(START, () => (pending > 0 ? (done += 1) : done));
  const mail = createDayMail({ clock, random, keys: config.tokenKeys });
  const url: LedgerUrl = config.ledger.url;
  const core = await createCore(config, {
    ...{ clock, random, logger: silentLogger },
    adapters: {
      senders: new Map([['relay', mail.sender]]),
      observers: new Map([['helpdesk', mail.observer]]),
      close: () => Promise.resolve(),
    },
    build: { version: 'day', revision: 'day', node: 'day' },
    loadConfig: () => Promise.resolve(config),
    async openLedger(own) {
      const ledger = await openLedger(config.ledger, own);
      return new Proxy(ledger, {
        get(target, name) {
          const value: unknown = Reflect.get(target, name);
          if (typeof value !== 'function') return value;
          return (...args: unknown[]): unknown => {
            const result: unknown = Reflect.apply(value, target, args);
            if (!(result instanceof Promise)) return result;
            pending += 1;
            const settled = (): void => {
              pending -= 1;
              done += 1;
            };
            result.then(settled, settled);
            return result;
          };
        },
      });
    },
    async readTotals(onError) {
      const view = await openView(url, onError);
      try {
        return await view.totals();
      } finally {
        await view.close();
      }
    },
  });
  core.daemon.start();
  const heap = new Map<number, number>();
  for (let minute = 1; minute <= plan.hours * 60; minute += 1) {
    await clock.runUntil(START + minute * MINUTE);
    const scrape = core.metrics.scrape();
    await clock.runUntil(clock.now() + 100);
    await scrape;
    const hour = minute / 60;
    if (!plan.measureAt.includes(hour)) continue;
    collect();
    const { heapUsed } = process.memoryUsage();
    heap.set(hour, heapUsed);
    plan.onMeasured?.(hour, heapUsed);
  }
  const stopping = core.stop();
  let isOver = false;
  void stopping.then(() => (isOver = true));
  const isWaiting = (): boolean => !isOver;
  while (isWaiting()) await clock.runUntil(clock.now() + 100);
  return { heap, canaries: mail.sent() };
}

function configText({ probes, everyMs }: DayPlan, file: string): string {
  const lines = Array.from(
    { length: probes },
    (_, index) =>
      `  p${index}: { sender: relay, to: "p${index}@example.com", observer: helpdesk, every: ${everyMs / 1_000}s }`,
  );
  return `
token_keys: ["the key of a simulated day, of no use elsewhere"]
ledger: { url: "sqlite:${file}", keep: 4d }
senders:
  relay: { type: smtp, url: "smtp://127.0.0.1:25", from: canary@example.org }
observers:
  helpdesk: { type: helpscout, app_id: a, app_secret: b, mailbox_id: 1 }
probes:
${lines.join('\n')}
`;
}

/** Standard streams come and go with how this was started. */
const resources = (): readonly string[] =>
  process.getActiveResourcesInfo().filter((name) => !['TTYWrap', 'PipeWrap'].includes(name));

/** Files and sockets by what they are; numbers of sockets and the like differ from time to time. */
async function openFiles(): Promise<readonly string[]> {
  const names: string[] = [];
  for (const fd of await readdir('/proc/self/fd')) {
    const name = await readlink(`/proc/self/fd/${fd}`).catch(() => undefined);
    // The one by which the folder itself is read.
    if (name !== undefined && !name.startsWith('/proc/')) names.push(name.replace(/:\[\d+\]$/, ''));
  }
  return names;
}

/** What is in the first list and not, or less often, in the second. */
function difference(after: readonly string[], before: readonly string[]): readonly string[] {
  const rest = [...before];
  return after.filter((name) => {
    const index = rest.indexOf(name);
    if (index >= 0) rest.splice(index, 1);
    return index < 0;
  });
}
