/**
 * Which renders a scrape better: prom-client's registry in one go, or our own renderer in slices?
 * `npx tsx test/bench/scrape.ts [--runs 15]`. The same families, labels and number of series on both sides.
 */
import { parseArgs } from 'node:util';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Counter, Gauge, Histogram, Registry, type OpenMetricsContentType } from 'prom-client';
import { createSystemClock } from '../../src/base/system.ts';
import { CATALOG, shownFamilies } from '../../src/metrics/catalog.ts';
import { labelNames, PREFIX, type Family } from '../../src/metrics/family.ts';
import { createMetrics } from '../../src/metrics/metrics.ts';
import { aLaunch, ROUTE } from '../domain/samples.ts';
import { aProbe, aSource, BUILD } from '../metrics/support.ts';
import { median } from './statistics.ts';

interface Figures {
  readonly ms: number;
  /** The longest time in which no other work got a turn. */
  readonly blockMs: number;
  readonly chunks: readonly Uint8Array[];
}

const { values } = parseArgs({ options: { runs: { type: 'string', default: '15' } } });
const runs = Number(values.runs);
const print = (line: string): void => void process.stdout.write(`${line}\n`);

type Scrape = () => Promise<readonly Uint8Array[]>;

/** Runs a scrape, up to the bytes for the socket, while another task asks for a turn all the time. */
async function measure(scrape: Scrape): Promise<Figures> {
  const over = new AbortController();
  let blockMs = 0;
  const other = (async () => {
    let last = performance.now();
    while (!over.signal.aborted) {
      await nextTurn();
      const now = performance.now();
      blockMs = Math.max(blockMs, now - last);
      last = now;
    }
  })();
  await nextTurn();
  const started = performance.now();
  const chunks = await scrape();
  const ms = performance.now() - started;
  over.abort();
  await other;
  return { ms, blockMs, chunks };
}

async function repeat(scrape: Scrape): Promise<void> {
  const results: Figures[] = [];
  for (let run = 0; run < runs + 3; run += 1) results.push(await measure(scrape));
  const warm = results.slice(3);
  const of = (key: 'ms' | 'blockMs', pick: (values: number[]) => number): string =>
    pick(warm.map((figures) => figures[key]))
      .toFixed(1)
      .padStart(6);
  const body = Buffer.concat(warm[0]?.chunks ?? []).toString();
  const series = body.split('\n').filter((line) => !line.startsWith('#')).length - 1;
  print(
    `    whole: median ${of('ms', median)} max ${of('ms', (all) => Math.max(...all))} ms; longest block: median ${of('blockMs', median)} max ${of('blockMs', (all) => Math.max(...all))} ms; ${series} series, ${(body.length / 1e6).toFixed(2)} MB`,
  );
}

function routesOf(count: number): readonly (typeof ROUTE)[] {
  return Array.from({ length: count }, (_, index) => ({ ...ROUTE, probe: `helpdesk-${index}` }));
}

function ownScrape(count: number): Scrape {
  const probes = routesOf(count).map((route) =>
    aProbe({ route, headAt: Date.now(), newestAcceptedAt: Date.now() + 0.5 }),
  );
  const source = aSource({ probes: () => probes });
  const metrics = createMetrics({ source, clock: createSystemClock(), build: BUILD });
  let position = 0;
  for (const route of routesOf(count)) {
    for (let number = 0; number < 12; number += 1) {
      position += 1;
      const latency = { low: 1_000 * 2 ** number - 500, high: 1_000 * 2 ** number };
      metrics.onEvent({
        position,
        at: Date.now(),
        launch: aLaunch({ id: `canary${position}`, route }),
        fact: { type: 'launched' },
        effects: [{ type: 'launched' }, { type: 'latency', latency }],
      });
    }
  }
  return async () => (await metrics.scrape()).chunks;
}

/** prom-client with the same families: label sets made beforehand, values set once. */
function promScrape(count: number): Scrape {
  const registry = new Registry<OpenMetricsContentType>();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  for (const name of shownFamilies()) {
    const family: Family = CATALOG[name];
    if (family.per !== 'probe') continue;
    const named = labelNames(family).filter((label) => label !== 'le');
    const suffix = family.type === 'counter' ? '_total' : '';
    const options = { name: `${PREFIX}${name}${suffix}`, help: family.help, labelNames: named };
    fill(family, { ...options, registers: [registry] }, count);
  }
  return async () => [Buffer.from(await registry.metrics())];
}

interface MetricOptions {
  readonly name: string;
  readonly help: string;
  readonly labelNames: string[];
  readonly registers: Registry<OpenMetricsContentType>[];
}

function fill(family: Family, options: MetricOptions, count: number): void {
  const infos = { observer: 'helpdesk', helpdesk: 'imap', transport: 'smtp' };
  const bases = routesOf(count).map(({ probe, role, sender, vantage }) => {
    const info = family.type === 'gauge' && family.info !== undefined ? infos : {};
    return { probe, role, sender, vantage, ...info };
  });
  if (family.type === 'histogram') {
    const buckets = [...family.buckets];
    const metric = new Histogram({ ...options, buckets, enableExemplars: true });
    for (const labels of bases) {
      for (let number = 0; number < 12; number += 1) {
        const exemplarLabels = { canary_id: `canary${number}` };
        metric.observe({ labels, value: 2 ** number, exemplarLabels });
      }
    }
    return;
  }
  const { split } = family;
  const sets = bases.flatMap((base) =>
    split === undefined ? [base] : split.values.map((value) => ({ ...base, [split.label]: value })),
  );
  if (family.type === 'counter') {
    const metric = new Counter(options);
    for (const labels of sets) metric.inc(labels, 12);
  } else {
    const metric = new Gauge(options);
    for (const labels of sets) metric.set(labels, Date.now() / 1_000);
  }
}

print(`Node ${process.version}, medians of ${runs} runs after 3 to warm up\n`);
for (const count of [1, 100, 1_000]) {
  print(`${count} probes`);
  for (const [name, create] of [
    ['prom-client, in one go', promScrape],
    ['own renderer, in slices', ownScrape],
  ] as const) {
    print(`  ${name}`);
    await repeat(create(count));
  }
}
