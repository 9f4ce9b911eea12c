import { Gauge, Registry, type OpenMetricsContentType } from 'prom-client';
import type { Instant } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import { createSeededRandom } from '../base/seeded-random.ts';
import { createVirtualClock, type VirtualClock } from '../base/virtual-clock.ts';
import { parseConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { createCore, type Core } from '../core.ts';
import { createLedger } from '../ledger/durable.ts';
import type { StoredTrail } from '../ledger/store.ts';
import { playScenario } from '../sandbox/player.ts';
import type { Scenario } from '../sandbox/scenario.ts';
import { createChance, type Chance } from './chance.ts';
import { createMailSystem, type MailSystem } from './mail-system.ts';
import { createMemoryStore, type MemoryStore } from './memory-store.ts';
import { createModelObserver } from './model-observer.ts';
import { createModelSender } from './model-sender.ts';
import { configText, waysOf, type Way } from './setup.ts';

export interface SimulationOptions {
  readonly scenario: Scenario;
  /** The same seed gives the same run. */
  readonly seed: number;
  /** Between the canaries of a probe, in milliseconds. */
  readonly everyMs: number;
  /** A probe for each inbound server instead of one for all; whoever takes a server out pauses its probe. */
  readonly perServer?: boolean | undefined;
  /**
   * Begins so many milliseconds after the scenario's time 0, as a part of a whole in which nothing was lost before. The fates
   * of mails then go by when they were written, so that whole and part meet the same ones.
   */
  readonly fromMs?: number | undefined;
}

/** A monitor and the mail system that it watches, on a clock that jumps. */
export interface Simulation {
  readonly clock: VirtualClock;
  readonly config: Config;
  readonly startedAt: Instant;
  readonly system: MailSystem;
  readonly store: MemoryStore;
  /** The running monitor; undefined while it is down. */
  monitor(): Core | undefined;
  /** Lives on to an instant, and a little further where the monitor is stopped then; orders to the monitor are carried out at its end. */
  runUntil(at: Instant): Promise<void>;
  /** What Prometheus would get now; undefined while the monitor is down. */
  scrape(): Promise<string | undefined>;
  stop(): Promise<void>;
}

/** A Monday. */
export const START = Date.UTC(2026, 0, 5);
/** Of the control mailbox at least. */
const RELAY = { sender: 'relay', server: undefined };

/** @throws MonitorError `config` for a cadence that no configuration may have. */
export async function createSimulation(options: SimulationOptions): Promise<Simulation> {
  const { scenario, seed, everyMs, fromMs, perServer = false } = options;
  const setup = { everyMs, perServer, servers: scenario.servers };
  const ways = waysOf(setup);
  const startedAt = START + (fromMs ?? 0);
  const random = createSeededRandom(seed);
  const chance = fromMs === undefined ? undefined : createChance(random);
  const config = parseConfig(configText(setup), {
    ...{ path: 'simulation.yaml', env: () => undefined },
    readFile: () => {
      throw new Error('a simulation reads no files');
    },
  });
  const store = createMemoryStore(trailsOf(config, { everyMs, startedAt }));
  const clock = createVirtualClock(startedAt, () => store.writes());
  const system = createMailSystem(scenario, { clock, random, chance });
  const patient = createPatient({ clock, random, chance, config, store, system, ways });
  await patient.start();
  /** To the monitor itself, by the instants at which they are carried out. */
  const orders: { readonly at: Instant; readonly run: () => Promise<void> }[] = [];
  const player = playScenario(scenario, {
    ...{ clock, logger: silentLogger },
    sandbox: { dials: system.dials, requeue: (to, request) => system.queues[to].requeue(request) },
    onStep({ monitor, clock: byMs, set }) {
      if (byMs !== undefined) clock.step(byMs);
      for (const { probe } of waysOut(ways, set)) {
        orders.push({ at: clock.now(), run: () => patient.pause(probe, scenario.lasts) });
      }
      if (monitor === undefined) return;
      orders.push({ at: clock.now(), run: () => patient.stop() });
      orders.push({ at: clock.now() + monitor.down, run: () => patient.start() });
    },
  });

  return {
    ...{ clock, config, system, store, startedAt },
    monitor: () => patient.core(),
    async runUntil(at) {
      await clock.runUntil(at);
      while (orders[0] !== undefined && orders[0].at <= clock.now()) await orders.shift()?.run();
    },
    async scrape() {
      const core = patient.core();
      if (core === undefined) return undefined;
      const { chunks } = await waitFor(core.metrics.scrape(), clock);
      return Buffer.concat(chunks).toString('utf8');
    },
    async stop() {
      player.stop();
      await patient.stop();
      await system.stop();
    },
  };
}

/** Each canary from the scenario's time 0 on arrived. */
function trailsOf(
  { probes, vantage }: Config,
  { everyMs, startedAt }: { readonly everyMs: number; readonly startedAt: Instant },
): readonly StoredTrail[] {
  const arrived = Math.floor((startedAt - START) / everyMs);
  if (arrived === 0) return [];
  return probes.map(({ name, role, sender }) => ({
    series: { probe: name, role, sender, vantage, path: '' },
    content: {
      history: [arrived, 0],
      historyEnd: { at: startedAt - 1, sequence: 0 },
      ...{ nodes: [], floor: null, after: 0, hours: [] },
    },
  }));
}

interface PatientTools extends Pick<Simulation, 'clock' | 'config' | 'store' | 'system'> {
  readonly random: Random;
  readonly chance: Chance | undefined;
  readonly ways: readonly Way[];
}

/** Of the servers that a step takes out. */
function waysOut(ways: readonly Way[], set: Scenario['steps'][number]['set']): readonly Way[] {
  const servers = set?.helpdesk?.servers ?? {};
  return ways.filter(({ sender, server }) => server !== undefined && servers[sender]?.out === true);
}

/** The monitor, which can be stopped and started again over the same store. */
interface Patient {
  core(): Core | undefined;
  start(): Promise<void>;
  stop(): Promise<void>;
  pause(probe: string, forMs: number): Promise<void>;
}

function createPatient(parts: PatientTools): Patient {
  const { clock, random, chance, config, store, system, ways } = parts;
  const tools = { clock, random, chance, system, keys: config.tokenKeys };
  let core: Core | undefined;
  return {
    core: () => core,
    async start() {
      const adapters = {
        senders: new Map(
          [RELAY, ...ways.filter(({ sender }) => sender !== RELAY.sender)].map(
            ({ sender, server }) => [sender, createModelSender(sender, { ...tools, server })],
          ),
        ),
        observers: new Map([
          ['helpdesk', createModelObserver('helpdesk', 'helpdesk', tools)],
          ['mailbox', createModelObserver('mailbox', 'control', tools)],
        ]),
        close: () => Promise.resolve(),
      };
      core = await createCore(config, {
        ...{ clock, random, adapters, logger: silentLogger, registry: createRegistry(clock.now()) },
        build: { version: 'simulation', revision: 'simulation', node: 'simulation' },
        loadConfig: () => Promise.resolve(config),
        openLedger: (own) => createLedger(store, own),
        readTotals: () => Promise.resolve(store.totals()),
      });
      core.daemon.start();
    },
    async stop() {
      const stopping = core?.stop();
      core = undefined;
      if (stopping !== undefined) await waitFor(stopping, clock);
    },
    async pause(probe, forMs) {
      const pausing = core?.daemon.pause(probe, { forMs, reason: 'its server is out of service' });
      if (pausing !== undefined) await waitFor(pausing, clock);
    },
  };
}

/** The restarts that an alert counts; the rest of the process's metrics are of this one, which simulates. */
function createRegistry(startedAt: Instant): Registry<OpenMetricsContentType> {
  const registry = new Registry<OpenMetricsContentType>();
  const help = 'Start time of the process since unix epoch in seconds.';
  const name = 'process_start_time_seconds';
  new Gauge({ name, help, registers: [registry] }).set(startedAt / 1_000);
  return registry;
}

const WAIT_STEP_MS = 100;

/** What waits for the clock, too, gets it. */
async function waitFor<T>(promise: Promise<T>, clock: VirtualClock): Promise<T> {
  let isOver = false;
  const done = (): void => void (isOver = true);
  promise.then(done, done);
  await clock.runUntil(clock.now());
  const isWaiting = (): boolean => !isOver;
  while (isWaiting()) await clock.runUntil(clock.now() + WAIT_STEP_MS);
  return promise;
}
