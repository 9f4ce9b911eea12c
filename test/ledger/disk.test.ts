import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { describe, expect, it } from 'vitest';
import { accepted, atEnd, createBench, draft, settled, sighted } from './support.ts';
import { createFakeClock } from '../support/fake-clock.ts';

/** A file system of one megabyte, or undefined where this machine does not let us make one. */
function mountSmallDisk(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'mailcanary-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'ignore' });
    return folder;
  } catch {
    rmSync(folder, { recursive: true });
    return undefined;
  }
}

/** Lazily: libsql lets a file go only when its statements are garbage. */
async function unmount(folder: string): Promise<void> {
  execFileSync('umount', ['--lazy', folder]);
  await rm(folder, { recursive: true });
}

/** Leaves no byte free. */
async function fill(folder: string): Promise<string> {
  const filler = join(folder, 'filler');
  await writeFile(filler, '');
  for (const size of [65_536, 4_096]) {
    const block = Buffer.alloc(size);
    try {
      for (;;) await writeFile(filler, block, { flag: 'a' });
    } catch {
      // full to this block size
    }
  }
  return filler;
}

const probe = mountSmallDisk();
if (probe !== undefined) await unmount(probe);
const reason = probe === undefined ? ' (skipped: needs the right to mount a tmpfs)' : '';

describe.skipIf(probe === undefined)(`a small disk${reason}`, () => {
  it('full: launches fail at once, facts wait, and all is well when there is room again', async () => {
    const folder = mountSmallDisk()!;
    atEnd(() => unmount(folder));
    const bench = await createBench(folder);
    const clock = createFakeClock();
    const failed: string[] = [];
    const ledger = await bench.open({ clock, onError: (operation) => failed.push(operation) });
    const { id } = (await ledger.launch(draft(1))).launch;
    const filler = await fill(folder);
    const detail = 'x'.repeat(100_000); // more than the log has room for

    const fact = {
      ...accepted(),
      acceptance: { at: { low: 1, high: 2 }, queueId: detail, serverMessageId: null },
    } as const;
    const waiting = ledger.append([{ id, fact }]);
    const launching = ledger.launch({ ...draft(2), token: detail });
    await expect(launching).rejects.toMatchObject({
      reason: 'ledger',
      retryable: true,
      message: `the ledger ${bench.file} cannot be written: the disk is full`,
    });
    const writableWhenFull = ledger.isWritable();
    const openWhenFull = ledger.open();
    await rm(filler);
    await clock.whenAsleep();
    await clock.advance(5_000);
    const events = await waiting;

    expect(writableWhenFull).toBe(false);
    expect(new Set(failed)).toEqual(new Set(['write']));
    expect(openWhenFull).toHaveLength(1);
    expect(openWhenFull[0]?.acceptance).toBeNull();
    expect(events.map((event) => event.position)).toEqual([2]);
    expect(ledger.isWritable()).toBe(true);
    expect((await ledger.launch(draft(3))).launch.sequence).toBe(2);
  });

  it('full to the end: closing rejects what waits, and what was written stays', async () => {
    const folder = mountSmallDisk()!;
    atEnd(() => unmount(folder));
    const bench = await createBench(folder);
    const clock = createFakeClock();
    const ledger = await bench.open({ clock });
    const { id } = (await ledger.launch(draft(1))).launch;
    const filler = await fill(folder);
    const externalId = 'x'.repeat(100_000);

    const waiting = ledger.append([{ id, fact: sighted(1, externalId) }]);
    const failure = waiting.catch((error: unknown) => error);
    await clock.whenAsleep();
    await ledger.close();
    await rm(filler);
    const reopened = await bench.open();

    expect(await failure).toMatchObject({ reason: 'ledger', retryable: false });
    expect(reopened.open().map((canary) => canary.sightings)).toEqual([[]]);
  });

  it('read-only: opening to write says so, opening to read works', async () => {
    const folder = mountSmallDisk()!;
    atEnd(() => unmount(folder));
    const bench = await createBench(folder);
    const ledger = await bench.open();
    await ledger.launch(draft(1));
    await ledger.close();
    execFileSync('mount', ['--bind', folder, folder]);
    execFileSync('mount', ['-o', 'remount,bind,ro', folder]);
    atEnd(async () => {
      execFileSync('umount', ['--lazy', folder]);
      await Promise.resolve();
    });

    const opening = bench.open();

    await expect(opening).rejects.toMatchObject({ reason: 'ledger' });
    await expect(opening).rejects.toThrow('it is read-only');
    expect((await (await bench.view()).recent(5)).map(({ launch }) => launch.id)).toEqual([
      draft(1).id,
    ]);
  });
});

describe('a foreign lock', () => {
  it('fails a launch, lets facts wait, and goes away', async () => {
    const bench = await createBench();
    const clock = createFakeClock();
    const ledger = await bench.open({ clock });
    const { id } = (await ledger.launch(draft(1))).launch;
    const shell = new Database(bench.file);
    shell.exec('begin immediate');

    const launching = ledger.launch(draft(2));
    const waiting = ledger.append([{ id, fact: settled() }]);
    await expect(launching).rejects.toThrow('another program has locked it');
    const check = await ledger.checkWritable();
    shell.exec('rollback');
    shell.close();
    const checkAfter = await ledger.checkWritable();
    const events = await waiting;

    expect([check, checkAfter]).toEqual([false, true]);
    expect(events).toHaveLength(1);
  });
});
