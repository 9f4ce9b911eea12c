import { Registry } from 'prom-client';
import type { Instant } from '../../src/base/clock.ts';
import { REASONS, type Reason } from '../../src/base/errors.ts';
import { silentLogger, type Logger } from '../../src/base/logger.ts';
import { createSeededRandom } from '../../src/base/seeded-random.ts';
import type { VirtualClock } from '../../src/base/virtual-clock.ts';
import { assignmentsOf } from '../../src/assignments.ts';
import { parseConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/schema.ts';
import { createCore, type Core } from '../../src/core.ts';
import { outcomeOf, type Canary } from '../../src/domain/canary.ts';
import { createLedger } from '../../src/ledger/durable.ts';
import type { DialsPatch } from '../../src/sandbox/config.ts';
import { createSandbox, type Addresses, type Sandbox } from '../../src/sandbox/sandbox.ts';
import { createMemoryStore } from '../../src/simulation/memory-store.ts';
import { parseOpenMetrics, type ParsedMetrics } from '../support/openmetrics.ts';
import { startProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import type { Cell } from './cells.ts';
import { expect } from './expected.ts';
import { SETTING } from './setting.ts';
import { countedBy, rulesOf } from './inflict.ts';
import { sendStranger } from './stranger.ts';

/** One warning of the product. */
export interface Said {
  readonly at: Instant;
  readonly message: string;
  readonly reason: Reason;
}

/** What came of a cell. */
export interface Seen {
  readonly canary: Canary;
  readonly metrics: ParsedMetrics;
  readonly said: readonly Said[];
  /** When the faulty step was taken, each time. */
  readonly asked: readonly Instant[];
  readonly launchedAt: Instant;
  /** When the mail system's answer was in the ledger. */
  readonly answeredAt: Instant;
  /** Mails that the servers took. */
  readonly copies: number;
}

/** How long a cell goes on after all is decided: nothing more may happen then. */
const AFTERMATH_MS = 6_000;
const LOOK_MS = 250;

/** Plays one cell: the product as it is, against the sandbox behind a proxy with the fault. */
export async function play(cell: Cell, clock: VirtualClock): Promise<Seen> {
  const scene = await setScene(cell, clock);
  try {
    return await watch(cell, scene, clock);
  } finally {
    await scene.close();
  }
}

interface Scene {
  readonly sandbox: Sandbox;
  readonly core: Core;
  readonly config: Config;
  readonly proxy: TcpProxy;
  readonly said: Said[];
  readonly asked: Instant[];
  close(): Promise<void>;
}

async function setScene(cell: Cell, clock: VirtualClock): Promise<Scene> {
  const sandbox = createSandbox(
    { dials: dialsOf(cell) },
    { clock, random: createSeededRandom(1), logger: silentLogger },
  );
  const ends = await sandbox.start();
  if (cell.line === 'imap') await sendStranger(ends.smtp.port, sandbox.recipients.control);
  sandbox.dials.set(cell.line !== 'smtp' && cell.mail === 'lost' ? LOSS : {});
  const asked: Instant[] = [];
  const counted = countedBy(cell);
  const proxy = await startProxy({
    ...{ target: { port: targetOf(cell, ends) }, rules: rulesOf(cell), clock },
    raw: cell.line === 'helpscout',
    onFire({ on }) {
      if (on === counted) asked.push(clock.now());
    },
  });
  if (cell.fault === 'refuse') await proxy.refuse();
  const said: Said[] = [];
  const config = configOf(cell, { sandbox, ends, port: proxy.port });
  const core = await startCore(config, { clock, logger: listenTo(said, clock) });
  return {
    ...{ sandbox, core, config, proxy, said, asked },
    async close() {
      await core.stop();
      await proxy.stop();
      await sandbox.stop();
    },
  };
}

const NOW = { type: 'fixed', ms: 0 } as const;
const LOSS = { helpdesk: { loss: 1 }, control: { loss: 1 } };

function dialsOf({ line }: Cell): DialsPatch {
  return line === 'helpscout' ? { helpdesk: { delay: NOW, lag: 0 } } : { control: { delay: NOW } };
}

function targetOf({ line }: Cell, { smtp, imap, helpdesk }: Addresses): number {
  return { smtp, imap, helpscout: helpdesk }[line].port;
}

interface Ends {
  readonly sandbox: Sandbox;
  readonly ends: Addresses;
  /** Of the proxy. */
  readonly port: number;
}

const seconds = (ms: number): string => `${ms / 1_000}s`;

function configOf(cell: Cell, { sandbox, ends, port }: Ends): Config {
  const { line } = cell;
  const { recipients, credentials } = sandbox;
  const { appId, appSecret, mailboxId, imapUser, imapPassword } = credentials;
  const imapPort = line === 'imap' ? port : ends.imap.port;
  const login = line === 'smtp' ? ', user: canary, password: secret' : '';
  const policy = [
    `suspect_after: ${seconds(SETTING.suspectAfter)}, late_after: ${seconds(SETTING.lateAfter)}`,
    `lost_after: ${seconds(SETTING.lostAfter)}, forget_after: ${seconds(SETTING.forgetAfter)}`,
  ].join(', ');
  const timeout = `timeout: ${seconds(SETTING.timeout)}`;
  const observer =
    line === 'helpscout'
      ? `type: helpscout, url: "http://127.0.0.1:${port}", app_id: "${appId}", app_secret: "${appSecret.reveal()}", mailbox_id: ${mailboxId}, index_lag: 1s, requests_per_minute: 400`
      : `type: imap, url: "imap://127.0.0.1:${imapPort}", user: "${imapUser}", password: "${imapPassword.reveal()}"`;
  return parseConfig(
    `
token_keys: ["the key of a fault matrix, of no use elsewhere"]
ledger: { url: "sqlite:./never-opened.db", keep: 4d }
senders:
  relay: { type: smtp, url: "smtp://127.0.0.1:${line === 'smtp' ? port : ends.smtp.port}", from: canary@probe.test${login}, ${timeout}, launch_window: ${seconds(SETTING.launchWindow)} }
observers:
  watched: { ${observer}, ${timeout}, positive_control: off }
probes:
  support: { sender: relay, to: ${line === 'helpscout' ? recipients.support : recipients.control}, observer: watched, every: 60s, ${policy} }
`,
    {
      ...{ path: 'matrix.yaml', env: () => undefined },
      readFile: () => {
        throw new Error('the matrix reads no files');
      },
    },
  );
}

/** Keeps what is a warning and has a reason. */
function listenTo(said: Said[], clock: VirtualClock): Logger {
  return {
    ...silentLogger,
    warn(fields, message) {
      const reason = REASONS.find((one) => 'reason' in fields && fields.reason === one);
      if (reason !== undefined) said.push({ at: clock.now(), message, reason });
    },
    error(fields, message) {
      throw new Error(`${message}: ${JSON.stringify(fields)}`);
    },
  };
}

function startCore(
  config: Config,
  { clock, logger }: { readonly clock: VirtualClock; readonly logger: Logger },
): Promise<Core> {
  const store = createMemoryStore();
  return createCore(config, {
    ...{ clock, logger, random: createSeededRandom(2), registry: new Registry() },
    build: { version: 'matrix', revision: 'matrix', node: 'matrix' },
    loadConfig: () => Promise.resolve(config),
    openLedger: (own) => createLedger(store, own),
    readTotals: () => Promise.resolve(store.totals()),
  });
}

async function watch(cell: Cell, scene: Scene, clock: VirtualClock): Promise<Seen> {
  const { core, config, sandbox, said, asked } = scene;
  if (cell.line !== 'smtp' && cell.stage !== 'source') await whenMet(cell, scene, clock);
  const launchedAt = clock.now();
  const [assignment] = assignmentsOf(config, config, launchedAt);
  if (assignment === undefined) throw new Error('no probe is configured');
  const occasion = { kind: 'scheduled', scheduledAt: launchedAt } as const;
  const { signal } = new AbortController();
  const { launch } = await core.app.engine.launch(assignment.order, occasion, { signal });
  const answeredAt = clock.now();
  const canary = await whenOver(launch.id, { cell, scene, clock, launchedAt });
  const { chunks } = await core.metrics.scrape();
  const mails = sandbox.truth.all().filter(({ from }) => from === assignment.order.from);
  return {
    ...{ canary, said, launchedAt, answeredAt, copies: mails.length },
    metrics: parseOpenMetrics(Buffer.concat(chunks).toString('utf8')),
    asked: cell.fault === 'refuse' ? said.map(({ at }) => at) : asked,
  };
}

/** The observer has run into the fault: the canary is launched in the middle of it. */
async function whenMet(cell: Cell, { proxy, said, asked }: Scene, clock: VirtualClock) {
  const until = clock.now() + SETTING.lateAfter;
  const isMet = (): boolean => (cell.fault === 'refuse' ? said : asked).length > 0;
  while (!isMet()) {
    if (clock.now() > until) throw new Error('the fault was never met');
    await clock.sleep(LOOK_MS);
  }
  if (cell.fault === 'refuse' && cell.span === 'once') await proxy.accept();
}

interface Watched {
  readonly cell: Cell;
  readonly scene: Scene;
  readonly clock: VirtualClock;
  readonly launchedAt: Instant;
}

/** Nothing more is to come of the canary, nor of the faulty step, and for a while nothing more has. */
async function whenOver(id: string, { cell, scene, clock, launchedAt }: Watched): Promise<Canary> {
  const end = launchedAt + SETTING.forgetAfter + AFTERMATH_MS;
  const { gap } = expect(cell);
  const isAgainDue = gap !== null && launchedAt + gap[0] < end && cell.span === 'once';
  let decidedAt = Number.POSITIVE_INFINITY;
  for (;;) {
    const canary = await scene.core.app.ledger.find(id);
    if (canary === undefined) throw new Error('the canary is not in the ledger');
    const isOver = isDecided(canary) && (!isAgainDue || scene.asked.length > 1);
    if (isOver) decidedAt = Math.min(decidedAt, clock.now());
    if (clock.now() >= Math.min(end, decidedAt + AFTERMATH_MS)) return canary;
    await clock.sleep(LOOK_MS);
  }
}

function isDecided(canary: Canary): boolean {
  const outcome = outcomeOf(canary);
  return outcome !== 'in_flight' && (outcome !== 'arrived' || canary.settlement !== null);
}
