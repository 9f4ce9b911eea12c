import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { documentOf, rowsOf } from './document.ts';
import { CADENCES, LONG, rowOf, SHORT, type Row } from './row.ts';

/** Writes docs/incidents.md, or its lines of the scenarios that are named; half an hour for all, most of it in promtool. */
const FILE = fileURLToPath(new URL('../../docs/incidents.md', import.meta.url));

const [, , ...names] = process.argv;
const isWanted = (scenario: string): boolean => names.length === 0 || names.includes(scenario);
const known = names.length === 0 ? [] : rowsOf(await readFile(FILE, 'utf8'));
const rows: Row[] = [];
for (const scenario of [...LONG, ...SHORT]) {
  if (!isWanted(scenario)) {
    rows.push(...known.filter(([name]) => name === scenario));
    continue;
  }
  for (const everyMs of CADENCES) {
    const row = await rowOf({ scenario, everyMs, rules: true });
    process.stdout.write(`${row.join(' | ')}\n`);
    rows.push(row);
  }
}
await writeFile(FILE, documentOf(rows));
