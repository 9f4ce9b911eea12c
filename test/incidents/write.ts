import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { documentOf, rowsOf } from './document.ts';
import { BY_RULES, CADENCES, LONG, rowOf, SHORT, type Row } from './row.ts';

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
const isWanted = (scenario: string): boolean => names.length === 0 || names.includes(scenario);
const known = names.length === 0 && rules ? [] : rowsOf(await readFile(FILE, 'utf8'));
const rows: Row[] = [];
for (const scenario of [...LONG, ...SHORT]) {
  if (!isWanted(scenario)) {
    rows.push(...known.filter(([name]) => name === scenario));
    continue;
  }
  for (const everyMs of CADENCES) {
    const played = await rowOf({ scenario, everyMs, rules });
    const row = rules ? played : withPages(played);
    process.stdout.write(`${row.join(' | ')}\n`);
    rows.push(row);
  }
}

/** What promtool said of it when it was asked last. */
function withPages(row: Row): Row {
  const before = known.find(([name, cadence]) => name === row[0] && cadence === row[1]);
  if (before === undefined) throw new Error(`${row[0]}: nobody asked promtool yet`);
  return row.map((cell, index) => (BY_RULES.includes(index) ? (before[index] ?? '') : cell));
}

await writeFile(FILE, documentOf(rows));
