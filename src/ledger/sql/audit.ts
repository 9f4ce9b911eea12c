import type { Kysely, Transaction } from 'kysely';
import type { Audit, AuditFinding } from '../audit.ts';
import type { LedgerUrl } from '../url.ts';
import { checkBooks, someOf } from './audit-books.ts';
import { recount, type Recount } from './audit-recount.ts';
import type { SqlConnection } from './dialect.ts';
import { requireCurrent, SCHEMA_VERSION } from './migrations.ts';
import { dialectOf } from './open-sql.ts';
import type { Tables } from './schema.ts';

/** See `auditLedger`. */
export async function auditSql(url: LedgerUrl): Promise<Audit> {
  const dialect = await dialectOf(url);
  const parts = { ledger: dialect.name, holder: await dialect.findHolder() };
  let connection: SqlConnection | undefined;
  try {
    connection = await dialect.openReader();
    const findings = await connection.db
      .transaction()
      .setIsolationLevel('repeatable read')
      .setAccessMode('read only')
      .execute((snapshot) => findingsOf(snapshot, dialect));
    return { ...parts, findings };
  } catch (error) {
    if (!dialect.isDamage(error)) throw error;
    return { ...parts, findings: [{ what: 'file', ok: false, summary: dialect.corrupt }] };
  } finally {
    await connection?.close();
  }
}

async function findingsOf(
  db: Transaction<Tables>,
  dialect: SqlConnection['dialect'],
): Promise<readonly AuditFinding[]> {
  const damage = await dialect.findDamage(db);
  const file: AuditFinding =
    damage.length === 0
      ? { what: 'file', ok: true, summary: 'no damage found' }
      : { what: 'file', ok: false, summary: `is damaged: ${someOf(damage)}` };
  // What is read from a damaged file proves nothing, and an older one is first brought up to date.
  if (!file.ok) return [file];
  await requireCurrent(db, dialect);
  const schema: AuditFinding = { what: 'schema', ok: true, summary: String(SCHEMA_VERSION) };
  const recounted = await recount(db);
  return [
    file,
    schema,
    await canariesFinding(db, recounted),
    recordsFinding(recounted),
    ...(await checkBooks(db, recounted)),
  ];
}

async function canariesFinding(db: Kysely<Tables>, counted: Recount): Promise<AuditFinding> {
  const { value: position } = await db
    .selectFrom('counters')
    .select('value')
    .where('name', '=', 'position')
    .executeTakeFirstOrThrow();
  const forgotten = position - counted.events;
  const rest = forgotten > 0 ? `, ${number(forgotten)} older events were forgotten (keep)` : '';
  const summary = `${number(counted.canaries)} canaries, ${number(counted.open)} of them open, with ${number(counted.events)} events${rest}`;
  return { what: 'canaries', ok: forgotten >= 0, summary };
}

function recordsFinding({ wrong }: Recount): AuditFinding {
  return wrong.length === 0
    ? { what: 'records', ok: true, summary: 'each canary is what its events make of it' }
    : {
        what: 'records',
        ok: false,
        summary: `not what their events make of them: ${someOf(wrong)}`,
      };
}

/** Also `1,440`. */
function number(value: number): string {
  return value.toLocaleString('en');
}
