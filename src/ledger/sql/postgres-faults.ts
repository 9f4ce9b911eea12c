/** Why there is no line to the server, or why it broke, in words for a person. */
export class LineFault extends Error {
  readonly fault: string;

  constructor(fault: string, cause?: unknown) {
    super(fault, cause === undefined ? {} : { cause });
    this.fault = fault;
  }
}

/** Another process is the writer. Its fault names that one. */
export class InUseFault extends LineFault {}

/** Of a whole class of SQLSTATE, by its first two letters (PostgreSQL, appendix A). */
const CLASSES: Readonly<Record<string, string>> = {
  '08': 'the connection broke',
  '28': 'the server refused the login',
  '53': 'the server has not enough of something',
  '57': 'the server is shutting down or starting',
  '58': 'reading or writing failed (I/O error)',
  XX: 'the server has a fault of its own',
};

const STATES: Readonly<Record<string, string>> = {
  '25006': 'it is read-only (a standby?)',
  '28P01': 'the password is wrong',
  '3D000': 'the database does not exist',
  '40001': 'another program was in the way',
  '40P01': 'another program was in the way',
  '42501': 'this user may not do that: it has to own the tables, and create them in the schema',
  '53100': 'the disk is full',
  '53200': 'the server has not enough memory',
  '53300': 'the server has too many connections',
  '55P03': 'another program has locked it',
  '57014': 'the server took too long',
  '57P03': 'the server is starting or shutting down',
  XX001: 'the data are corrupt',
  XX002: 'the data are corrupt',
};

/** Of sockets and names, before the server could say anything. */
const CODES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the server is not there (connection refused)',
  ECONNRESET: 'the connection broke',
  EPIPE: 'the connection broke',
  ENOENT: 'the server is not there (no such socket)',
  EACCES: 'access to its socket is denied',
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'the name of the host cannot be looked up just now',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the host cannot be reached',
  ETIMEDOUT: 'the server does not answer',
};

/** What the client library says without a code. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/timeout/i, 'the server does not answer'],
  [/terminated|not queryable|closed/i, 'the connection broke'],
  [/does not support SSL/i, 'the server has no TLS: only sslmode=disable does without'],
  [/password must be/i, 'the server wants a password, and none is configured'],
  [/certificate|self[- ]signed/i, 'the certificate of the server is not trusted'],
];

/** Connections that end, by whosever will. The severity says so too, but in the language of the server. */
const ENDINGS = /^(?:08|57P|25P0[34])/;

/** What the server answers about one statement, after which the connection goes on. */
export function isAnswer(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state !== undefined && !ENDINGS.test(state);
}

/** Another session had a lock for longer than we wait. */
export function isLockTimeout(error: unknown): boolean {
  return sqlStateOf(error) === '55P03';
}

/** See `Store.faultOf`. */
export function postgresFaultOf(error: unknown): string | undefined {
  if (error instanceof LineFault) return error.fault;
  const state = sqlStateOf(error);
  return state === undefined ? undefined : (STATES[state] ?? CLASSES[state.slice(0, 2)]);
}

/** Of an error that ended a line, or kept one from coming about; there is always one. */
export function lineFaultOf(error: unknown): string {
  const known = postgresFaultOf(error);
  if (known !== undefined) return known;
  const code = codeOf(error);
  if (code !== undefined && CODES[code] !== undefined) return CODES[code];
  if (code !== undefined && /CERT|TLS|SSL|SIGN|ISSUER/.test(code)) {
    return `the certificate of the server is not trusted (${code})`;
  }
  const text = error instanceof Error ? error.message : '';
  const words = WORDS.find(([pattern]) => pattern.test(text));
  return words?.[1] ?? 'the connection failed';
}

/** Whether the server says that its own files are damaged. */
export function isPostgresDamage(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state === 'XX001' || state === 'XX002';
}

/** A server that may go on after a failed fsync (data_sync_retry) says so; others end all connections. */
export function isPostgresSyncFault(error: unknown): boolean {
  return sqlStateOf(error) === '58030' && error instanceof Error && /fsync/.test(error.message);
}

/** Five letters, and a severity beside them: sockets have codes of their own. */
function sqlStateOf(error: unknown): string | undefined {
  const code = codeOf(error);
  if (!(error instanceof Error) || !('severity' in error)) return undefined;
  return code?.length === 5 ? code : undefined;
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
