import { setTimeout as sleep } from 'node:timers/promises';
import { silentLogger } from '../../src/base/logger.ts';
import { createSystemClock, createSystemRandom } from '../../src/base/system.ts';
import { createSandbox, type Addresses, type Sandbox } from '../../src/sandbox/sandbox.ts';
import type { MailTruth } from '../../src/sandbox/truth.ts';
import { createDaemonHome, imbalanceOf, sumOf, type DaemonHome } from '../support/daemon-home.ts';
import { samplesOf } from '../support/openmetrics.ts';
import type { Program } from '../support/program.ts';
import { figuresOf } from './process-figures.ts';
import { describeSample } from './statistics.ts';

/** Many probes into one inbox of the sandbox's Help Scout, by the built daemon, in real time. */
export interface CrowdOptions {
  readonly probes: number;
  /** Between two canaries of one probe, in seconds. */
  readonly everyS: number;
  readonly minutes: number;
  /** Requests a minute that the server answers; beyond it 429. */
  readonly limit: number;
  /** Ours: `requests_per_minute`. */
  readonly budget: number;
  /** How far the list lies behind, and `index_lag`, in seconds. */
  readonly lagS: number;
}

export interface Crowd extends CrowdOptions {
  readonly accepted: number;
  readonly verdicts: Readonly<Record<string, number>>;
  readonly unjudged: number;
  /** What is wrong with the books. */
  readonly imbalance: string | undefined;
  /** As the server counted them in every 60 s, a second apart. */
  readonly requestsInMinute: readonly number[];
  readonly refused: number;
  /** Looks by result. */
  readonly looks: Readonly<Record<string, number>>;
  /** Of canaries whose latency is known: how many hold the sandbox's truth, and half their width in seconds. */
  readonly held: number;
  readonly told: number;
  readonly errorsS: readonly number[];
  readonly cpuMsPerCanary: number;
  readonly rssMb: number;
}

const SAMPLE_MS = 1_000;
/** Until the last canary is certainly judged: ingestion, the list's lag, two looks. */
const DRAIN_MS = 130_000;

export async function measureCrowd(options: CrowdOptions): Promise<Crowd> {
  const clock = createSystemClock();
  const sandbox = createSandbox(
    { dials: { helpdesk: dialsOf(options) } },
    { clock, random: createSystemRandom(), logger: silentLogger },
  );
  const addresses = await sandbox.start();
  const home = await createDaemonHome(configOf(options, addresses, sandbox));
  try {
    return await watchCrowd(options, { sandbox, home, daemon: await home.start() });
  } finally {
    await home.remove();
    await sandbox.stop();
  }
}

function dialsOf({ limit, lagS }: CrowdOptions) {
  const delay = { type: 'uniform', fromMs: 2_000, toMs: 20_000 } as const;
  return { limit, lag: lagS * 1_000, delay };
}

function configOf(options: CrowdOptions, { smtp, helpdesk }: Addresses, sandbox: Sandbox): string {
  const { probes, everyS, minutes, budget, lagS } = options;
  const from = new Date(Date.now() + minutes * 60_000).toISOString();
  const until = new Date(Date.now() + (minutes + 60) * 60_000).toISOString();
  const { credentials, recipients } = sandbox;
  const { appId, appSecret, mailboxId } = credentials;
  const login = `app_id: ${appId}, app_secret: ${appSecret.reveal()}, mailbox_id: ${mailboxId}`;
  const keys = `requests_per_minute: ${budget}, index_lag: ${lagS}s`;
  const probe = `{ sender: relay, to: ${recipients.support}, observer: helpdesk, every: ${everyS}s }`;
  return `
maintenance: [{ reason: the measurement is over, from: "${from}", until: "${until}" }]
senders:
  relay: { type: smtp, url: "smtp://127.0.0.1:${smtp.port}", from: a@example.org }
observers:
  helpdesk: { type: helpscout, url: "${helpdesk.url}", ${login}, ${keys} }
probes:
${Array.from({ length: probes }, (_, index) => `  probe-${index}: ${probe}`).join('\n')}
`;
}

interface Scene {
  readonly sandbox: Sandbox;
  readonly home: DaemonHome;
  readonly daemon: Program;
}

async function watchCrowd(options: CrowdOptions, scene: Scene): Promise<Crowd> {
  const { sandbox, home, daemon } = scene;
  const totals: number[] = [];
  const sampler = setInterval(() => {
    const { token, list, read, write, limited } = sandbox.helpdesk.requests();
    totals.push(token + list + read + 2 * write - limited);
  }, SAMPLE_MS);
  try {
    await sleep(options.minutes * 60_000);
    await sleep(DRAIN_MS);
    const figures = await figuresOf(daemon.pid);
    const metrics = await home.scrape();
    const truth = sandbox.truth.all();
    const accepted = sumOf(metrics, 'mailcanary_accepted_total');
    return {
      ...options,
      accepted,
      verdicts: countBy(metrics, 'mailcanary_verdicts_total', 'verdict'),
      unjudged: sumOf(metrics, 'mailcanary_unjudged'),
      imbalance: imbalanceOf(metrics),
      requestsInMinute: slidingSums(totals),
      refused: sandbox.helpdesk.requests().limited,
      looks: countBy(metrics, 'mailcanary_watch_polls_total', 'result'),
      ...(await compare(home, truth)),
      cpuMsPerCanary: figures.cpuMs / accepted,
      rssMb: figures.rssMb,
    };
  } finally {
    clearInterval(sampler);
    daemon.kill('SIGTERM');
    await daemon.ended;
  }
}

function countBy(
  metrics: Parameters<typeof samplesOf>[0],
  metric: string,
  label: string,
): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { labels, value } of samplesOf(metrics, metric)) {
    const name = labels.get(label) ?? '';
    if (value > 0) counts[name] = (counts[name] ?? 0) + value;
  }
  return counts;
}

/** Of totals a second apart: what came in each 60 s. */
function slidingSums(totals: readonly number[]): readonly number[] {
  return totals.map((total, index) => total - (totals[index - 60] ?? 0));
}

interface Told {
  readonly id: string;
  readonly latency_seconds: number | null;
  readonly latency_error_seconds: number | null;
}

/** The latest that the API tells, each against what the sandbox did. */
async function compare(
  home: DaemonHome,
  truth: readonly MailTruth[],
): Promise<Pick<Crowd, 'held' | 'told' | 'errorsS'>> {
  const latencies = new Map<string, number>();
  for (const { subject, acceptedAt, copies } of truth) {
    const id = /mailcanary (\w+)/.exec(subject)?.[1];
    const [first] = copies;
    if (id !== undefined && first !== undefined) latencies.set(id, (first.at - acceptedAt) / 1_000);
  }
  const reply = await home.get('/api/v1/canaries?limit=500');
  const { canaries } = (await reply.json()) as { canaries: readonly Told[] };
  const pairs = canaries.flatMap(
    ({ id, latency_seconds: middle, latency_error_seconds: error }) => {
      const known = [...latencies].find(([token]) => token.startsWith(id))?.[1];
      return middle === null || error === null || known === undefined
        ? []
        : [{ middle, error, known }];
    },
  );
  // The sandbox says when it has the mail, before its 250 arrives: the same instant but for the way.
  const WAY_S = 0.01;
  const held = pairs.filter(
    ({ middle, error, known }) => Math.abs(known - middle) <= error + WAY_S,
  );
  return { held: held.length, told: pairs.length, errorsS: pairs.map(({ error }) => error) };
}

export function describeCrowd(crowd: Crowd): string {
  const { probes, everyS, budget, limit, lagS, accepted, unjudged, held, told } = crowd;
  const words = (counts: Readonly<Record<string, number>>): string =>
    Object.entries(counts)
      .map(([name, count]) => `${count} ${name}`)
      .join(', ') || 'none';
  return [
    `  ${probes} probes, each every ${everyS} s; requests_per_minute ${budget}, the server takes ${limit}; index lag ${lagS} s`,
    `    canaries accepted ${accepted}: ${words(crowd.verdicts)}; unjudged ${unjudged}; books ${crowd.imbalance ?? 'balance'}`,
    `    requests in 60 s, by the server: ${describeSample(crowd.requestsInMinute, 0)}; refused with 429: ${crowd.refused}; looks: ${words(crowd.looks)}`,
    `    latencies that hold the truth: ${held} of ${told}; +/- s ${describeSample(crowd.errorsS)}`,
    `    CPU per canary ${crowd.cpuMsPerCanary.toFixed(1)} ms, RSS ${crowd.rssMb.toFixed(0)} MB`,
  ].join('\n');
}
