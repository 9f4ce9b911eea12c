import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { documentOf } from './document.ts';
import { CADENCES, LONG, rowOf, SHORT, type Row } from './row.ts';

/** Writes docs/incidents.md; takes some minutes, most of them in promtool. */
const FILE = fileURLToPath(new URL('../../docs/incidents.md', import.meta.url));

const rows: Row[] = [];
for (const scenario of [...LONG, ...SHORT]) {
  for (const everyMs of CADENCES) {
    const row = await rowOf({ scenario, everyMs, rules: true });
    process.stdout.write(`${row.join(' | ')}\n`);
    rows.push(row);
  }
}
await writeFile(FILE, documentOf(rows));
