import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One way in which the product is broken on purpose, in a copy. */
export interface Breakage {
  readonly what: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** Words of the cells that it is played on, each a selection of its own. */
  readonly cells: readonly string[];
}

/** Ways that the truths forbid: each must turn the matrix red. */
export const BREAKAGES: readonly Breakage[] = [
  {
    what: 'in doubt taken for unsent',
    file: 'src/senders/smtp/result.ts',
    from: 'low !== undefined && code === null && !neverLeft',
    to: 'low === undefined && code === null && !neverLeft && low !== undefined',
    cells: ['smtp final'],
  },
  {
    what: 'blind taken for lost',
    file: 'src/domain/verdict.ts',
    from: `if (isPast(canary, 'lateAfterMs', outlook.horizon)) {`,
    to: `if (isPast(canary, 'lateAfterMs', outlook.now)) {`,
    cells: ['imap examine reset', 'helpscout list 500'],
  },
  {
    what: 'a failed look advances the horizon',
    file: 'src/engine/watch.ts',
    from: `if (!signal.aborted) warn(tools, error, 'look failed');`,
    to: `warn(tools, error, 'look failed');
      const blindly = { observer: observer.name, horizon: clock.now(), cursor: writeMemory(memory), facts: [] };
      await ledger.recordLook(blindly);
      horizon = clock.now();`,
    cells: ['imap examine reset', 'helpscout list 500'],
  },
  {
    what: 'an incomplete look taken for a complete one',
    file: 'src/observers/imap/look.ts',
    from: 'complete: harvest.unfinished.size === 0,',
    to: 'complete: true,',
    cells: ['imap status lasting lost'],
  },
  {
    what: '429 ignored',
    file: 'src/observers/http/failure.ts',
    from: `if (status === 429) return { reason: 'rate-limited', retryable: true };`,
    to: '',
    cells: ['helpscout list 429-seconds', 'helpscout list 429-none'],
  },
  {
    what: 'the wish of a 429 ignored',
    file: 'src/observers/http/failure.ts',
    from: `const said = reply.headers['x-ratelimit-retry-after'] ?? reply.headers['retry-after'];`,
    to: `const said = reply.status === 429 ? '0' : undefined;`,
    cells: ['helpscout list 429-seconds', 'helpscout token 429-date'],
  },
  {
    what: 'sent again after a lost 250',
    file: 'src/engine/launch.ts',
    from: `const retryAt = result.type === 'deferred' && isInTime`,
    to: `const retryAt = (result.type === 'deferred' || result.type === 'in_doubt') && isInTime`,
    cells: ['smtp final'],
  },
];

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A copy of all that the matrix needs, with one sentence changed. */
async function copyBroken({ file, from, to }: Breakage): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mailcanary-broken-'));
  for (const part of ['src', 'test/matrix', 'test/support', 'package.json', 'tsconfig.json']) {
    await cp(join(ROOT, part), join(folder, part), { recursive: true });
  }
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  const text = await readFile(join(folder, file), 'utf8');
  if (text.split(from).length !== 2) throw new Error(`${file} does not say once: ${from}`);
  await writeFile(
    join(folder, file),
    text.replace(from, () => to),
  );
  return folder;
}

/** What the matrix says in a folder; empty where it is as expected. */
function playIn(folder: string, words: string): Promise<readonly string[]> {
  const args = ['--import', 'tsx', 'test/matrix/run.ts', ...words.split(' ')];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: folder, maxBuffer: 1e8 }, (error, stdout, stderr) => {
      const lines = stdout.trim().split('\n');
      // The last one is the sum.
      const red = lines.slice(0, -1);
      resolve(error !== null && red.length === 0 ? [`${DID_NOT_RUN}: ${stderr}`] : red);
    });
  });
}

/** Breaks a copy of the product, and plays the matrix on it; answers what it says, and what it is when it did not run. */
export async function playBroken(breakage: Breakage, cells = breakage.cells): Promise<Red> {
  const folder = await copyBroken(breakage);
  try {
    const lines: string[] = [];
    for (const words of cells) lines.push(...(await playIn(folder, words)));
    return { lines, isRun: lines.every((line) => !line.startsWith(DID_NOT_RUN)) };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** What the matrix says of a broken product, a line a cell. */
export interface Red {
  readonly lines: readonly string[];
  readonly isRun: boolean;
}

const DID_NOT_RUN = 'it did not run';
