import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { parseOpenMetrics, valueOf } from '../support/openmetrics.ts';
import { startProgram, type Program } from '../support/program.ts';
import { startMailRig, type MailRig, type RigUser } from '../support/rig/mail-rig.ts';
import { findFreePorts } from '../support/rig/processes.ts';

let rig: MailRig;
let folder: string;
let user: RigUser;
let port: number;
let daemon: Program;
beforeEach(async () => {
  rig = await startMailRig();
  folder = await mkdtemp(join(tmpdir(), 'mailcanary-disk-'));
  user = await rig.addUser();
  [port = 0] = await findFreePorts(1);
});
afterEach(async () => {
  daemon.kill('SIGKILL');
  await daemon.ended;
  await rig.stop();
  await rm(folder, { recursive: true, force: true });
});

async function startDaemon(every: string): Promise<void> {
  await writeFile(
    join(folder, 'mailcanary.yaml'),
    `token_keys: ["a key for tests, of good length"]
server: { listen: "127.0.0.1:${port}" }
senders:
  relay: { type: smtp, url: "smtp://127.0.0.1:${rig.smtpPort}", from: a@example.org }
observers:
  mailbox: { type: imap, url: "imap://${user.user}@127.0.0.1:${rig.imapPort}", password: "${user.password}" }
probes:
  support: { sender: relay, to: ${user.address}, observer: mailbox, every: ${every} }
`,
  );
  daemon = startProgram(['run'], { cwd: folder });
  await daemon.whenSaid(/monitor started/);
}

/** From now on no sync of the process reaches the disk: each answers EIO. Answers how to heal it. */
function breakDisk(pid: number): () => Promise<void> {
  const injection = 'inject=fsync,fdatasync:error=EIO';
  const options = ['-f', '-qq', '-e', 'trace=fsync,fdatasync', '-e', injection, '-p', String(pid)];
  const strace = spawn('strace', options, { stdio: 'ignore' });
  const ended = once(strace, 'exit');
  return async () => {
    strace.kill('SIGTERM');
    await ended;
  };
}

async function figure(name: string, labels: Record<string, string> = {}): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`);
  return valueOf(parseOpenMetrics(await response.text()), `mailcanary_${name}`, labels) ?? NaN;
}

it('a disk that takes nothing shows without traffic, and when it is well again', async () => {
  await startDaemon('1h');
  expect(await figure('ledger_writable')).toBe(1);

  const heal = breakDisk(daemon.pid);
  await daemon.whenSaid(/the ledger cannot be written/);
  const broken = await figure('ledger_writable');
  const errors = await figure('ledger_errors_total', { op: 'sync' });
  await heal();
  await daemon.whenSaid(/the ledger can be written again/);

  expect(broken).toBe(0);
  expect(errors).toBeGreaterThan(0);
  expect(await figure('ledger_writable')).toBe(1);
});

it('nothing is sent while the disk takes nothing, and SIGTERM still ends within 10 s', async () => {
  await startDaemon('1s');
  await daemon.whenSaid(/canary accepted/);

  const heal = breakDisk(daemon.pid);
  await daemon.whenSaid(/launch failed/);
  const attempts = await figure('send_attempts_total', { result: 'accepted' });
  await daemon.whenSaid(/(?:launch failed[^]*){3}/);
  const attemptsLater = await figure('send_attempts_total', { result: 'accepted' });
  const asked = Date.now();
  daemon.kill('SIGTERM');
  const { exitCode } = await daemon.ended;
  const tookMs = Date.now() - asked;
  await heal();

  // A dialogue under way when the disk died may end after it.
  expect(attemptsLater - attempts).toBeLessThanOrEqual(1);
  expect(exitCode).toBe(0);
  expect(tookMs).toBeLessThan(10_000);
});
