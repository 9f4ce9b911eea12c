import { Secret } from '../base/secret.ts';
import { decodePart, isLoopback, parseHost } from '../base/server-url.ts';

/** Where a ledger is: `sqlite:` and a path, `sqlite::memory:`, or a database of a PostgreSQL server. */
export type LedgerUrl = string | PostgresUrl;

/** Of libpq's modes those that say what they mean; `prefer` and `allow` protect nothing. */
export const SSL_MODES = ['disable', 'require', 'verify-ca', 'verify-full'] as const;
type SslMode = (typeof SSL_MODES)[number];

/** A database as a URL names it: `postgres://user@host:port/database?sslmode=verify-full`. */
export interface PostgresUrl {
  /** Or the folder of its Unix socket: an absolute path. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Undefined where the server lets the user in without one, or asks in vain. */
  readonly password: Secret | undefined;
  readonly database: string;
  readonly sslMode: SslMode;
  /** PEM file of the CA that signed the server's certificate, where it is not a public one. */
  readonly caFile: string | undefined;
}

const PORT = 5_432;
const NO_HOST = 'none.invalid';

/** Whether a text is meant to be the URL of a PostgreSQL database. */
export function isPostgresUrl(text: string): boolean {
  return /^postgres(?:ql)?:/i.test(text);
}

/**
 * User, password and database are percent-decoded. Of the parameters `sslmode` and `host` (the
 * folder of a Unix socket) are known. On loopback the default is a line in the clear, elsewhere
 * TLS with a certificate that is checked.
 *
 * @throws Error whose message is a sentence for the person who wrote the URL; it repeats no part of it.
 */
export function parsePostgresUrl(text: string): PostgresUrl {
  if (/[\s\p{Cc}]/u.test(text)) throw new Error('has white space in it');
  // A URL that has a user has to have a host, by the standard; with a Unix socket there is none.
  const full = text.replace(/^(\w+:\/\/[^/?#@]+@)(?=\/)/, `$1${NO_HOST}`);
  if (!/^postgres(?:ql)?:\/\//i.test(full) || !URL.canParse(full)) {
    throw new Error('has no readable host, port and database');
  }
  const url = new URL(full);
  const { sslMode: wish, folder } = parametersOf(url);
  const host = folder ?? parseHost(url.hostname === NO_HOST ? '' : url.hostname);
  const database = decodePart(url.pathname.slice(1));
  if (url.port === '0') throw new Error('has the port 0');
  if (url.username === '') throw new Error('names no user');
  if (database === '' || database.includes('/')) throw new Error('names no database');
  const isHere = folder !== undefined || isLoopback(host);
  return {
    host,
    port: url.port === '' ? PORT : Number(url.port),
    user: decodePart(url.username),
    password: url.password === '' ? undefined : new Secret(decodePart(url.password)),
    database,
    sslMode: wish ?? (isHere ? 'disable' : 'verify-full'),
    caFile: undefined,
  };
}

interface Parameters {
  readonly sslMode: SslMode | undefined;
  readonly folder: string | undefined;
}

function parametersOf(url: URL): Parameters {
  let sslMode: SslMode | undefined;
  let folder: string | undefined;
  for (const [name, value] of url.searchParams) {
    if (name === 'sslmode') {
      sslMode = SSL_MODES.find((mode) => mode === value);
      if (sslMode === undefined) throw new Error(`has an sslmode other than ${listed(SSL_MODES)}`);
    } else if (name === 'host' && value.startsWith('/') && url.hostname === NO_HOST) folder = value;
    else throw new Error('has another parameter than sslmode, or a host that is no folder');
  }
  if (url.hash !== '') throw new Error('has a # in it');
  return { sslMode, folder };
}

function listed(modes: readonly string[]): string {
  return `${modes.slice(0, -1).join(', ')} and ${modes.at(-1) ?? ''}`;
}

/** What people call it, without its password. */
export function nameOfLedger(url: LedgerUrl): string {
  if (typeof url === 'string') return url;
  const { host, port, user, database } = url;
  const [name, base] = [encodeURIComponent(user), encodeURIComponent(database)];
  if (host.startsWith('/')) return `postgres://${name}@/${base}?host=${host}`;
  const shown = host.includes(':') ? `[${host}]` : host;
  return `postgres://${name}@${shown}${port === PORT ? '' : `:${port}`}/${base}`;
}
