import type { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { SMTPConnectionSendInfo } from 'nodemailer/lib/smtp-connection';
import type { Clock } from '../../base/clock.ts';
import type { CanaryMessage } from '../../domain/message.ts';
import type { SmtpConfig } from './config.ts';
import { BEARER, logInWithBearer, type Credentials } from './credentials.ts';
import { SmtpError } from './failure.ts';
import { handOver, type Handover } from './handover.ts';
import { loadTlsOptions, openLine, whenOpen } from './line.ts';
import { createLoss } from './loss.ts';
import { createTranscript, type Transcript } from './transcript.ts';

/** How long a QUIT may go unanswered before the connection is dropped. */
const LINGER_MS = 2_000;
/** The deadline is ours; nodemailer's own timers are for the case that it should fail. */
const BACKSTOP_MS = 60_000;

/** Why we ended a dialogue ourselves. */
export type StopReason = 'aborted' | 'timeout';

/** One connection and what is said over it. Its steps throw what socket or nodemailer report. */
export class Dialogue {
  readonly transcript: Transcript;
  readonly #config: SmtpConfig;
  readonly #clock: Clock;
  readonly #loss = createLoss();
  /** With STARTTLS two: the plain one, and the TLS one that took it over. */
  readonly #sockets = new Set<Socket>();
  #connection: SMTPConnection | undefined;
  #handover: Handover | undefined;
  #stopped: StopReason | undefined;

  constructor(config: SmtpConfig, clock: Clock) {
    this.#config = config;
    this.#clock = clock;
    this.transcript = createTranscript(clock, config.tls === 'implicit');
  }

  /** Connects, reads the greeting, says EHLO, and has TLS up where the configuration wants it. */
  async open(): Promise<void> {
    const config = this.#config;
    const tls = await loadTlsOptions(config);
    this.#mustGoOn();
    this.transcript.mark('start');
    const socket = this.#own(openLine(config, tls));
    const [Connection] = await Promise.all([
      loadConnection(),
      whenOpen(socket, this.transcript, config.tls === 'implicit'),
    ]);
    this.#mustGoOn();
    const logger = this.transcript.logger;
    const connection = new Connection({ ...settings(config, tls), connection: socket, logger });
    this.#connection = connection;
    connection.on('error', (error: Error) => this.#loss.now(error));
    await this.#loss.orDone((done) => connection.connect(done));
    if (connection._socket) this.#own(connection._socket);
    // nodemailer holds to requireTLS itself; nothing secret goes out on its word alone.
    if (config.tls !== 'none' && !connection.secure) throw closed();
  }

  async logIn(credentials: Credentials): Promise<void> {
    const connection = this.#established();
    if (!connection.allowsAuth) {
      throw new SmtpError('the server offers no login (AUTH)', { reason: 'auth' });
    }
    await this.#loss.orDone((done) => connection.login(credentials.auth, done));
    this.transcript.mark('authTo');
  }

  /** Answers the Message-ID that the server says it put in place of ours, if it does. */
  async deliver(message: CanaryMessage, raw: Buffer): Promise<string | undefined> {
    const connection = this.#established();
    const socket = this.socket();
    if (socket === undefined) throw closed();
    const handover = handOver(raw, socket, this.transcript);
    this.#handover = handover;
    const envelope = {
      from: this.#config.from,
      to: message.to,
      size: raw.length,
      // nodemailer says this only to a server that offers DSN.
      dsn: { envid: message.id, ret: 'HDRS', notify: 'FAILURE' },
    };
    const info = await this.#loss.orDone<SMTPConnectionSendInfo>((done) =>
      connection.send(envelope, handover.body, (error, sent) => {
        // In the middle of the mail this is an answer too early: the mail is not completed then.
        handover.cancel();
        done(error, sent);
      }),
    );
    return info?.serverMessageId;
  }

  /** The line itself, TLS or plain; undefined while there is none. */
  socket(): Socket | undefined {
    return this.#connection?._socket || undefined;
  }

  /** Drops the connection at once, also while it is still being made. */
  stop(reason: StopReason): void {
    this.#stopped ??= reason;
    this.#drop();
    this.#loss.now(closed());
  }

  stopped(): StopReason | undefined {
    return this.#stopped;
  }

  /** With QUIT, or at once. Resolves when nothing of it is open any more. */
  async leave(politely: boolean): Promise<void> {
    const gone = Promise.all([...this.#sockets].map(whenClosed));
    const timer = new AbortController();
    if (politely && this.#connection?.destroyed === false) {
      this.#connection.quit();
      void this.#clock.sleep(LINGER_MS, timer.signal).then(() => this.#drop());
    } else {
      this.#drop();
    }
    await gone;
    timer.abort();
  }

  #own(socket: Socket): Socket {
    if (this.#sockets.has(socket)) return socket;
    this.#sockets.add(socket);
    socket.on('error', (error) => this.#loss.later(error));
    socket.on('close', () => this.#loss.later(closed()));
    return socket;
  }

  #drop(): void {
    this.#handover?.cancel();
    this.#connection?.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #mustGoOn(): void {
    if (this.#stopped !== undefined) throw closed();
  }

  #established(): SMTPConnection {
    if (this.#connection === undefined || this.#connection.destroyed) throw closed();
    return this.#connection;
  }
}

/** Loaded at the first dialogue, or before: it takes longer than the dialogue itself. */
export async function loadConnection() {
  return (await import('nodemailer/lib/smtp-connection')).default;
}

/** STARTTLS, once required, is asked for even where it is not offered: the one way on is through it. */
function settings(config: SmtpConfig, tls: ConnectionOptions) {
  const { host, port } = config.server;
  const backstop = config.timeoutMs + BACKSTOP_MS;
  return {
    host,
    port,
    tls,
    name: config.helo,
    secure: config.tls === 'implicit',
    secured: config.tls === 'implicit',
    requireTLS: config.tls === 'starttls',
    ignoreTLS: config.tls === 'none',
    connectionTimeout: backstop,
    greetingTimeout: backstop,
    socketTimeout: backstop,
    socketCloseTimeout: 0,
    customAuth: { [BEARER]: logInWithBearer },
    transactionLog: true,
  };
}

function closed(): SmtpError {
  return new SmtpError('the connection was closed', { reason: 'unreachable' });
}

function whenClosed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) resolve();
    else socket.once('close', () => resolve());
  });
}
