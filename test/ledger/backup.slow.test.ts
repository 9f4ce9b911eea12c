import { readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'libsql';
import { describe, expect, it } from 'vitest';
import { auditLedger, backupLedger } from '../../src/ledger/upkeep.ts';
import { accepted, createBench, draft, idOf, settled, sighted } from './support.ts';

const sizesOf = async (file: string): Promise<readonly number[]> =>
  Promise.all(['', '-wal'].map(async (end) => (await stat(`${file}${end}`)).size));

describe('backupLedger', () => {
  it('copies everything that is committed, for the owner alone', async () => {
    const bench = await createBench();
    const ledger = await bench.open();
    await ledger.launch(draft(1));
    await ledger.append([{ id: draft(1).id, fact: accepted() }]);
    const file = join(bench.folder, 'copy.db');

    const made = await backupLedger(bench.url, file);

    expect(made).toMatchObject({ file, canaries: 1, position: 2 });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const audit = await auditLedger(`sqlite:${file}`);
    expect(audit.findings.every(({ ok }) => ok)).toBe(true);
    expect(await readdir(bench.folder)).not.toContainEqual(expect.stringContaining('partial'));
  });

  it('changes no byte of the ledger and checkpoints nothing', async () => {
    const bench = await createBench();
    const ledger = await bench.open();
    for (let number = 1; number <= 20; number += 1) await ledger.launch(draft(number));
    const before = await sizesOf(bench.file);
    const bytes = await readFile(bench.file);

    await backupLedger(bench.url, join(bench.folder, 'copy.db'));

    expect(await sizesOf(bench.file)).toEqual(before);
    expect((await readFile(bench.file)).equals(bytes)).toBe(true);
  });

  it('is of one instant, however busy the writer is: its books balance', async () => {
    const bench = await createBench();
    const ledger = await bench.open();
    const copies: string[] = [];

    for (let round = 0; round < 8; round += 1) {
      const writing = Promise.all(
        Array.from({ length: 20 }, async (_, lane) => {
          const { launch } = await ledger.launch(draft(round * 100 + lane));
          for (const fact of [accepted(), sighted(), settled()]) {
            await ledger.append([{ id: launch.id, fact }]);
          }
        }),
      );
      const file = join(bench.folder, `copy-${round}.db`);
      await backupLedger(bench.url, file);
      copies.push(file);
      await writing;
    }

    for (const file of copies) {
      const { findings } = await auditLedger(`sqlite:${file}`);
      expect(findings.filter(({ ok }) => !ok)).toEqual([]);
    }
    expect((await auditLedger(bench.url)).findings.filter(({ ok }) => !ok)).toEqual([]);
  });

  it('never overwrites, and leaves nothing behind where it fails', async () => {
    const bench = await createBench();
    await bench.open();
    const file = join(bench.folder, 'taken.db');
    await writeFile(file, 'mine');
    const files = await readdir(bench.folder);

    await expect(backupLedger(bench.url, file)).rejects.toMatchObject({
      reason: 'ledger',
      message: `the backup ${file} cannot be written: it exists already, and is not overwritten`,
    });
    await expect(backupLedger(bench.url, bench.file)).rejects.toThrow('is not overwritten');
    await expect(backupLedger(bench.url, join(bench.folder, 'no/x.db'))).rejects.toThrow(
      'its folder does not exist',
    );

    expect(await readFile(file, 'utf8')).toBe('mine');
    expect(await readdir(bench.folder)).toEqual(files);
  });

  it('becomes a ledger again', async () => {
    const bench = await createBench();
    const ledger = await bench.open();
    await ledger.launch(draft(1));
    const restored = await createBench();
    await backupLedger(bench.url, restored.file);

    const again = await restored.open();
    await again.launch(draft(2));

    expect(again.open().map(idOf)).toEqual([draft(1).id, draft(2).id]);
  });

  it('says where there is no ledger to copy, or one of a newer program', async () => {
    const bench = await createBench();
    const file = join(bench.folder, 'copy.db');
    await expect(backupLedger(bench.url, file)).rejects.toThrow('it does not exist');
    await (await bench.open()).close();
    const database = new Database(bench.file);
    database.exec(`update meta set value = '9' where name = 'schema'`);
    database.close();

    await expect(backupLedger(bench.url, file)).rejects.toThrow(
      'has schema 9, newer than this program, which knows schema 8',
    );
  });
});
