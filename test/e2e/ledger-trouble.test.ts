import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { createDaemonHome, imbalanceOf, sumOf, type DaemonHome } from '../support/daemon-home.ts';
import { valueOf } from '../support/openmetrics.ts';
import { startProgram, type Program, type ProgramRun } from '../support/program.ts';
import { startMailRig, type MailRig } from '../support/rig/mail-rig.ts';

let rig: MailRig;
const closers: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  rig = await startMailRig();
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
afterAll(() => rig.stop());

interface Scene {
  readonly home: DaemonHome;
  readonly disk: string;
  /** What the configuration says besides the ledger. */
  readonly configOf: (every: string) => string;
}

/** A daemon's home whose ledger is on a disk of one megabyte. */
async function setScene(every: string): Promise<Scene> {
  const disk = mkdtempSync(join(tmpdir(), 'mailcanary-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk]);
  closers.push(() => {
    execFileSync('umount', ['--lazy', disk]);
    return rm(disk, { recursive: true });
  });
  const { user, password, address } = await rig.addUser();
  const configOf = (cadence: string): string => `
senders:
  relay: { type: smtp, url: "smtp://127.0.0.1:${rig.smtpPort}", from: a@example.org }
observers:
  mailbox: { type: imap, url: "imap://${user}@127.0.0.1:${rig.imapPort}", password: "${password}" }
probes:
  support: { sender: relay, to: ${address}, observer: mailbox, every: ${cadence} }
`;
  const home = await createDaemonHome(configOf(every), `sqlite:${join(disk, 'ledger.db')}`);
  closers.push(() => home.remove());
  return { home, disk, configOf };
}

async function start(home: DaemonHome): Promise<Program> {
  const daemon = await home.start();
  closers.push(() => {
    daemon.kill('SIGKILL');
    return daemon.ended;
  });
  return daemon;
}

/** A daemon that cannot start. */
function refusedRun(home: DaemonHome): Promise<ProgramRun> {
  return startProgram(['run'], { cwd: home.folder }).ended;
}

/** Leaves no byte free. */
async function fill(disk: string): Promise<string> {
  const filler = join(disk, 'filler');
  for (const size of [65_536, 4_096]) {
    try {
      for (;;) await writeFile(filler, Buffer.alloc(size), { flag: 'a' });
    } catch {
      // full to this block size
    }
  }
  return filler;
}

it('a full disk: nothing is sent, it shows, and it goes on by itself when there is room', async () => {
  const { home, disk } = await setScene('1s');
  const daemon = await start(home);
  await daemon.whenSaid(/canary accepted/);

  const filler = await fill(disk);
  await daemon.whenSaid(/the ledger cannot be written/);
  const metrics = await home.scrape();
  await rm(filler);
  await daemon.whenSaid(/the ledger can be written again/);
  const before = sumOf(await home.scrape(), 'mailcanary_launched_total');
  const launched = async (): Promise<number> =>
    sumOf(await home.scrape(), 'mailcanary_launched_total');
  await expect.poll(launched, { timeout: 30_000 }).toBeGreaterThan(before);

  expect(valueOf(metrics, 'mailcanary_ledger_writable', {})).toBe(0);
  expect(imbalanceOf(metrics)).toBeUndefined();
  expect(imbalanceOf(await home.scrape())).toBeUndefined();
  expect(daemon.said()).toMatch(/the disk is full/);
});

it('a read-only disk: run says so and ends with 3, status reads on', async () => {
  const { home, disk } = await setScene('1h');
  const daemon = await start(home);
  daemon.kill('SIGTERM');
  await daemon.ended;
  execFileSync('mount', ['-o', 'remount,ro', disk]);

  const run = await refusedRun(home);
  const status = await startProgram(['status', '--format', 'json'], { cwd: home.folder }).ended;

  expect(run.exitCode).toBe(3);
  expect(run.stderr + run.stdout).toContain('it is read-only');
  expect(status.stdout, status.stderr).toContain('"support"');
});

it('a damaged file: run says so and ends with 3, and not a byte of it changes', async () => {
  const { home, disk } = await setScene('1h');
  const daemon = await start(home);
  daemon.kill('SIGTERM');
  await daemon.ended;
  const file = join(disk, 'ledger.db');
  const damaged = readFileSync(file).fill(0xa5, 100);
  await writeFile(file, damaged);
  chmodSync(file, 0o600);

  const run = await refusedRun(home);
  const check = await startProgram(['ledger', 'check'], { cwd: home.folder }).ended;

  expect([run.exitCode, check.exitCode === 0]).toEqual([3, false]);
  expect(run.stderr + run.stdout).toContain('the file is corrupt');
  expect(readFileSync(file).equals(damaged)).toBe(true);
});

it('a ledger that another daemon has: run names the process and ends with 3', async () => {
  const { home } = await setScene('1h');
  const daemon = await start(home);

  const run = await refusedRun(home);

  expect(run.exitCode).toBe(3);
  expect(run.stderr + run.stdout).toContain(`is in use by process ${daemon.pid}`);
});

it('a lost ledger: what was on the way is a stranger, and no verdict', async () => {
  const { home, disk, configOf } = await setScene('10s');
  rig.defer();
  const first = await start(home);
  await first.whenSaid(/canary accepted/);
  first.kill('SIGKILL');
  await first.ended;
  for (const end of ['', '-wal', '-shm']) {
    await rm(join(disk, `ledger.db${end}`), { force: true });
  }
  await home.writeConfig(configOf('1d'));
  await start(home);
  await rig.release();

  const figure = async (name: string): Promise<number> =>
    sumOf(await home.scrape(), `mailcanary_${name}`);
  await expect.poll(() => figure('unmatched_total'), { timeout: 30_000 }).toBe(1);

  const labels = { observer: 'mailbox', reason: 'unknown_id' };
  expect(valueOf(await home.scrape(), 'mailcanary_unmatched_total', labels)).toBe(1);
  expect([await figure('launched_total'), await figure('verdicts_total')]).toEqual([0, 0]);
});
