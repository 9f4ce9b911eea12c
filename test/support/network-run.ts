/**
 * Faults of the network itself, which no proxy can make: it runs in a network namespace of its own (`unshare --net`), with a real
 * Postfix and Dovecot, and has the kernel drop packets. Prints one JSON object a scene; test/real/network.test.ts reads them.
 */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp, type App } from '../../src/app.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { createSystemClock, createSystemRandom } from '../../src/base/system.ts';
import { parseObserver, parseSender } from '../../src/config/adapters.ts';
import { outcomeOf, type Canary } from '../../src/domain/canary.ts';
import type { Order } from '../../src/engine/order.ts';
import type { LookReport } from '../../src/engine/watch.ts';
import { startMailRig, type MailRig, type RigUser } from './rig/mail-rig.ts';
import { startProxy } from './tcp-proxy.ts';
import { TEST_KEYS, TEST_POLICY, TEST_ROUTE } from './test-launch.ts';

/** In milliseconds: one dialogue or look, and the deadline of a canary. */
const TIMEOUT = 3_000;
const LATE_AFTER = 5_000;
/** How long the lossy network loses, in milliseconds. */
const LOSS_LASTS = 20_000;

const clock = createSystemClock();

function nft(...commands: readonly string[]): void {
  for (const command of commands) execFileSync('nft', command.split(' '));
}

/** Every packet from or to this port is dropped. */
function dropAll(port: number): void {
  nft(`add rule inet t in tcp dport ${port} drop`, `add rule inet t in tcp sport ${port} drop`);
}

/** Half of the packets to these ports are dropped, acknowledgements among them. */
function dropHalf(...ports: readonly number[]): void {
  nft(`add rule inet t in tcp dport {${ports.join(',')}} numgen random mod 100 < 50 drop`);
}

const heal = (): void => nft('flush chain inet t in');

interface Bench {
  readonly app: App;
  readonly order: Order;
  /** Looks since the last time. */
  readonly looks: LookReport[];
  launch(): Promise<Canary>;
  /** The canary once it is like that. */
  until(id: string, isSo: (canary: Canary) => boolean): Promise<Canary>;
  stop(): Promise<void>;
}

interface Ends {
  readonly rig: MailRig;
  readonly user: RigUser;
  readonly smtpPort: number;
  readonly timeoutMs: number;
  readonly lateAfterMs: number;
}

async function openBench({ rig, user, smtpPort, timeoutMs, lateAfterMs }: Ends): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), 'mailcanary-network-'));
  const timeout = `${timeoutMs / 1_000}s`;
  const smtp = `smtp://127.0.0.1:${smtpPort}`;
  const imap = `imap://${user.user}:${user.password}@127.0.0.1:${rig.imapPort}`;
  const looks: LookReport[] = [];
  const app = await createApp(
    {
      ledger: { url: `sqlite:${join(folder, 'test.db')}` },
      tokenKeys: TEST_KEYS,
      senders: {
        relay: parseSender({ type: 'smtp', url: smtp, from: 'a@example.org', timeout }, 'relay'),
      },
      observers: { helpdesk: parseObserver({ type: 'imap', url: imap, timeout }, 'helpdesk') },
    },
    {
      ...{ clock, random: createSystemRandom(), logger: silentLogger },
      onLook: (report) => void looks.push(report),
    },
  );
  const order: Order = {
    ...{ route: TEST_ROUTE, from: 'a@example.org', to: user.address, profile: 'automatic' },
    policy: { ...TEST_POLICY, suspectAfterMs: lateAfterMs / 2, lateAfterMs },
    launchWindowMs: timeoutMs,
  };
  const { signal } = new AbortController();
  return {
    ...{ app, order, looks },
    launch: () =>
      app.engine.launch(order, { kind: 'scheduled', scheduledAt: clock.now() }, { signal }),
    until: (id, isSo) => until(app, id, isSo),
    async stop() {
      await app.stop();
      await rm(folder, { recursive: true });
    },
  };
}

function until(app: App, id: string, isSo: (canary: Canary) => boolean): Promise<Canary> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      app.ledger.find(id).then((canary) => {
        if (canary === undefined || !isSo(canary)) return;
        stop();
        resolve(canary);
      }, reject);
    };
    const stop = app.ledger.subscribe(look);
    look();
  });
}

const isJudged = ({ settlement }: Canary): boolean => settlement !== null;

/** The relay falls silent in the middle of a dialogue: `before` or after it was handed the whole mail. */
async function silentRelay(rig: MailRig, step: 'data' | 'dot'): Promise<object> {
  const user = await rig.addUser();
  const proxy = await startProxy({ target: { port: rig.smtpPort } });
  const bench = await openBench({
    ...{ rig, user, smtpPort: proxy.port, timeoutMs: TIMEOUT, lateAfterMs: 60_000 },
  });
  // It is held until the kernel drops all that comes to the proxy or from it.
  const rule = { on: 'server-line', match: step === 'data' ? /^354 / : /queued as/ } as const;
  proxy.setRules({ ...rule, do: { holdMs: 500 } });
  const startedAt = clock.now();
  const launching = bench.launch();
  await proxy.whenRuleFired();
  dropAll(proxy.port);
  const { launch } = await launching;
  const tookMs = clock.now() - startedAt;
  const answered = await bench.app.ledger.find(launch.id);
  heal();
  const end = step === 'data' ? answered : await bench.until(launch.id, isJudged);
  const connections = proxy.connections().total;
  await bench.stop();
  await proxy.stop();
  return {
    ...{ tookMs, connections, copies: end?.copies },
    reason: (answered?.refusal ?? answered?.doubt)?.reason,
    outcome: end && outcomeOf(end),
    verdict: end?.settlement?.verdict ?? null,
  };
}

/** The mailbox falls silent, under an open connection, until long after the deadline of a canary that is in it. */
async function silentMailbox(rig: MailRig): Promise<object> {
  const user = await rig.addUser();
  const { smtpPort } = rig;
  const bench = await openBench({
    ...{ rig, user, smtpPort, timeoutMs: TIMEOUT, lateAfterMs: LATE_AFTER },
  });
  while (!bench.looks.some(({ type }) => type === 'looked')) await clock.sleep(20);
  dropAll(rig.imapPort);
  bench.looks.length = 0;
  const { launch } = await bench.launch();
  const darkAt = clock.now();
  while (bench.looks.length === 0) await clock.sleep(20);
  const [first] = bench.looks;
  const firstMs = clock.now() - darkAt;
  const horizon = bench.app.ledger.observerState('helpdesk')?.horizon ?? 0;
  await clock.sleep(darkAt + 2 * LATE_AFTER - clock.now());
  const meanwhile = await bench.app.ledger.find(launch.id);
  const horizonLater = bench.app.ledger.observerState('helpdesk')?.horizon ?? 0;
  heal();
  const healedAt = clock.now();
  const end = await bench.until(launch.id, isJudged);
  await bench.stop();
  return {
    first: first?.type === 'failed' ? first.error.reason : first?.type,
    ...{ firstMs, horizonMovedMs: horizonLater - horizon },
    meanwhile: [meanwhile && outcomeOf(meanwhile), meanwhile?.settlement?.verdict ?? null],
    ...{ backMs: clock.now() - healedAt, outcome: outcomeOf(end) },
    verdict: end.settlement?.verdict,
  };
}

/**
 * Half of what we send gets lost, for a while: TCP doubles its waits, so that what goes on until all is judged has no bound (one run in
 * twelve took two minutes). What stalls before the end goes on in less than 26 s after it, well within the time-out.
 */
async function lossyNetwork(rig: MailRig): Promise<object> {
  const user = await rig.addUser();
  const { smtpPort } = rig;
  const bench = await openBench({
    ...{ rig, user, smtpPort, timeoutMs: 60_000, lateAfterMs: 120_000 },
  });
  dropHalf(smtpPort, rig.imapPort);
  const startedAt = clock.now();
  const healed = clock.sleep(LOSS_LASTS).then(heal);
  const launched = await Promise.all([bench.launch(), bench.launch(), bench.launch()]);
  const answeredMs = clock.now() - startedAt;
  const ends = await Promise.all(launched.map(({ launch }) => bench.until(launch.id, isJudged)));
  await healed;
  await bench.stop();
  return {
    ...{ answeredMs, tookMs: clock.now() - startedAt },
    outcomes: ends.map(outcomeOf),
    verdicts: ends.map(({ settlement }) => settlement?.verdict),
    copies: ends.map(({ copies }) => copies),
  };
}

execFileSync('ip', ['link', 'set', 'lo', 'up']);
nft('add table inet t', 'add chain inet t in { type filter hook input priority 0 ; }');
const rig = await startMailRig();
const tell = (name: string, scene: object): void =>
  void process.stdout.write(`${JSON.stringify({ name, ...scene })}\n`);
try {
  tell('before the dot', await silentRelay(rig, 'data'));
  tell('after the dot', await silentRelay(rig, 'dot'));
  tell('mailbox', await silentMailbox(rig));
  tell('loss', await lossyNetwork(rig));
} finally {
  heal();
  await rig.stop();
}
