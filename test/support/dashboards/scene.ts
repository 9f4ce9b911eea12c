import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '../../../src/base/logger.ts';
import { createSystemClock, createSystemRandom } from '../../../src/base/system.ts';
import { demoConfig } from '../../../src/cli/demo-config.ts';
import { rulesInputOf } from '../../../src/rules-input.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { renderAlertmanager } from '../../../src/generate/alertmanager/render.ts';
import type { RulesInput } from '../../../src/generate/rules/input.ts';
import { renderRules } from '../../../src/generate/rules/render.ts';
import { createMonitor, type Monitor } from '../../../src/monitor.ts';
import { openStage, type Stage } from '../../../src/sandbox/stage.ts';
import { startAlertmanager } from '../rig/alertmanager.ts';
import { startPrometheus, type Prometheus } from '../rig/prometheus.ts';
import { startWebhook, type Webhook } from '../rig/webhook.ts';

/** The demo's sandbox and monitor, with the mailbox in front of the helpdesk, watched by a real Prometheus and a real Alertmanager. */
export interface DashboardScene {
  readonly stage: Stage;
  readonly monitor: Monitor;
  readonly prometheus: Prometheus;
  readonly pager: Webhook;
  /** What rules and dashboards are made of. */
  readonly input: RulesInput;
  stop(): Promise<void>;
}

/** A canary a second, and everything else as much faster than usual. */
const POLICY = 'every: 1s, suspect_after: 4s, late_after: 10s, lost_after: 20s, forget_after: 1h';
export const SCRAPE_MS = 1_000;
const SCRAPE = `${SCRAPE_MS / 1_000}s`;
/** Under which Prometheus scrapes the monitor. */
export const JOB = 'mailcanary';
const TOKEN_KEY = 'a token key for the tests of dashboards';

export async function startDashboardScene(): Promise<DashboardScene> {
  const closers: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    const folder = await mkdtemp(join(tmpdir(), 'mailcanary-dashboards-'));
    closers.push(() => rm(folder, { recursive: true, force: true }));
    const pager = await startWebhook();
    closers.push(() => pager.stop());
    const file = join(folder, 'mailcanary.yaml');
    const { stage, monitor } = await startMonitor({ file, pager, closers });
    const config = await loadConfig(file);
    const input = rulesInputOf(config);
    const alertmanager = await startAlertmanager(renderAlertmanager(config.alerts));
    closers.push(() => alertmanager.stop());
    const prometheus = await startPrometheus({
      targets: {
        [JOB]: [`127.0.0.1:${monitor.address.port}`],
        alertmanager: [alertmanager.address],
      },
      itself: true,
      // What is evaluated each 15 s would not be seen often enough.
      rules: renderRules(input).replaceAll('interval: 15s', `interval: ${SCRAPE}`),
      scrapeInterval: SCRAPE,
      alertmanagers: [alertmanager.address],
    });
    closers.push(() => prometheus.stop());
    return { stage, monitor, prometheus, pager, input, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Place {
  readonly file: string;
  readonly pager: Webhook;
  readonly closers: (() => Promise<unknown>)[];
}

async function startMonitor({
  file,
  pager,
  closers,
}: Place): Promise<Pick<DashboardScene, 'stage' | 'monitor'>> {
  const clock = createSystemClock();
  const random = createSystemRandom();
  const tools = { clock, random, logger: silentLogger };
  const stage = await openStage(
    { incident: undefined, speed: undefined, isMailboxInFront: true },
    tools,
  );
  if (stage.type === 'refused') throw new Error(stage.why);
  closers.push(() => stage.stop());
  const addresses = await stage.start();
  const hookSecret = 'a secret of the tests';
  const demo = demoConfig({ stage, addresses, port: 0, tokenKey: TOKEN_KEY, hookSecret });
  const hook = (name: string): string => `${name}: "${pager.url(name)}"`;
  const hooks = ['helpdesk_pages', 'monitoring_pages', 'tickets', 'deadman'].map(hook);
  await writeFile(
    file,
    `${demo
      .replaceAll(/every: 5s,[^}]*forget_after: 1h/g, POLICY)
      .replace('look_every: 10s, index_lag: 5s', 'look_every: 2s, index_lag: 1s')
      .replace('observer: helpdesk,', 'observer: [mailbox, helpdesk],')}
heartbeat: { url: "${pager.url('heartbeat')}", every: 10s }
alerts: { scrape_interval: ${SCRAPE}, webhooks: { ${hooks.join(', ')} } }
`,
  );
  const monitor = await createMonitor(await loadConfig(file), {
    ...tools,
    build: { version: '0.0.0', revision: 'test', node: process.versions.node },
    loadConfig: () => loadConfig(file),
  });
  closers.push(() => monitor.stop());
  closers.push(() => stage.stop());
  const hooksAddress = monitor.hooksAddress;
  if (hooksAddress !== undefined) {
    stage.callHook(`http://${hooksAddress.host}:${hooksAddress.port}/helpdesk`, hookSecret);
  }
  return { stage, monitor };
}
