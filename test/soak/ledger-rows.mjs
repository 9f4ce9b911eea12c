// A process of its own that reads a copy of a ledger as a crash left it:
//   node ledger-rows.mjs FILE SINCE   prints the rows launched since (epoch milliseconds) or still open
// On its own, since libsql lets a file go only when its statements are garbage.
import Database from 'libsql';

const [, , file, since] = process.argv;
const database = new Database(file);
const rows = database
  .prepare('select record from canaries where open = 1 or launched_at >= ?')
  .all(Number(since) * 1_000);
process.stdout.write(JSON.stringify(rows.map(({ record }) => JSON.parse(record))));
