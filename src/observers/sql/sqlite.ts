import { pathToFileURL } from 'node:url';
import * as z from 'zod';
import { textRow, type Line } from './line.ts';
import type { FileDatabase } from './url.ts';

const NOW = `select unixepoch('subsec') as now, 0 as zone`;

const Rows = z.array(z.record(z.string(), z.unknown()));

/** The part of the library's statements that we use; its own types say `any`. */
const Statement = z.custom<{ all(): Promise<unknown> }>();

/** On threads of the library's own, where a long query can be interrupted and holds up nobody. */
export async function openSqlite({ file }: FileDatabase): Promise<Line> {
  const { default: Database } = await import('libsql/promise');
  // By URI: the library's own option for it does nothing but create missing files.
  const database = new Database(`${pathToFileURL(file).href}?mode=ro`, {});
  database.defaultSafeIntegers(true);
  let isBroken = false;
  return {
    nowQuery: NOW,
    isBroken: () => isBroken,
    async query(text) {
      const statement = Statement.parse(await database.prepare(text));
      return Rows.parse(await statement.all()).map(textRow);
    },
    drop() {
      if (isBroken) return;
      isBroken = true;
      database.interrupt();
      database.close();
    },
  };
}
