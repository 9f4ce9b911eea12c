import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { OBSERVERS } from '../src/observers/registry.ts';
import { SENDERS } from '../src/senders/registry.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const run = promisify(execFile);

/** Folders in a family that are no adapter but manners that several share. */
const SHARED = ['observers/feed', 'observers/http'];

async function adapterFolders(family: string): Promise<string[]> {
  const entries = await readdir(`${ROOT}/src/${family}`, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() && !SHARED.includes(`${family}/${entry.name}`))
    .map((entry) => entry.name);
}

/** The folder `http` has the manners of all that speak it; the observer of that type lies beside it. */
const FOLDERS: Readonly<Record<string, string>> = { http: 'http-api' };

async function sourceFiles(): Promise<string[]> {
  const entries = await readdir(`${ROOT}/src`, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => `${entry.parentPath}/${entry.name}`);
}

describe('architecture', () => {
  it('imports point down only, without cycles, types counted', { timeout: 60_000 }, async () => {
    const cruiser = `${ROOT}/node_modules/.bin/depcruise`;

    const { stdout } = await run(
      cruiser,
      ['src', '--config', '.dependency-cruiser.cjs', '--output-type', 'err'],
      { cwd: ROOT },
    );

    expect(stdout).toContain('no dependency violations found');
  });

  it.each([
    ['senders', SENDERS],
    ['observers', OBSERVERS],
  ])('%s: the registry names exactly the folders on disk', async (family, registry) => {
    const folders = Object.keys(registry).map((type) => FOLDERS[type] ?? type);

    expect(folders.sort()).toEqual((await adapterFolders(family)).sort());
  });

  it('every observer and sender has a readme for its users', async () => {
    for (const family of ['senders', 'observers']) {
      for (const folder of await adapterFolders(family)) {
        const readme = await readFile(`${ROOT}/src/${family}/${folder}/readme.md`, 'utf8');
        expect(readme.length, `${family}/${folder}`).toBeGreaterThan(500);
      }
    }
  });

  it('no file has grown past 300 lines', async () => {
    for (const file of await sourceFiles()) {
      const lines = (await readFile(file, 'utf8')).split('\n').length;
      expect(lines, file).toBeLessThanOrEqual(301);
    }
  });

  it('only environment.ts reads the environment', async () => {
    const readers: string[] = [];
    for (const file of await sourceFiles()) {
      if ((await readFile(file, 'utf8')).includes('process.env')) readers.push(file);
    }

    expect(readers.map((file) => file.slice(ROOT.length))).toEqual(['src/config/environment.ts']);
  });

  it('README and lock file are as promised', async () => {
    const readme = await readFile(`${ROOT}/README.md`, 'utf8');
    const lock = await readFile(`${ROOT}/package-lock.json`, 'utf8');

    expect(readme.split('\n').length).toBeLessThan(150);
    expect(lock).not.toContain('"resolved"');
  });
});
