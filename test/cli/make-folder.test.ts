import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeFolder } from '../../src/cli/make-folder.ts';

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'mailcanary-folder-'));
});
afterAll(() => rm(home, { recursive: true }));

describe('makeFolder', () => {
  it('makes what is missing, and is content with what is there', async () => {
    const folder = join(home, 'a', 'b');

    await makeFolder(folder);
    await makeFolder(folder);

    expect((await stat(folder)).isDirectory()).toBe(true);
  });

  it('says that something else has the name, of it or of one above', async () => {
    const file = join(home, 'file');
    await writeFile(file, '');

    await expect(makeFolder(file)).rejects.toThrow('file is no folder');
    await expect(makeFolder(join(file, 'below'))).rejects.toThrow(/file is no folder|ENOTDIR/);
  });

  it('ends where no folder can be made', async () => {
    await expect(makeFolder('/proc/mailcanary/new')).rejects.toThrow(/ENOENT|EACCES|EPERM/);
  });
});
