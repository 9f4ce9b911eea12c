import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { MAIN } from '../support/program.ts';
import { startMailRig, type MailRig } from '../support/rig/mail-rig.ts';

let rig: MailRig;
let folder: string;
beforeAll(async () => {
  rig = await startMailRig();
  folder = await mkdtemp(join(tmpdir(), 'mailcanary-strace-'));
});
afterAll(async () => {
  await rig.stop();
  await rm(folder, { recursive: true, force: true });
});

/** The system calls of one probe that write or sync, in the order in which they returned. */
async function tracedProbe(): Promise<readonly string[]> {
  const { user, password, address } = await rig.addUser();
  const trace = join(folder, 'trace');
  const probe = [
    ...['probe', '--smtp', `smtp://127.0.0.1:${rig.smtpPort}`],
    ...['--from', 'a@example.org', '--to', address],
    ...['--imap', `imap://${user}:${password}@127.0.0.1:${rig.imapPort}`],
    ...['--timeout', '30s', '--late-after', '20s', '--format', 'json'],
  ];
  const calls = 'trace=pwrite64,pwritev,write,writev,sendto,sendmsg,fsync,fdatasync';
  const options = ['-f', '-y', '-s', '65536', '-e', calls, '-o', trace];
  const child = spawn('strace', [...options, process.execPath, MAIN, ...probe], {
    stdio: 'ignore',
  });
  const exitCode = await new Promise((resolve) => child.on('close', resolve));
  expect(exitCode).toBe(0);
  return (await readFile(trace, 'utf8')).split('\n');
}

it('syncs the launch record to disk before the first SMTP byte', async () => {
  const calls = await tracedProbe();

  const written = calls.findIndex((call) => /pwrite.*probe\.db-wal>.*mcam[a-z2-7]{56}/.test(call));
  const synced = calls.findIndex(
    (call, index) => index > written && /f(data)?sync\(.*probe\.db-wal>\)\s+= 0/.test(call),
  );
  const greeted = calls.findIndex((call) => /write.*"EHLO /.test(call));
  expect(written).toBeGreaterThan(-1);
  expect(synced).toBeGreaterThan(written);
  expect(greeted).toBeGreaterThan(synced);
});
