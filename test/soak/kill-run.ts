import { execFile } from 'node:child_process';
import { copyFile, mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as z from 'zod';
import { uniform, type Random } from '../../src/base/random.ts';
import { isAccepted, type Canary } from '../../src/domain/canary.ts';
import { CanaryRecord } from '../../src/ledger/record.ts';
import { createDaemonHome, sumOf, type DaemonHome } from '../support/daemon-home.ts';
import { createFakeRandom } from '../support/fake-random.ts';
import { findFreePorts } from '../support/rig/processes.ts';
import { startMailRig, type MailRig, type RigUser } from '../support/rig/mail-rig.ts';
import { queryPostgres, startPostgres } from '../support/rig/postgres.ts';
import { startProxy } from '../support/tcp-proxy.ts';
import { audit, type Audit } from './audit.ts';
import { createScrapeWatch, type ScrapeWatch } from './scrapes.ts';
import { startSlowHop, type SlowHop } from './slow-hop.ts';
import { STEPS, stepsAt, whenAt, type Outside, type Step } from './steps.ts';

export interface KillRunOptions {
  readonly count: number;
  readonly seed: number;
  /** One canary a second each. */
  readonly probes?: number;
  /** Where the ledger is; a file unless said. */
  readonly ledger?: 'sqlite' | 'postgres';
  readonly onKill?: (number: number, steps: ReadonlySet<Step>, inFlight: number) => void;
}

export interface KillRun {
  readonly kills: number;
  /** Kills with too few canaries in flight to count. */
  readonly spared: number;
  /** How many kills found each step under way. */
  readonly steps: Readonly<Record<Step, number>>;
  /** Accepted canaries without a verdict, at each kill that counts. */
  readonly inFlight: readonly number[];
  readonly scrapes: number;
  /** Equations broken and counters fallen. */
  readonly scrapeProblems: readonly string[];
  readonly audit: Audit;
}

const IN_FLIGHT = 20;
/** A step that does not come is not waited for longer. */
const LONGEST_AIM_MS = 2_000;

interface Bench {
  readonly rig: MailRig;
  readonly user: RigUser;
  readonly home: DaemonHome;
  readonly watch: ScrapeWatch;
  readonly random: Random;
  readonly probes: number;
  /** The one by which the daemon knows its mailbox: another would be another place to look. */
  readonly imapPort: number;
}

/** Kills the daemon again and again, then lets it finish and holds all of it against the servers' logs. */
export async function runKills(options: KillRunOptions): Promise<KillRun> {
  const { count, seed, probes = 12 } = options;
  const random = createFakeRandom(seed);
  const hop = await startSlowHop();
  const rig = await startMailRig({ postfix: slowly(hop) });
  hop.passTo(rig.lmtpPort, () => 3_000 + 5_000 * uniform(random));
  // With fsync: what it costs is part of what is cut.
  const postgres = options.ledger === 'postgres' ? await startPostgres({ fsync: true }) : undefined;
  const home = await createDaemonHome('', await postgres?.createDatabase());
  try {
    const user = await rig.addUser('kills');
    const watch = createScrapeWatch(home);
    const [imapPort = 0] = await findFreePorts(1);
    const bench: Bench = { rig, user, home, watch, random, probes, imapPort };
    const steps = new Map<Step, number>(STEPS.map((step) => [step, 0]));
    const inFlight: number[] = [];
    let spared = 0;
    while (inFlight.length < count && spared <= count) {
      const hit = await killOnce(STEPS[inFlight.length % STEPS.length]!, bench);
      // On a busy machine some had arrived meanwhile: it is audited like all others, and one more takes its place.
      if (hit.inFlight < IN_FLIGHT) {
        spared += 1;
        continue;
      }
      for (const step of hit.steps) steps.set(step, (steps.get(step) ?? 0) + 1);
      inFlight.push(hit.inFlight);
      options.onKill?.(inFlight.length, hit.steps, hit.inFlight);
    }
    await finish(bench);
    return {
      kills: inFlight.length,
      spared,
      steps: z.record(z.enum(STEPS), z.number()).parse(Object.fromEntries(steps)),
      inFlight,
      scrapes: watch.count,
      scrapeProblems: watch.problems,
      audit: await audit(rig, home.ledger),
    };
  } finally {
    await home.remove();
    await postgres?.remove();
    await rig.stop();
    await hop.stop();
  }
}

/** Each mail waits at the hop in a connection of its own. */
function slowly(hop: SlowHop): string {
  return `
virtual_transport = lmtp:inet:127.0.0.1:${hop.port}
default_process_limit = 400
initial_destination_concurrency = 300
lmtp_destination_concurrency_limit = 300
lmtp_destination_recipient_limit = 1
lmtp_connection_cache_on_demand = no
`;
}

async function killOnce(
  aim: Step,
  bench: Bench,
): Promise<{ readonly steps: Set<Step>; readonly inFlight: number }> {
  const { rig, home, watch, random } = bench;
  const smtp = await startProxy({ target: { port: rig.smtpPort } });
  const imap = await startProxy({ target: { port: rig.imapPort }, port: bench.imapPort });
  const outside: Outside = { smtp, imap, random, port: home.port };
  try {
    const since = Date.now();
    const { port } = smtp;
    await home.writeConfig(configOf(bench, { smtp: port, every: '1s' }));
    const daemon = await home.start();
    await whenInFlight(2 * IN_FLIGHT, watch);
    if (aim === 'idle') {
      await home.writeConfig(configOf(bench, { smtp: port, every: '1h' }));
      daemon.kill('SIGHUP');
    }
    await Promise.race([whenAt(aim, outside), sleep(LONGEST_AIM_MS)]);
    daemon.kill('SIGKILL');
    await daemon.ended;
    const ledger = await (home.ledger.startsWith('sqlite:') ? readCopy : readRows)(home, since);
    const inFlight = ledger.filter((canary) => isAccepted(canary) && canary.settlement === null);
    return { steps: stepsAt(outside, ledger, since), inFlight: inFlight.length };
  } finally {
    await smtp.stop();
    await imap.stop();
  }
}

async function whenInFlight(least: number, watch: ScrapeWatch): Promise<void> {
  for (;;) {
    const metrics = await watch.once();
    if (metrics !== undefined && sumOf(metrics, 'mailcanary_unjudged') >= least) return;
    await sleep(50);
  }
}

/** What is in the ledger as the crash left it; of a copy, so that the daemon itself has to recover it. */
async function readCopy(home: DaemonHome, since: number): Promise<readonly Canary[]> {
  const folder = join(home.folder, 'copy');
  const file = home.ledger.replace(/^sqlite:/, '');
  await mkdir(folder, { recursive: true });
  for (const suffix of ['', '-wal']) {
    const exists = await stat(file + suffix).catch(() => undefined);
    if (exists !== undefined) await copyFile(file + suffix, join(folder, `ledger.db${suffix}`));
  }
  const script = fileURLToPath(new URL('ledger-rows.mjs', import.meta.url));
  const args = [script, join(folder, 'ledger.db'), String(since)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 1e9 });
  await rm(folder, { recursive: true });
  return z.array(CanaryRecord).parse(JSON.parse(stdout));
}

/** The same of a server, which outlives the crash. */
async function readRows(home: DaemonHome, since: number): Promise<readonly Canary[]> {
  const rows = await queryPostgres(
    home.ledger,
    `select record from canaries where open = 1 or launched_at >= ${since * 1_000}`,
  );
  const records = z.array(z.object({ record: z.string() })).parse(rows);
  return records.map(({ record }) => CanaryRecord.parse(JSON.parse(record)));
}

/** Launches no more and waits until every accepted canary has its verdict. */
async function finish(bench: Bench): Promise<void> {
  const { rig, home, watch } = bench;
  const imap = await startProxy({ target: { port: rig.imapPort }, port: bench.imapPort });
  await home.writeConfig(configOf(bench, { smtp: rig.smtpPort, every: '1d' }));
  const daemon = await home.start();
  while ((await rig.queue()).length > 0) await sleep(200);
  for (let calm = 0; calm < 3;) {
    await sleep(500);
    const metrics = await watch.once();
    calm = metrics !== undefined && sumOf(metrics, 'mailcanary_unjudged') === 0 ? calm + 1 : 0;
  }
  daemon.kill('SIGTERM');
  await daemon.ended;
  await imap.stop();
}

function configOf(
  { user, probes, imapPort }: Bench,
  ends: { readonly smtp: number; readonly every: string },
): string {
  const names = Array.from({ length: probes }, (_, index) => `probe-${index}`);
  const rest = `sender: relay, to: ${user.address}, observer: mailbox, every: ${ends.every}`;
  return `
senders:
  relay: { type: smtp, url: "smtp://127.0.0.1:${ends.smtp}", from: a@example.org }
observers:
  mailbox: { type: imap, url: "imap://${user.user}@127.0.0.1:${imapPort}", password: "${user.password}" }
probes:
${names.map((name) => `  ${name}: { ${rest} }`).join('\n')}
`;
}

/** The run as lines of text. */
export function describeKills(run: KillRun): readonly string[] {
  const problems = run.scrapeProblems.slice(0, 20);
  return [
    `kills ${run.kills}, and ${run.spared} with fewer than ${IN_FLIGHT} in flight; in flight at each: ${Math.min(...run.inFlight)} to ${Math.max(...run.inFlight)}`,
    'kills that found a step under way:',
    ...STEPS.map((step) => `  ${step.padEnd(12)}${run.steps[step]}`),
    `scrapes ${run.scrapes}, equations broken or counters fallen: ${run.scrapeProblems.length}`,
    ...problems.map((problem) => `  ${problem}`),
  ];
}
