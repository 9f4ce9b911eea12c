import { chmod, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import Database from 'libsql';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/base/logger.ts';
import { createSystemClock } from '../../src/base/system.ts';
import { openLedger } from '../../src/ledger/open.ts';
import { openView } from '../../src/ledger/views.ts';
import { buildScript, start } from './children.ts';
import { atEnd, createBench, draft, idOf, type Bench } from './support.ts';

const tools = { clock: createSystemClock(), logger: silentLogger };

/** Another process that opens the ledger and then waits to be killed. */
async function openElsewhere(url: string): Promise<{ pid: number; kill(): Promise<void> }> {
  const child = start(await buildScript('holder'), [url]);
  const kill = async (): Promise<void> => {
    child.process.kill('SIGKILL');
    await child.exited;
  };
  atEnd(kill);
  for await (const line of createInterface({ input: child.process.stdout })) {
    if (line === 'open') break;
  }
  return { pid: child.process.pid!, kill };
}

/** What a process says that may read the ledger's folder and write nothing. */
async function readAsNobody(url: string): Promise<string> {
  const child = start(await buildScript('reader'), [url], { uid: 65_534, gid: 65_534 });
  let said = '';
  for await (const line of createInterface({ input: child.process.stdout })) said += line;
  await child.exited;
  return said;
}

function spoil(bench: Bench, text: string): void {
  const database = new Database(bench.file);
  database.exec(text);
  database.close();
}

describe('one writer a file', () => {
  it('refuses a second one in another process by its pid, until that one is killed', async () => {
    const bench = await createBench();
    const other = await openElsewhere(bench.url);

    const refused = bench.open();
    await expect(refused).rejects.toMatchObject({
      reason: 'ledger',
      message: `the ledger ${bench.file} is in use by process ${other.pid}: only one may write to it`,
    });
    await other.kill();
    const ledger = await bench.open();

    expect(ledger.isWritable()).toBe(true);
  }, 30_000);

  it('refuses a second one in this process, also by another name, and survives the attempts', async () => {
    const bench = await createBench();
    const ledger = await bench.open();
    const link = join(bench.folder, 'link.db');
    await symlink(bench.file, link);

    for (const path of [bench.file, link, `${bench.folder}/./ledger.db`]) {
      await expect(openLedger({ url: `sqlite:${path}` }, tools)).rejects.toThrow(
        `the ledger ${path} is in use by process ${process.pid}: only one may write to it`,
      );
    }
    await expect(bench.open()).rejects.toThrow('in use');

    expect(idOf(await ledger.launch(draft(1)))).toBe(draft(1).id);
  });

  it('lets the file go when it is closed, and leaves all in one file', async () => {
    const bench = await createBench();
    await (await bench.open()).close();

    const files = await readdir(bench.folder);
    await (await bench.open()).close();

    expect(files).toContain('ledger.db.lock');
    expect(files).not.toContain('ledger.db.pid');
  });

  it('lets the file go when it could not be opened', async () => {
    const bench = await createBench();
    await writeFile(bench.file, 'no database');
    await expect(bench.open()).rejects.toThrow();

    await writeFile(bench.file, '');

    expect((await bench.open()).isWritable()).toBe(true);
  });

  it('keeps two ledgers in memory apart', async () => {
    const first = await openLedger({ url: 'sqlite::memory:' }, tools);
    const second = await openLedger({ url: 'sqlite::memory:' }, tools);
    atEnd(() => Promise.all([first.close(), second.close()]));

    await first.launch(draft(1));

    expect([first.open().length, second.open().length]).toEqual([1, 0]);
  });
});

describe('what is no ledger', () => {
  it.each([
    ['garbage', 'this is not a database, whatever its name says. '.repeat(100)],
    ['a short text', 'hello'],
  ])('refuses %s and leaves it alone', async (_name, text) => {
    const bench = await createBench();
    await writeFile(bench.file, text);

    await expect(bench.open()).rejects.toMatchObject({
      reason: 'ledger',
      message: `the ledger ${bench.file} cannot be opened: the file is corrupt, or not an SQLite database`,
    });
    await expect(bench.view()).rejects.toMatchObject({ reason: 'ledger' });

    expect(await readFile(bench.file, 'utf8')).toBe(text);
  });

  it('refuses a folder, and a path through a missing one', async () => {
    const bench = await createBench();
    await mkdir(bench.file);

    await expect(bench.open()).rejects.toThrow(`${bench.file} cannot be opened: it is a folder`);
    await expect(openLedger({ url: `sqlite:${bench.folder}/no/x.db` }, tools)).rejects.toThrow(
      `the folder ${bench.folder}/no does not exist`,
    );
    await expect(openView(`sqlite:${bench.folder}/none.db`)).rejects.toThrow('it does not exist');
    expect(await readdir(bench.folder)).toEqual(['ledger.db']);
  });

  it('refuses the database of another program', async () => {
    const bench = await createBench();
    spoil(bench, 'create table meta (k text); create table cookies (v text)');

    await expect(bench.open()).rejects.toThrow('is a database of something else, not a ledger');
  });

  it('refuses a file that is damaged inside', async () => {
    const bench = await createBench();
    const ledger = await bench.open();
    await ledger.launch(draft(1));
    await ledger.close();
    const bytes = await readFile(bench.file);
    await writeFile(bench.file, bytes.fill(0xa5, 100));

    await expect(bench.open()).rejects.toThrow('the file is corrupt');
  });

  it('refuses a schema newer than its own, with both versions', async () => {
    const bench = await createBench();
    await (await bench.open()).close();
    spoil(bench, `update meta set value = '9' where name = 'schema'`);
    const message = `the ledger ${bench.file} has schema 9, newer than this program, which knows schema 8: use the newer program`;

    await expect(bench.open()).rejects.toMatchObject({ reason: 'ledger', message });
    await expect(bench.view()).rejects.toMatchObject({ reason: 'ledger', message });
  });

  it('refuses a URL that nobody understands', async () => {
    await expect(openLedger({ url: 'mysql://host/db' }, tools)).rejects.toMatchObject({
      reason: 'config',
    });
  });
});

describe('reading only', () => {
  it('reads what another one has written, and refuses each write', async () => {
    const bench = await createBench();
    const writer = await bench.open();
    await writer.launch(draft(1));
    await writer.recordLook({ observer: 'o', horizon: 5, cursor: null, facts: [] });

    const reader = await openLedger({ url: bench.url, readOnly: true }, tools);
    atEnd(() => reader.close());

    expect(reader.open().map(idOf)).toEqual([draft(1).id]);
    expect(reader.observerState('o')).toEqual({ horizon: 5, cursor: null });
    expect(await reader.find(draft(1).id)).toEqual(reader.open()[0]);
    expect(reader.isWritable()).toBe(false);
    await expect(reader.launch(draft(2))).rejects.toThrow('it was opened for reading only');
  });

  it('reads a ledger that nobody writes to, and makes no file', async () => {
    const bench = await createBench();
    const ledger = await bench.open();
    await ledger.launch(draft(1));
    await ledger.close();

    const view = await bench.view();

    expect((await view.recent(5)).map(idOf)).toEqual([draft(1).id]);
  });

  it.skipIf(process.getuid?.() !== 0)(
    'works without any right to write, while a writer runs and after it (needs root to drop rights)',
    async () => {
      const bench = await createBench();
      await chmod(bench.folder, 0o755);
      const ledger = await bench.open();
      await ledger.launch(draft(1));
      for (const end of ['', '-wal', '-shm']) await chmod(`${bench.file}${end}`, 0o644);

      const during = await readAsNobody(bench.url);
      await ledger.close();
      for (const end of ['-wal', '-shm']) await rm(`${bench.file}${end}`, { force: true });
      const after = await readAsNobody(bench.url);

      expect([during, after]).toEqual(['1 canaries', '1 canaries']);
    },
    30_000,
  );

  it('is nobody else’s to read: it holds tokens', async () => {
    const bench = await createBench();
    const ledger = await bench.open();
    await ledger.launch(draft(1));

    const modes = ['', '-wal', '-shm'].map(async (end) => (await stat(`${bench.file}${end}`)).mode);
    const forOthers = (await Promise.all(modes)).map((mode) => mode & 0o007);

    await ledger.close();
    expect(forOthers).toEqual([0, 0, 0]);
  });

  it('says so where there is an empty database only', async () => {
    const bench = await createBench();
    await writeFile(bench.file, '');

    await expect(bench.view()).rejects.toThrow('is empty, not a ledger yet');
  });
});
