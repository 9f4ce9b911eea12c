import { createDaemonHome, type DaemonHome } from '../support/daemon-home.ts';
import { runProgram, type Program } from '../support/program.ts';
import { startAlertmanager } from '../support/rig/alertmanager.ts';
import { startMailRig, type MailRig, type RigUser } from '../support/rig/mail-rig.ts';
import { startPrometheus, type Prometheus } from '../support/rig/prometheus.ts';
import { startWebhook, type Webhook } from '../support/rig/webhook.ts';
import { startProxy, type TcpProxy } from '../support/tcp-proxy.ts';

/** In the words of configuration and Prometheus. */
export interface PagePace {
  readonly every: string;
  readonly lateAfter: string;
  readonly suspectAfter: string;
  readonly scrape: string;
}

export const QUICK: PagePace = {
  every: '1s',
  lateAfter: '30s',
  suspectAfter: '10s',
  scrape: '1s',
};
export const REAL: PagePace = {
  every: '60s',
  lateAfter: '10m',
  suspectAfter: '3m',
  scrape: '5s',
};

/** The whole path of a page: Postfix, Dovecot, the daemon, Prometheus, Alertmanager and a pager. */
export interface PageScene {
  readonly rig: MailRig;
  readonly home: DaemonHome;
  readonly prometheus: Prometheus;
  readonly pager: Webhook;
  /** Whose mail is whose: each probe has its own mailbox. */
  readonly users: Readonly<Record<ProbeName, RigUser>>;
  /** Between the watcher of `watched` and its mailbox. */
  readonly proxy: TcpProxy;
  readonly daemon: Program;
  stop(): Promise<void>;
}

/** `other` and `other-control` are behind a relay of their own; `watched` is seen through a proxy. */
const PROBES = ['support', 'control', 'other', 'other-control', 'watched'] as const;
export type ProbeName = (typeof PROBES)[number];

export async function startPageScene(pace: PagePace): Promise<PageScene> {
  const closers: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    const rig = await startMailRig();
    closers.push(() => rig.stop());
    const accounts: [ProbeName, RigUser][] = [];
    for (const name of PROBES) accounts.push([name, await rig.addUser(name)]);
    const users = Object.fromEntries(accounts) as Record<ProbeName, RigUser>;
    const proxy = await startProxy({ target: { port: rig.imapPort }, raw: true });
    closers.push(() => proxy.stop());
    const pager = await startWebhook();
    closers.push(() => pager.stop());
    const home = await createDaemonHome(configOf({ rig, users, proxy, pager }, pace));
    closers.push(() => home.remove());
    const generated = (command: string): Promise<string> => generate(command, home);
    const alertmanager = await startAlertmanager(await generated('alertmanager'));
    closers.push(() => alertmanager.stop());
    const daemon = await home.start();
    closers.push(() => {
      daemon.kill('SIGKILL');
      return daemon.ended;
    });
    const prometheus = await startPrometheus({
      targets: { mailcanary: [`127.0.0.1:${home.port}`] },
      rules: await generated('rules'),
      scrapeInterval: pace.scrape,
      alertmanagers: [alertmanager.address],
    });
    closers.push(() => prometheus.stop());
    return { rig, home, prometheus, pager, users, proxy, daemon, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function generate(command: string, home: DaemonHome): Promise<string> {
  const { exitCode, stdout, stderr } = await runProgram([command], { cwd: home.folder });
  if (exitCode !== 0) throw new Error(`${command}: ${stderr}`);
  return stdout;
}

type Parts = Pick<PageScene, 'rig' | 'users' | 'proxy' | 'pager'>;

function configOf({ rig, users, proxy, pager }: Parts, pace: PagePace): string {
  const smtp = `smtp://127.0.0.1:${rig.smtpPort}`;
  const observer = (name: ProbeName): string => {
    const { user, password } = users[name];
    const port = name === 'watched' ? proxy.port : rig.imapPort;
    return `  ${name}: { type: imap, url: "imap://${user}@127.0.0.1:${port}", password: "${password}" }`;
  };
  const probe = (name: ProbeName): string => {
    const role = name.endsWith('control') ? 'control' : 'target';
    const sender = name.startsWith('other') ? 'second' : 'first';
    const times = `every: ${pace.every}, late_after: ${pace.lateAfter}, suspect_after: ${pace.suspectAfter}`;
    const { address } = users[name];
    return `  ${name}: { sender: ${sender}, to: ${address}, observer: ${name}, role: ${role}, ${times} }`;
  };
  const hook = (name: string): string => `${name}: "${pager.url(name)}"`;
  const hooks = ['helpdesk_pages', 'monitoring_pages', 'tickets', 'deadman'].map(hook);
  return [
    'senders:',
    `  first: { type: smtp, url: "${smtp}", from: a@example.org }`,
    `  second: { type: smtp, url: "${smtp}", from: b@example.org }`,
    'observers:',
    ...PROBES.map(observer),
    'probes:',
    ...PROBES.map(probe),
    `heartbeat: { url: "${pager.url('heartbeat')}" }`,
    `alerts: { scrape_interval: ${pace.scrape}, webhooks: { ${hooks.join(', ')} } }`,
    '',
  ].join('\n');
}

/** From now on mail for a probe stays in the queue of the relay, which has accepted it. */
export function holdMail({ rig, users }: PageScene, probe: ProbeName): void {
  rig.hold(users[probe].address);
}

/** Mail flows again for these probes, and what was held is delivered. */
export async function releaseMail(scene: PageScene, probes: readonly ProbeName[]): Promise<void> {
  for (const probe of probes) scene.rig.policy.setAnswer(scene.users[probe].address, 'DUNNO');
  await scene.rig.releaseHeld();
  await scene.rig.flush();
}

/** Waits until each probe has an arrival and nothing waits. */
export async function whenCalm({ prometheus }: PageScene): Promise<void> {
  const arrived = 'count(mailcanary_verdicts_total{verdict="on_time"} > 0)';
  await prometheus.until(arrived, ([it]) => it?.value === PROBES.length);
}
