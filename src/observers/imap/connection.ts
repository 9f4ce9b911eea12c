import { readFile } from 'node:fs/promises';
import type { ImapFlow, ImapFlowOptions } from 'imapflow';
import type { Clock, Instant } from '../../base/clock.ts';
import { withDeadline } from '../../base/deadline.ts';
import { MonitorError, messageOf } from '../../base/errors.ts';
import type { AccessTokens } from '../../base/oauth2.ts';
import type { Secret } from '../../base/secret.ts';
import type { ImapConfig } from './config.ts';
import { explain, type FailureContext } from './failure.ts';

/** The folder that is open on a line, as far as the server has told us. */
export interface OpenFolder {
  readonly path: string;
  readonly uidValidity: number;
  readonly exists: number;
  /** Every mail known to be there has a UID below it, but for `grown` ones. */
  uidNext: number;
  /** Mails announced (EXISTS) since `uidNext` was learned. */
  grown: number;
}

/** One logged-in connection; imapflow clients cannot be used twice. */
export interface Line {
  readonly client: ImapFlow;
  readonly context: FailureContext;
  /** Aborted once the connection is gone, whoever ended it. */
  readonly closed: AbortSignal;
  /** Commands answered so far. */
  commands(): number;
  /** Commands answered with NO or BAD so far; imapflow keeps some of them to itself. */
  refusals(): number;
  /** Whether the last reply was a BAD, after which imapflow may be sitting out a throttle of Microsoft's. */
  lastWasBad(): boolean;
  folder: OpenFolder | undefined;
  /** Where closed mail goes, once that was looked up. */
  archive: string | undefined;
  /** The IDLE that runs, if one does. */
  idle: { readonly since: Instant; readonly ended: Promise<unknown> } | undefined;
  /** Called at each EXISTS that says there is more. */
  onGrowth: (() => void) | undefined;
  /** Ends the connection at once. */
  drop(): void;
}

export interface LineTools {
  readonly clock: Clock;
  /** Present: XOAUTH2 instead of a password. */
  readonly tokens: AccessTokens | undefined;
}

/** A reply longer than this is no mail header any more. */
const LONGEST_REPLY = 64 * 1_024 * 1_024;
/** The library's own timeouts stand behind ours, in case a deadline was forgotten. */
const BACKSTOP_MS = 5_000;
const GREETING_SHARE = 0.7;
const LOGOUT_MS = 1_000;
/** How much longer than an IDLE a line may be silent. */
export const SILENCE_MS = 60_000;

export function serverName(config: ImapConfig): string {
  const { host, port } = config.server;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Connects and logs in. @throws MonitorError */
export async function openLine(
  config: ImapConfig,
  tools: LineTools,
  signal: AbortSignal,
): Promise<Line> {
  const secrets: Secret[] = [];
  const context: FailureContext = { server: serverName(config), secrets };
  const auth = await credentials(config, tools, signal);
  secrets.push(auth.secret);
  const tls = await tlsOptions(config);
  // a third of a second to load: not before it is needed
  const { ImapFlow } = await import('imapflow');
  const client = new ImapFlow({ ...clientOptions(config), ...tls, auth: auth.options });
  const line = attend(client, context);
  const stop = (): void => client.close();
  signal.addEventListener('abort', stop, { once: true });
  try {
    if (signal.aborted) stop();
    await client.connect();
    return line;
  } catch (error) {
    client.close();
    const failure = explain(error, context);
    throw isNoise(client, failure) && !signal.aborted ? noGreeting(context) : failure;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Something spoke, and not as an IMAP server does; imapflow goes on waiting for a greeting. */
function isNoise(client: ImapFlow, failure: Error): boolean {
  const { greeting, byeReason } = client;
  if (greeting !== undefined || byeReason !== undefined) return false;
  if (!(failure instanceof MonitorError) || client.stats().received === 0) return false;
  return failure.reason === 'timeout' || failure.reason === 'unreachable';
}

function noGreeting(context: FailureContext): MonitorError {
  return new MonitorError(`${context.server}: what answers there does not speak IMAP`, {
    reason: 'bad-reply',
    retryable: true,
  });
}

/** LOGOUT, for at most a second, then the connection ends anyhow. */
export async function closeLine(line: Line, clock: Clock): Promise<void> {
  const { client, context } = line;
  const deadline = { clock, ms: LOGOUT_MS, what: context.server };
  if (client.usable) await withDeadline(deadline, () => client.logout()).catch(() => undefined);
  line.drop();
}

function attend(client: ImapFlow, context: FailureContext): Line {
  const closed = new AbortController();
  let commands = 0;
  let refusals = 0;
  let last = '';
  const line: Line = {
    client,
    context,
    closed: closed.signal,
    commands: () => commands,
    refusals: () => refusals,
    lastWasBad: () => last === 'BAD',
    folder: undefined,
    archive: undefined,
    idle: undefined,
    onGrowth: undefined,
    drop: () => {
      client.close();
      closed.abort();
    },
  };
  client.on('response', ({ response }) => {
    commands += 1;
    last = response;
    if (response === 'NO' || response === 'BAD') refusals += 1;
  });
  client.on('exists', ({ path, count, prevCount }) => {
    if (line.folder?.path !== path || count <= prevCount) return;
    line.folder.grown += count - prevCount;
    line.onGrowth?.();
  });
  // an error ends the connection, and pending commands are told the same
  client.on('error', () => closed.abort());
  client.on('close', () => closed.abort());
  return line;
}

interface Credentials {
  readonly secret: Secret;
  readonly options: NonNullable<ImapFlowOptions['auth']>;
}

async function credentials(
  config: ImapConfig,
  tools: LineTools,
  signal: AbortSignal,
): Promise<Credentials> {
  const { user, password } = config;
  if (user === undefined) throw missing('names no user');
  if (tools.tokens !== undefined) {
    const token = await tools.tokens.get(signal);
    return { secret: token, options: { user, accessToken: token.reveal() } };
  }
  if (password === undefined) throw missing('has neither password nor oauth2');
  return { secret: password, options: { user, pass: password.reveal() } };
}

function missing(what: string): MonitorError {
  return new MonitorError(`the observer ${what}`, { reason: 'config', retryable: false });
}

function clientOptions(config: ImapConfig): ImapFlowOptions {
  const { server, timeoutMs, maxIdleMs } = config;
  return {
    host: server.host,
    port: server.port,
    logger: false,
    clientInfo: { name: 'mailcanary' },
    disableAutoIdle: true,
    // extensions that cost commands and that reading new mail does not need
    disableCompression: true,
    disableAutoEnable: true,
    disableIMAP4rev2: true,
    connectionTimeout: timeoutMs + BACKSTOP_MS,
    // before our own deadline, to tell a server that says nothing from one that says nonsense
    greetingTimeout: timeoutMs * GREETING_SHARE,
    socketTimeout: maxIdleMs + SILENCE_MS + BACKSTOP_MS,
    maxLineLength: LONGEST_REPLY,
    maxLiteralSize: LONGEST_REPLY,
  };
}

/** `starttls` never falls back to a plain line, `none` never upgrades. */
async function tlsOptions(config: ImapConfig): Promise<ImapFlowOptions> {
  if (config.tls === 'none') return { secure: false, doSTARTTLS: false };
  const ca = config.caFile === undefined ? {} : { tls: { ca: await readCa(config.caFile) } };
  return config.tls === 'implicit'
    ? { secure: true, ...ca }
    : { secure: false, doSTARTTLS: true, ...ca };
}

async function readCa(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new MonitorError(`ca_file cannot be read: ${messageOf(error)}`, {
      reason: 'config',
      retryable: false,
    });
  }
}
