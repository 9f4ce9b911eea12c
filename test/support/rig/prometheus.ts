import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePorts, guardFolder, startDaemon, type Daemon } from './processes.ts';

export interface PrometheusOptions {
  /** Addresses to scrape, `host:port`, by job. */
  readonly targets: Readonly<Record<string, readonly string[]>>;
  /** The text of a rule file. */
  readonly rules?: string;
  /** Of scrapes and of rules alike, in Prometheus' words; default: 1s. */
  readonly scrapeInterval?: string;
  /** Addresses of Alertmanagers, `host:port`. */
  readonly alertmanagers?: readonly string[];
  /** Whether it scrapes itself as well, as job `prometheus`. */
  readonly itself?: true;
}

/** One element of an instant vector. */
export interface Result {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface ExemplarOf {
  readonly seriesLabels: Readonly<Record<string, string>>;
  readonly exemplars: readonly {
    readonly labels: Readonly<Record<string, string>>;
    readonly value: string;
    readonly timestamp: number;
  }[];
}

/** A real Prometheus on 127.0.0.1, with exemplar storage. */
export interface Prometheus {
  readonly url: string;
  /** The value of an expression now. @throws Error with what Prometheus has against it. */
  query(expr: string): Promise<readonly Result[]>;
  /** What it kept of the exemplars of a selector's series, of all time. */
  exemplars(selector: string): Promise<readonly ExemplarOf[]>;
  /** Health, last error, ... of each target that was asked for, from its own API. */
  targets(): Promise<readonly Target[]>;
  /** `data` of any GET of its API: `/api/v1/...`. */
  api(path: string): Promise<unknown>;
  /**
   * Waits until the results fit: asks now, and again after each round of scrapes.
   * @throws Error with the last results, after `withinMs` (default: five minutes, which is for slow machines).
   */
  until(
    expr: string,
    fits: (results: readonly Result[]) => boolean,
    withinMs?: number,
  ): Promise<readonly Result[]>;
  stop(): Promise<void>;
}

export interface Target {
  readonly scrapePool: string;
  readonly health: 'up' | 'down' | 'unknown';
  readonly lastError: string;
}

/** The job of our own target: that it is scraped tells us that a round is over. */
const PACE = 'pace-of-the-test';

export async function startPrometheus(options: PrometheusOptions): Promise<Prometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'prometheus-rig-'));
  const dropGuard = guardFolder(folder);
  const pace = await startPace();
  const [port = 0] = await findFreePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const targets = {
    ...options.targets,
    ...(options.itself === true ? { prometheus: [`127.0.0.1:${port}`] } : {}),
  };
  await mkdir(join(folder, 'data'));
  await writeFile(join(folder, 'rules.yml'), options.rules ?? 'groups: []\n');
  await writeFile(join(folder, 'prometheus.yml'), renderConfig({ ...options, targets }, pace.port));
  const daemon = startDaemon('prometheus', [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--enable-feature=exemplar-storage',
    '--log.level=error',
  ]);
  const stop = async (): Promise<void> => {
    await daemon.kill(); // its data is not wanted
    await pace.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    dropGuard();
  };
  try {
    await whenReady(url, daemon);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, stop, ...createClient(url, pace) };
}

type Client = Pick<Prometheus, 'query' | 'exemplars' | 'targets' | 'api' | 'until'>;

function createClient(url: string, pace: Pace): Client {
  async function api(path: string): Promise<unknown> {
    const answer = (await (await fetch(`${url}${path}`)).json()) as {
      status: string;
      error?: string;
      data: unknown;
    };
    if (answer.status !== 'success') throw new Error(`Prometheus: ${answer.error} (${path})`);
    return answer.data;
  }
  async function query(expr: string): Promise<readonly Result[]> {
    const data = await api(`/api/v1/query?query=${encodeURIComponent(expr)}`);
    const { resultType, result } = data as {
      resultType: string;
      result: { metric: Record<string, string>; value: [number, string] }[];
    };
    if (resultType !== 'vector') throw new Error(`${expr} is a ${resultType}, not a vector`);
    return result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
  }
  return {
    api,
    query,
    async exemplars(selector) {
      const range = 'start=0&end=4000000000';
      const found = await api(
        `/api/v1/query_exemplars?query=${encodeURIComponent(selector)}&${range}`,
      );
      return found as readonly ExemplarOf[];
    },
    async targets() {
      const { activeTargets } = (await api('/api/v1/targets')) as {
        activeTargets: readonly Target[];
      };
      return activeTargets.filter(({ scrapePool }) => scrapePool !== PACE);
    },
    async until(expr, fits, withinMs = 300_000) {
      const end = Date.now() + withinMs;
      for (;;) {
        const next = pace.round();
        const results = await query(expr);
        if (fits(results)) return results;
        if (Date.now() > end) throw new Error(`${expr} is still ${JSON.stringify(results)}`);
        await next;
      }
    },
  };
}

interface Pace {
  readonly port: number;
  /** Resolves when Prometheus asks the next time. */
  round(): Promise<void>;
  stop(): Promise<void>;
}

async function startPace(): Promise<Pace> {
  let waiting: (() => void)[] = [];
  const server = createServer((_request, response) => {
    response.setHeader('Content-Type', 'text/plain; version=0.0.4').end('test_pace 1\n');
    for (const wake of waiting.splice(0)) wake();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    round: () => new Promise((resolve) => waiting.push(resolve)),
    async stop() {
      waiting = [];
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function renderConfig(options: PrometheusOptions, pacePort: number): string {
  const { targets, scrapeInterval = '1s', alertmanagers = [] } = options;
  const jobs = { ...targets, [PACE]: [`127.0.0.1:${pacePort}`] };
  // JSON is YAML.
  return JSON.stringify({
    global: {
      scrape_interval: scrapeInterval,
      scrape_timeout: scrapeInterval,
      evaluation_interval: scrapeInterval,
    },
    rule_files: ['rules.yml'],
    scrape_configs: Object.entries(jobs).map(([job_name, addresses]) => ({
      job_name,
      static_configs: [{ targets: addresses }],
    })),
    alerting: { alertmanagers: [{ static_configs: [{ targets: alertmanagers }] }] },
  });
}

async function whenReady(url: string, daemon: Daemon): Promise<void> {
  const end = Date.now() + 20_000;
  const isReady = (): Promise<boolean> =>
    fetch(`${url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await isReady())) {
    if (!daemon.isRunning()) throw new Error('Prometheus does not start');
    if (Date.now() > end) throw new Error('Prometheus is not ready');
    await sleep(20);
  }
}
