import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { documentOf, rowsOf } from './document.ts';
import { BY_RULES, keyOf, LINES, rowOf, type Row } from './row.ts';

/**
 * Writes docs/incidents.md, or its lines of the scenarios that are named; half an hour for all, most of it in promtool.
 * With `--keep-pages`, what promtool said stays as it stands there.
 */
const FILE = fileURLToPath(new URL('../../docs/incidents.md', import.meta.url));

const { values, positionals: names } = parseArgs({
  options: { 'keep-pages': { type: 'boolean', default: false } },
  allowPositionals: true,
});
const rules = !values['keep-pages'];
const isWanted = (incident: string): boolean => names.length === 0 || names.includes(incident);
const known = names.length === 0 && rules ? [] : rowsOf(await readFile(FILE, 'utf8'));
const rows: Row[] = [];
for (const line of LINES) {
  const [incident, cadence] = keyOf(line);
  if (!isWanted(incident)) {
    rows.push(...known.filter((row) => row[0] === incident && row[1] === cadence));
    continue;
  }
  const played = await rowOf({ ...line, rules });
  const row = rules ? played : withPages(played);
  process.stdout.write(`${row.join(' | ')}\n`);
  rows.push(row);
}

/** What promtool said of it when it was asked last. */
function withPages(row: Row): Row {
  const before = known.find(([name, cadence]) => name === row[0] && cadence === row[1]);
  if (before === undefined) throw new Error(`${row[0]}: nobody asked promtool yet`);
  return row.map((cell, index) => (BY_RULES.includes(index) ? (before[index] ?? '') : cell));
}

await writeFile(FILE, documentOf(rows));
