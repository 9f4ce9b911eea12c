import { setTimeout as sleep } from 'node:timers/promises';
import { createDaemonHome, sumOf } from '../support/daemon-home.ts';
import { valueOf } from '../support/openmetrics.ts';
import type { MailRig } from '../support/rig/mail-rig.ts';
import { startMailexporter } from '../peers/mailexporter.ts';
import { figuresOf } from './process-figures.ts';
import { fillWithOutage } from './outage.ts';
import { median } from './statistics.ts';

/** One process with many probes at one a minute, while the mail goes through other processes. */
export interface Fleet {
  readonly probes: number;
  /** Canaries sent while it was measured. */
  readonly canaries: number;
  readonly cpuMsPerCanary: number;
  readonly rssMb: number;
  readonly peakRssMb: number;
  /** Of five, from the request to the last byte; medians in milliseconds. */
  readonly scrapeMs: number;
  readonly scrapeCpuMs: number;
  readonly scrapeBytes: number;
  /** How late the event loop was in the time measured, p99 and most, in milliseconds; NaN: no Node. */
  readonly lagP99Ms: number;
  readonly lagMaxMs: number;
  /** From the start of the process to its serving, in milliseconds. */
  readonly startMs: number;
  /** Why there are no figures. */
  readonly failure?: string;
}

/** The event loop's delay is measured with a timer of so many milliseconds, which is part of it. */
const LAG_TIMER_MS = 10;
const SCRAPES = 5;

export interface FleetOptions {
  readonly probes: number;
  /** How long it runs before it is measured, and how long it is. */
  readonly warmUpMs: number;
  readonly measureMs: number;
  /** Canaries that are missing at the start, from an outage. */
  readonly missing?: number;
}

export async function measureFleet(rig: MailRig, options: FleetOptions): Promise<Fleet> {
  const { probes, warmUpMs, measureMs, missing = 0 } = options;
  const { user, password, address } = await rig.addUser();
  const names = Array.from({ length: probes }, (_, index) => `probe-${index}`);
  const home = await createDaemonHome(`
senders:
  relay: { type: smtp, url: "smtp://127.0.0.1:${rig.smtpPort}", from: a@example.org }
observers:
  mailbox: { type: imap, url: "imap://${user}@127.0.0.1:${rig.imapPort}", password: "${password}" }
probes:
${names.map((name) => `  ${name}: { sender: relay, to: ${address}, observer: mailbox, every: 60s }`).join('\n')}
`);
  if (missing > 0) {
    await fillWithOutage({ ledger: home.ledger, probes: names, canaries: missing });
  }
  const started = performance.now();
  const daemon = await home.start().catch(async (error: unknown) => {
    await home.remove();
    throw error;
  });
  const startMs = performance.now() - started;
  try {
    await sleep(warmUpMs);
    const first = sumOf(await home.scrape(), 'mailcanary_accepted_total');
    const before = await figuresOf(daemon.pid);
    await sleep(measureMs);
    const after = await figuresOf(daemon.pid);
    const metrics = await home.scrape();
    const lag = (name: string): number =>
      Math.max(
        0,
        (valueOf(metrics, `nodejs_eventloop_lag_${name}_seconds`) ?? 0) * 1_000 - LAG_TIMER_MS,
      );
    const canaries = sumOf(metrics, 'mailcanary_accepted_total') - first;
    return {
      probes,
      canaries,
      cpuMsPerCanary: (after.cpuMs - before.cpuMs) / canaries,
      rssMb: after.rssMb,
      peakRssMb: after.peakRssMb,
      lagP99Ms: lag('p99'),
      lagMaxMs: lag('max'),
      startMs,
      ...(await measureScrapes(daemon.pid, `http://127.0.0.1:${home.port}/metrics`)),
    };
  } finally {
    daemon.kill('SIGKILL');
    await daemon.ended;
    await home.remove();
  }
}

async function measureScrapes(
  pid: number,
  url: string,
): Promise<Pick<Fleet, 'scrapeMs' | 'scrapeCpuMs' | 'scrapeBytes'>> {
  const times: number[] = [];
  let scrapeBytes = 0;
  const before = await figuresOf(pid);
  for (let index = 0; index < SCRAPES; index += 1) {
    const started = performance.now();
    scrapeBytes = (await (await fetch(url)).arrayBuffer()).byteLength;
    times.push(performance.now() - started);
  }
  const after = await figuresOf(pid);
  const scrapeCpuMs = (after.cpuMs - before.cpuMs) / SCRAPES;
  return { scrapeMs: median(times), scrapeCpuMs, scrapeBytes };
}

/** Debian's prometheus-mailexporter in the same place. */
export async function measureMailexporter(rig: MailRig, options: FleetOptions): Promise<Fleet> {
  const { probes, warmUpMs, measureMs } = options;
  const started = performance.now();
  const exporter = await startMailexporter(rig, {
    ...{ user: await rig.addUser(), probes, interval: '60s', timeout: '30s' },
  });
  try {
    await exporter.whenServing();
    const startMs = performance.now() - started;
    await sleep(warmUpMs);
    const first = await exporter.sumOf(ARRIVED);
    const before = await figuresOf(exporter.pid);
    await sleep(measureMs);
    const after = await figuresOf(exporter.pid);
    const canaries = (await exporter.sumOf(ARRIVED)) - first;
    return {
      ...NOTHING,
      probes,
      canaries,
      cpuMsPerCanary: (after.cpuMs - before.cpuMs) / canaries,
      rssMb: after.rssMb,
      peakRssMb: after.peakRssMb,
      startMs,
      ...(await measureScrapes(exporter.pid, exporter.url)),
    };
  } catch {
    const seconds = ((performance.now() - started) / 1_000).toFixed(0);
    const said = exporter.said();
    const why = /fatal error: .*/.exec(said)?.[0] ?? said.trim().split('\n').at(-1);
    return { ...NOTHING, probes, failure: `ended after at most ${seconds} s: ${why}` };
  } finally {
    await exporter.kill();
  }
}

/** Mails that mailexporter saw arrive. */
const ARRIVED = 'mail_deliver_durations_seconds_count';

const NOTHING: Fleet = {
  probes: 0,
  canaries: 0,
  cpuMsPerCanary: Number.NaN,
  rssMb: Number.NaN,
  peakRssMb: Number.NaN,
  scrapeMs: Number.NaN,
  scrapeCpuMs: Number.NaN,
  scrapeBytes: 0,
  lagP99Ms: Number.NaN,
  lagMaxMs: Number.NaN,
  startMs: Number.NaN,
};

export function describeFleet(name: string, fleet: Fleet): string {
  const { failure, probes } = fleet;
  const start = `  ${name.padEnd(14)}${String(probes).padStart(5)} probes: `;
  if (failure !== undefined) return start + failure;
  const show = (value: number, digits = 0): string => value.toFixed(digits);
  const lag = Number.isNaN(fleet.lagP99Ms)
    ? ''
    : `, event loop late p99 ${show(fleet.lagP99Ms)} ms, most ${show(fleet.lagMaxMs)} ms`;
  return `${start}RSS ${show(fleet.rssMb)} MB (peak ${show(fleet.peakRssMb)}), CPU per canary ${show(fleet.cpuMsPerCanary, 1)} ms (n = ${fleet.canaries}), scrape ${show(fleet.scrapeMs)} ms (CPU ${show(fleet.scrapeCpuMs)} ms, ${show(fleet.scrapeBytes / 1_000)} kB)${lag}, start ${show(fleet.startMs)} ms`;
}
