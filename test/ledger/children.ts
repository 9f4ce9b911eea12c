import { spawn, type ChildProcessByStdio, type SpawnOptions } from 'node:child_process';
import { chmod, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { atEnd } from './support.ts';

const MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url));

/** Makes one file of a script beside this one, so that it starts quickly, and many times. */
export async function buildScript(name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mailcanary-script-'));
  await chmod(folder, 0o755);
  atEnd(() => rm(folder, { recursive: true }));
  await symlink(MODULES, join(folder, 'node_modules'));
  const outfile = join(folder, `${name}.mjs`);
  await build({
    entryPoints: [fileURLToPath(new URL(`./${name}.ts`, import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['libsql', 'pg'],
    logLevel: 'error',
  });
  return outfile;
}

export interface Child {
  readonly process: ChildProcessByStdio<null, Readable, null>;
  readonly exited: Promise<void>;
}

export function start(script: string, args: readonly string[], options: SpawnOptions = {}): Child {
  const child = spawn(process.execPath, [script, ...args], {
    ...options,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return { process: child, exited };
}
