import type { Kysely } from 'kysely';
import type { AuditFinding } from '../audit.ts';
import { TotalsSum, type Total, type TotalName } from '../totals.ts';
import type { Recount } from './audit-recount.ts';
import type { Tables } from './schema.ts';

/**
 * Truth 6: accepted = verdicts + unjudged and launched = canaries by outcome, of each series; and
 * the totals against a recount, exact where no event was forgotten.
 */
export async function checkBooks(
  db: Kysely<Tables>,
  recounted: Recount,
): Promise<readonly AuditFinding[]> {
  const totals = await db.selectFrom('totals').selectAll().execute();
  const { value: position } = await db
    .selectFrom('counters')
    .select('value')
    .where('name', '=', 'position')
    .executeTakeFirstOrThrow();
  const isWhole = position === recounted.events;
  return [await equations(db, totals), comparison(totals, recounted.totals, isWhole)];
}

type SeriesKey = Pick<Total, 'probe' | 'role' | 'sender' | 'vantage' | 'path'>;

async function equations(db: Kysely<Tables>, totals: readonly Total[]): Promise<AuditFinding> {
  const unjudged = await unjudgedRows(db);
  const wrong: string[] = [];
  const sums = { accepted: 0, verdicts: 0, launched: 0, outcomes: 0, unjudged: 0 };
  for (const [key, own] of groupBySeries(totals)) {
    const sum = (name: TotalName): number =>
      own.filter((total) => total.name === name).reduce((all, { value }) => all + value, 0);
    const [accepted, verdicts] = [sum('accepted'), sum('settled')];
    const [launched, outcomes] = [sum('launched'), sum('canaries')];
    const waiting = unjudged.get(key) ?? 0;
    const { probe = '?' } = own[0] ?? {};
    if (accepted !== verdicts + waiting) {
      wrong.push(
        `${probe}: accepted ${accepted}, but ${verdicts} verdicts and ${waiting} unjudged`,
      );
    }
    if (launched !== outcomes) {
      wrong.push(`${probe}: launched ${launched}, but ${outcomes} by outcome`);
    }
    sums.accepted += accepted;
    sums.verdicts += verdicts;
    sums.unjudged += waiting;
    sums.launched += launched;
    sums.outcomes += outcomes;
  }
  if (wrong.length > 0) {
    return { what: 'books', ok: false, summary: `do not balance: ${someOf(wrong)}` };
  }
  const summary = `balance: ${sums.accepted} accepted = ${sums.verdicts} verdicts + ${sums.unjudged} unjudged; ${sums.launched} launched = the sum of outcomes`;
  return { what: 'books', ok: true, summary };
}

/** Rows without a verdict are open, so none of them was ever forgotten. */
async function unjudgedRows(db: Kysely<Tables>): Promise<ReadonlyMap<string, number>> {
  const rows = await db
    .selectFrom('canaries')
    .select(['probe', 'role', 'sender', 'vantage', 'path'])
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('kind', '!=', 'manual')
    .where('accepted_high', 'is not', null)
    .where('verdict', 'is', null)
    .groupBy(['probe', 'role', 'sender', 'vantage', 'path'])
    .execute();
  return new Map(rows.map((row) => [keyOf(row), row.count]));
}

function groupBySeries(totals: readonly Total[]): ReadonlyMap<string, readonly Total[]> {
  const series = new Map<string, Total[]>();
  for (const total of totals) {
    const key = keyOf(total);
    const own = series.get(key);
    if (own === undefined) series.set(key, [total]);
    else own.push(total);
  }
  return series;
}

function keyOf({ probe, role, sender, vantage, path }: SeriesKey): string {
  return JSON.stringify([probe, role, sender, vantage, path]);
}

/** Forgotten canaries stay in the totals, so these may be more than what is left; never less. */
function comparison(stored: readonly Total[], counted: TotalsSum, isWhole: boolean): AuditFinding {
  const kept = new TotalsSum();
  kept.add(stored);
  const wrong: string[] = [];
  for (const total of [...stored, ...counted.all()]) {
    const [has, counts] = [kept.valueOf(total), counted.valueOf(total)];
    if (isWhole ? has === counts : has >= counts) continue;
    const label = total.label === '' ? '' : ` ${total.label}`;
    wrong.push(`${total.probe}: ${total.name}${label} is ${has}, recounted ${counts}`);
  }
  if (wrong.length > 0) {
    const unique = [...new Set(wrong)];
    return { what: 'totals', ok: false, summary: `differ from the events: ${someOf(unique)}` };
  }
  const summary = isWhole
    ? 'are what all events add up to'
    : 'are no less than what the remaining events add up to';
  return { what: 'totals', ok: true, summary };
}

const FEW = 3;

/** Some of many, in one line. */
export function someOf(texts: readonly string[]): string {
  const more = texts.length - FEW;
  return `${texts.slice(0, FEW).join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
}
