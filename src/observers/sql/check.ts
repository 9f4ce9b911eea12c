import {
  clockFact,
  inboxFact,
  loginFact,
  misfiledFact,
  NEVER_TIDIES,
  NOT_COUNTED,
  readFact,
  tidyFact,
  type Spot,
} from '../facts.ts';
import { clockWarnings, clockWords } from '../http/clock-words.ts';
import type { ObserverFacts, ObserverReport } from '../observer.ts';
import type { Row } from './line.ts';
import type { SqlConfig } from './config.ts';
import { peekRows, timeOf, type ReadingTools } from './reading.ts';
import { COLUMNS, readMail, type Mail } from './rows.ts';
import { findEnd, stepBack } from './start.ts';

/** The last rows, which are looked at. */
const SAMPLE = 50n;
/** Rows whose time is so far ahead of the database's own are dated in another zone. */
const FUTURE_MS = 120_000;

/** Connects, asks for the time and for the last rows. @throws MonitorError with what to fix */
export async function checkDatabase(
  tools: ReadingTools,
  signal: AbortSignal,
): Promise<ObserverReport> {
  const { session, config } = tools;
  await session.learnTime(signal);
  const end = await findEnd((above, limit) => peekRows(tools, { above, limit }, signal));
  const sample = { above: stepBack(end, SAMPLE), limit: Number(SAMPLE) };
  const rows = await peekRows(tools, sample, signal);
  const mails = rows.map((row) => readMail(row, config, session.form()));
  const offset = session.offset();
  const { engine } = config.database;
  return {
    summary: `${session.what} (${engine}, read-only): ${foundWords(mails)}, ${clockWords(offset)}`,
    warnings: [
      ...columnWarnings(rows, tools),
      ...timeWarnings(rows, tools),
      ...(offset === undefined ? [] : clockWarnings(offset)),
    ],
    facts: {
      login: loginOf(config, session.what),
      read: readFact(`${foundWords(mails)}; each statement in a read-only transaction`),
      tidy: tidyFact(config.tidy, NEVER_TIDIES),
      inbox: inboxFact(inboxOf(config), 'places says of no value that it is the inbox'),
      misfiled: misfiledFact(spotsOf(config), {
        state: 'unknown',
        why: 'places says of no value that it is spam',
      }),
      clock: clockFact(offset, 'the database did not answer with a time'),
      rate: NOT_COUNTED,
    },
  };
}

function loginOf({ database, user, isPlain }: SqlConfig, what: string): ObserverFacts['login'] {
  if (database.engine === 'sqlite') return loginFact(null, `nobody logs in: ${what} is a file`);
  const line = isPlain ? 'not encrypted' : 'by TLS';
  return loginFact(user ?? null, `as ${user ?? ''} at ${what} (${database.engine}), ${line}`);
}

function spotsOf({ places }: SqlConfig): readonly Spot[] {
  return Object.entries(places).map(([value, place]) => ({ name: value, place }));
}

/** Without places everything is in the inbox. */
function inboxOf(config: SqlConfig): readonly Spot[] {
  const spots = spotsOf(config);
  return spots.length === 0 ? [{ name: 'all rows of the query', place: 'inbox' }] : spots;
}

/** How many, and nothing of what is in them. */
function foundWords(mails: readonly Mail[]): string {
  if (mails.length === 0) return 'no rows yet';
  const whole = mails.filter(({ item }) => item.isWhole).length;
  const timed = mails.filter(({ item }) => item.stamp !== null).length;
  return `last ${mails.length} rows read, ${whole} with headers, ${timed} with a time`;
}

function columnWarnings(rows: readonly Row[], { config }: ReadingTools): readonly string[] {
  const [first] = rows;
  if (first === undefined) return [];
  const names = Object.keys(first);
  const known: readonly string[] = COLUMNS;
  const strange = names.filter((name) => !known.includes(name));
  const isBlind = !['subject', 'headers', 'message_id', 'text'].some((name) =>
    rows.some((row) => (row[name] ?? '') !== ''),
  );
  const hasPlaces = Object.keys(config.places).length > 0;
  const isElsewhere = (row: Row): boolean => !Object.hasOwn(config.places, row['place'] ?? '');
  const table = [
    {
      when: strange.length > 0,
      say: `columns that mean nothing here: ${strange.join(', ')} (known: ${COLUMNS.join(', ')})`,
    },
    { when: isBlind, say: 'no row has a subject, headers, message_id or text: no canary shows' },
    {
      when: names.includes('place') && !hasPlaces,
      say: 'the column place is ignored: places says what its values mean',
    },
    {
      when: hasPlaces && rows.every(isElsewhere),
      say: 'no row has a place that places knows: all count as other',
    },
  ];
  return table.filter(({ when }) => when).map(({ say }) => say);
}

function timeWarnings(rows: readonly Row[], tools: ReadingTools): readonly string[] {
  const { clock, session } = tools;
  const said = rows.filter((row) => (row['created_at'] ?? '') !== '');
  if (rows.length > 0 && said.length === 0) {
    return ['no row has a created_at: latencies are as exact as looks are close'];
  }
  const times = said.map((row) => timeOf(row, tools)).filter((time) => time !== null);
  const unread = said.length - times.length;
  const now = clock.now() + (session.offset()?.high ?? 0);
  const warnings: string[] = [];
  if (unread > 0) warnings.push(`${unread} of ${said.length} created_at cannot be read as a time`);
  if (times.some((time) => time > now + FUTURE_MS)) {
    warnings.push('created_at is ahead of the clock of the database: see time_zone and time_unit');
  }
  return warnings;
}
