import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createDaemonHome, type DaemonHome } from '../support/daemon-home.ts';
import { MAIN } from '../support/program.ts';

let home: DaemonHome;
beforeEach(async () => {
  home = await createDaemonHome('');
  const mail = join(home.folder, 'mail');
  for (const part of ['cur', 'new', 'tmp']) await mkdir(join(mail, part), { recursive: true });
  await home.writeConfig(`
senders:
  relay: { type: smtp, url: "smtp://127.0.0.1:1", from: a@example.org }
observers:
  mailbox: { type: maildir, path: ${mail} }
probes:
  support: { sender: relay, to: support@example.org, observer: mailbox, every: 1h }
`);
});
afterEach(() => home.remove());

/** Started with one stream on a disk without room; what it says on the other one. */
async function startWithout(
  stream: 'stdout' | 'stderr',
  args: readonly string[],
): Promise<{
  readonly ended: Promise<{ readonly exitCode: number; readonly said: string }>;
  readonly kill: (signal: NodeJS.Signals) => void;
}> {
  const full = await open('/dev/full', 'w');
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: home.folder,
    stdio: [
      'ignore',
      stream === 'stdout' ? full.fd : 'pipe',
      stream === 'stderr' ? full.fd : 'pipe',
    ],
  });
  await full.close();
  let said = '';
  const other = stream === 'stdout' ? child.stderr : child.stdout;
  other?.on('data', (chunk) => (said += String(chunk)));
  const ended = once(child, 'close').then(([exitCode]) => ({ exitCode: Number(exitCode), said }));
  return { ended, kill: (signal) => void child.kill(signal) };
}

it('a daemon whose log is on a full disk goes on, and ends as asked', async () => {
  const daemon = await startWithout('stderr', ['run']);

  const health = await vi.waitFor(() => home.get('/healthz'), { timeout: 20_000 });
  daemon.kill('SIGTERM');

  expect(health.status).toBe(200);
  expect((await daemon.ended).exitCode).toBe(0);
});

it('a result that cannot be written is told, and is no success', async () => {
  const command = await startWithout('stdout', ['rules', '--defaults']);

  const { exitCode, said } = await command.ended;

  expect(said).toBe(
    'mailcanary: the output cannot be written: ENOSPC: no space left on device, write\n',
  );
  expect(exitCode).toBe(3);
});
