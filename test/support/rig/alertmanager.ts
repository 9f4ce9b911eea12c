import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePorts, guardFolder, startDaemon } from './processes.ts';

/** A real Alertmanager on 127.0.0.1, alone. */
export interface Alertmanager {
  /** `host:port`, for Prometheus. */
  readonly address: string;
  /** Tells it of alerts as Prometheus does. @throws Error when it does not take them. */
  post(alerts: readonly PostedAlert[]): Promise<void>;
  stop(): Promise<void>;
}

export interface PostedAlert {
  readonly labels: Readonly<Record<string, string>>;
  /** ISO 8601; absent: it goes on. */
  readonly endsAt?: string;
}

/** `config`: the text of its configuration file. */
export async function startAlertmanager(config: string): Promise<Alertmanager> {
  const folder = await mkdtemp(join(tmpdir(), 'alertmanager-rig-'));
  const dropGuard = guardFolder(folder);
  const [port = 0] = await findFreePorts(1);
  const address = `127.0.0.1:${port}`;
  await writeFile(join(folder, 'alertmanager.yml'), config);
  const daemon = startDaemon('prometheus-alertmanager', [
    `--config.file=${join(folder, 'alertmanager.yml')}`,
    `--storage.path=${join(folder, 'data')}`,
    `--web.listen-address=${address}`,
    '--cluster.listen-address=',
    '--log.level=error',
  ]);
  const stop = async (): Promise<void> => {
    await daemon.kill(); // its memory is not wanted
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    dropGuard();
  };
  const end = Date.now() + 20_000;
  const isReady = (): Promise<boolean> =>
    fetch(`http://${address}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await isReady())) {
    if (daemon.isRunning() && Date.now() < end) await sleep(20);
    else {
      await stop();
      throw new Error('Alertmanager does not start');
    }
  }
  return {
    address,
    stop,
    async post(alerts) {
      const answer = await fetch(`http://${address}/api/v2/alerts`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(alerts),
      });
      if (!answer.ok) throw new Error(`Alertmanager: ${answer.status} ${await answer.text()}`);
    },
  };
}
