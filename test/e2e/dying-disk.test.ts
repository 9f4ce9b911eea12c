import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createDaemonHome, type DaemonHome } from '../support/daemon-home.ts';
import { valueOf } from '../support/openmetrics.ts';
import type { Program } from '../support/program.ts';
import { startMailRig, type MailRig } from '../support/rig/mail-rig.ts';

let rig: MailRig;
let home: DaemonHome;
let daemon: Program;
beforeEach(async () => {
  rig = await startMailRig();
});
afterEach(async () => {
  daemon.kill('SIGKILL');
  await daemon.ended;
  await rig.stop();
  await home.remove();
});

async function startDaemon(every: string): Promise<void> {
  const { user, password, address } = await rig.addUser();
  home = await createDaemonHome(`
senders:
  relay: { type: smtp, url: "smtp://127.0.0.1:${rig.smtpPort}", from: a@example.org }
observers:
  mailbox: { type: imap, url: "imap://${user}@127.0.0.1:${rig.imapPort}", password: "${password}" }
probes:
  support: { sender: relay, to: ${address}, observer: mailbox, every: ${every} }
`);
  daemon = await home.start();
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
  return valueOf(await home.scrape(), `mailcanary_${name}`, labels) ?? Number.NaN;
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
  // It may die between a launch and its answer: then the probe waits for that to be written, and launches nothing.
  await daemon.whenSaid(/the ledger cannot be written/);
  const attempts = await figure('send_attempts_total', { result: 'accepted' });
  const failures = await figure('ledger_errors_total', { op: 'sync' });
  await expect
    .poll(() => figure('ledger_errors_total', { op: 'sync' }), { timeout: 30_000, interval: 250 })
    .toBeGreaterThanOrEqual(failures + 3);
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
