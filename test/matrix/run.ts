/**
 * Plays the fault matrix, or the cells whose names have all the words given: `npm run matrix -- imap status`, each of them once or
 * `--times 20`; with `--page` it writes what came of them to docs/fault-matrix.md as well: `npm run docs:faults`.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { allCells, nameOf } from './cells.ts';
import { pageOf } from './page.ts';
import { playAll } from './play.ts';

const { positionals: words, values: options } = parseArgs({
  options: { page: { type: 'boolean' }, times: { type: 'string', default: '1' } },
  allowPositionals: true,
});
const chosen = allCells().filter((cell) =>
  words.every((word) => nameOf(cell).split(' ').includes(word)),
);
const cells = Array.from({ length: Number(options.times) }, () => chosen).flat();
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const started = Date.now();
const played = await playAll(cells, ({ cell, differences }) => {
  if (differences.length > 0) print(`${nameOf(cell)}: ${differences.join('; ')}`);
});
const wrong = played.filter(({ differences }) => differences.length > 0);
if (options.page === true) {
  const page = new URL('../../docs/fault-matrix.md', import.meta.url);
  const before = await readFile(page, 'utf8').catch(() => '');
  await writeFile(page, pageOf(played, before));
}
const seconds = ((Date.now() - started) / 1_000).toFixed(0);
print(`${played.length} cells in ${seconds} s, ${wrong.length} not as expected`);
process.exitCode = wrong.length === 0 ? 0 : 1;
