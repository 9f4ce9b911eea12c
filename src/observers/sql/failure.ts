import { MonitorError, messageOf, type Reason } from '../../base/errors.ts';
import { redact, type Secret } from '../../base/secret.ts';
import { NotThisProtocol } from './line.ts';

interface Meaning {
  readonly reason: Reason;
  readonly words: string;
  /** The database's own words are about the query, and repeat nothing of the rows. */
  readonly isAboutQuery?: boolean;
}

const WRITES: Meaning = {
  reason: 'config',
  words: 'the query wants to write, which the database refused',
};
const LOGIN: Meaning = { reason: 'auth', words: 'the login was refused' };
const RIGHTS: Meaning = { reason: 'auth', words: 'this user may not read what the query names' };
const QUERY: Meaning = {
  reason: 'config',
  words: 'the query is not understood',
  isAboutQuery: true,
};
const NOWHERE: Meaning = { reason: 'config', words: 'there is no database of that name' };
const SLOW: Meaning = { reason: 'timeout', words: 'the query took too long' };
const AWAY: Meaning = { reason: 'unreachable', words: 'it does not take connections just now' };
const BROKEN: Meaning = { reason: 'unreachable', words: 'the connection broke' };
const GARBLED: Meaning = { reason: 'bad-reply', words: 'it speaks something else' };

/** SQLSTATE, or its class of two letters (PostgreSQL, appendix A). */
const STATES: Readonly<Record<string, Meaning>> = {
  '25006': WRITES,
  '28': LOGIN,
  '3D': NOWHERE,
  '42501': RIGHTS,
  '42': QUERY,
  '57014': SLOW,
  '53': AWAY,
  '57': AWAY,
  '08': BROKEN,
};

/** Numbers of MySQL's and MariaDB's server errors. */
const NUMBERS: ReadonlyMap<number, Meaning> = new Map(
  (
    [
      [[1792, 1290, 1836], WRITES],
      [[1045, 1251, 1698, 2061], LOGIN],
      [[1044, 1142, 1143, 1227, 1370], RIGHTS],
      [[1049], NOWHERE],
      [[1054, 1064, 1146, 1051, 1052, 1305, 1109], QUERY],
      [[1028, 1969, 3024, 1205], SLOW],
      [[1040, 1053, 1077, 1203, 1226], AWAY],
      [[1152, 1158, 1159, 1160, 1161, 1927, 4031], BROKEN],
      [[1835, 1043], GARBLED],
    ] as const
  ).flatMap(([numbers, meaning]) => numbers.map((number) => [number, meaning] as const)),
);

/** Of the client libraries, SQLite among them, by their code or first words. */
const CODES: readonly (readonly [RegExp, Meaning])[] = [
  [/^SQLITE_READONLY/, WRITES],
  [
    /^SQLITE_(?:CANTOPEN|NOTADB)/,
    { reason: 'config', words: 'it is no database that can be read' },
  ],
  [/^SQLITE_(?:PERM|AUTH)/, RIGHTS],
  [/^SQLITE_(?:BUSY|LOCKED)/, AWAY],
  [/^SQLITE_INTERRUPT/, SLOW],
  [/^SQLITE_ERROR/, QUERY],
  [/^SQLITE_/, { reason: 'unreachable', words: 'the file cannot be read' }],
  [/^(?:PROTOCOL_CONNECTION_LOST|ECONNRESET|EPIPE)/, BROKEN],
  [/^(?:PROTOCOL_|HANDSHAKE_(?!SSL)|ER_MALFORMED|MALFORMED|ERR_OUT_OF_RANGE)/, GARBLED],
  [/^ETIMEDOUT/, { reason: 'timeout', words: 'it does not answer' }],
  [
    /^(?:HANDSHAKE_(?:NO_)?SSL)/,
    { reason: 'tls', words: 'it has no TLS: only tls: none does without' },
  ],
  [
    /^(?:ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|HOSTNAME_MISMATCH|EPROTO)/,
    { reason: 'tls', words: 'its certificate is not trusted' },
  ],
];
const WORDS: readonly (readonly [RegExp, Meaning])[] = [
  [
    /does not support (?:SSL|secure)/i,
    { reason: 'tls', words: 'it has no TLS: only tls: none does without' },
  ],
  [/terminated|closed|not queryable|ended/i, BROKEN],
  [/packets? out of order|unexpected packet|handshake|SSL connection|protocol/i, GARBLED],
  [/password must be|no password/i, LOGIN],
];

/** What went wrong, as an operator can act on it, on one line; nothing of any row, and no secrets. */
export function failureOfSql(
  error: unknown,
  context: { readonly what: string; readonly secrets: readonly Secret[] },
): MonitorError {
  if (error instanceof MonitorError) return error;
  const meaning = meaningOf(error);
  const { reason } = meaning;
  const said = redact(messageOf(error), context.secrets).replace(/\s+/g, ' ').slice(0, 200);
  const detail = meaning.isAboutQuery === true ? `: ${said}` : '';
  return new MonitorError(`${context.what}: ${meaning.words}${detail}`, {
    reason,
    retryable: !['auth', 'config', 'tls'].includes(reason),
  });
}

function meaningOf(error: unknown): Meaning {
  if (error instanceof NotThisProtocol) return GARBLED;
  const { code, number, isServers } = partsOf(error);
  if (isServers) {
    const known = STATES[code] ?? STATES[code.slice(0, 2)];
    return known ?? { reason: 'refused', words: `it refused the query (SQLSTATE ${code})` };
  }
  if (number > 0) {
    const known = NUMBERS.get(number);
    if (known !== undefined) return known;
    return { reason: 'refused', words: `it refused the query (error ${number})` };
  }
  const byCode = CODES.find(([pattern]) => pattern.test(code))?.[1];
  const byWords = WORDS.find(([pattern]) => pattern.test(messageOf(error)))?.[1];
  return (
    byCode ?? byWords ?? { reason: 'unreachable', words: `no connection (${code || 'unknown'})` }
  );
}

function partsOf(error: unknown): {
  readonly code: string;
  readonly number: number;
  /** The code is a SQLSTATE of PostgreSQL: only its errors have a severity. */
  readonly isServers: boolean;
} {
  if (!(error instanceof Error)) return { code: '', number: 0, isServers: false };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const number = 'errno' in error && typeof error.errno === 'number' ? error.errno : 0;
  return { code, number, isServers: 'severity' in error && code.length === 5 };
}
