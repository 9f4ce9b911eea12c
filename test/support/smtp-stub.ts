import { createServer, type Server, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';

/** Where a script can step in; `body` is the first byte of the mail, `final` its last dot. */
export type StubStage =
  | 'greeting'
  | 'tls'
  | 'ehlo'
  | 'starttls'
  | 'auth'
  | 'mail'
  | 'rcpt'
  | 'data'
  | 'body'
  | 'final'
  | 'quit';

/**
 * What the server does instead of the usual.
 * - `reset`, `close`: RST, FIN
 * - `stall`: reads on, says nothing; `pause`: does not even read
 * - any other text: this reply (lines joined by `\r\n`), and on with the dialogue
 * - `{ reply, then }`: both in one packet
 * - `{ slowly }`: one byte a turn of the loop
 */
export type StubAction =
  | string
  | { readonly reply: string; readonly then: 'close' | 'reset' }
  | { readonly slowly: string };

export type StubScript = { readonly [S in StubStage]?: StubAction };

export interface StubOptions {
  readonly script?: StubScript;
  readonly tls?: 'none' | 'starttls' | 'implicit';
  readonly certificate?: { readonly key: string; readonly cert: string };
  /** EHLO keywords besides STARTTLS. */
  readonly extensions?: readonly string[];
}

export interface StubSession {
  /** Commands and login lines as they came, without the mail. */
  readonly commands: string[];
  /** The mail, dot-stuffed as it came, once its final dot was read. */
  mail: string | undefined;
  /** Bytes of it read so far. */
  mailBytes: number;
  secured: boolean;
  closed: boolean;
  reset(): void;
  /** Reads on after `pause`. */
  resume(): void;
}

/** A scriptable SMTP server on loopback, to be told how to fail. It takes any login. */
export interface SmtpStub {
  readonly port: number;
  readonly sessions: readonly StubSession[];
  /** Resolves once a session comes to this stage (its command read, or for `greeting` connected). */
  reached(stage: StubStage): Promise<StubSession>;
  /** Resolves once no connection is open. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

const USUAL: Readonly<Record<StubStage, string>> = {
  greeting: '220 stub.test ESMTP',
  tls: '',
  ehlo: '',
  starttls: '220 2.0.0 Ready to start TLS',
  auth: '235 2.7.0 Authentication successful',
  mail: '250 2.1.0 Ok',
  rcpt: '250 2.1.5 Ok',
  data: '354 End data with <CR><LF>.<CR><LF>',
  body: '',
  final: '250 2.0.0 Ok: queued as 4Xy1STUB',
  quit: '221 2.0.0 Bye',
};

export async function createSmtpStub(options: StubOptions = {}): Promise<SmtpStub> {
  const sessions: StubSession[] = [];
  const sockets = new Set<Socket>();
  const seen: { readonly stage: StubStage; readonly session: StubSession }[] = [];
  const watchers = new Set<() => void>();
  const notify = (): void => watchers.forEach((watcher) => watcher());

  const server = createServer((socket) => {
    sockets.add(socket);
    const session = serve(socket, options, (stage) => {
      seen.push({ stage, session: session });
      notify();
    });
    sessions.push(session);
    socket.once('close', () => {
      sockets.delete(socket);
      session.closed = true;
      notify();
    });
  });
  await listen(server);
  const address = server.address();

  function when<T>(find: () => T | undefined): Promise<T> {
    return new Promise((resolve) => {
      const look = (): void => {
        const found = find();
        if (found === undefined) return;
        watchers.delete(look);
        resolve(found);
      };
      watchers.add(look);
      look();
    });
  }

  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    sessions,
    reached: (stage) => when(() => seen.find((entry) => entry.stage === stage)?.session),
    idle: () => when(() => (sockets.size === 0 ? null : undefined)).then(() => undefined),
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
}

function wordsOf(action: StubAction): string {
  if (typeof action === 'string') return action;
  return 'slowly' in action ? action.slowly : action.reply;
}

function serve(
  raw: Socket,
  options: StubOptions,
  arrived: (stage: StubStage) => void,
): StubSession {
  const { script = {}, tls = 'none', certificate, extensions = [] } = options;
  let line: Socket = raw;
  let input = '';
  let mode: 'command' | 'login' | 'mail' | 'over' = 'command';
  let mailBegun = false;
  const mail = { pieces: new Array<string>(), tail: '\r\n' };

  const session: StubSession = {
    commands: [],
    mail: undefined,
    mailBytes: 0,
    secured: false,
    closed: false,
    reset: () => void raw.resetAndDestroy(),
    resume: () => void line.resume(),
  };

  function act(stage: StubStage, usual = USUAL[stage]): void {
    const action = script[stage] ?? usual;
    perform(action);
    if (mode !== 'over') proceed(stage, wordsOf(action));
    arrived(stage);
  }

  function perform(action: StubAction): void {
    if (action === 'reset' || action === 'close' || action === 'stall' || action === 'pause') {
      mode = 'over';
      if (action === 'reset') raw.resetAndDestroy();
      if (action === 'close') line.end();
      if (action === 'pause') line.pause();
    } else if (typeof action === 'string') {
      if (action !== '') line.write(`${action}\r\n`);
    } else if ('slowly' in action) {
      trickle(`${action.slowly}\r\n`);
    } else {
      mode = 'over';
      line.write(`${action.reply}\r\n`, () => {
        if (action.then === 'reset') raw.resetAndDestroy();
      });
      if (action.then === 'close') line.end();
    }
  }

  function trickle(text: string): void {
    if (text === '' || line.destroyed) return;
    line.write(text.slice(0, 1), () => setImmediate(trickle, text.slice(1)));
  }

  function proceed(stage: StubStage, said: string): void {
    if (stage === 'starttls' && said.startsWith('220')) secure();
    if (stage === 'data' && said.startsWith('354')) mode = 'mail';
    if (stage === 'auth') mode = said.startsWith('334') ? 'login' : 'command';
    if (stage === 'final') mode = 'command';
    if (stage === 'quit') line.end();
  }

  function secure(): void {
    raw.removeListener('data', onData);
    const secureContext = createSecureContext({ ...certificate });
    line = new TLSSocket(raw, { isServer: true, secureContext });
    line.once('secure', () => {
      session.secured = true;
    });
    line.on('error', () => undefined);
    line.on('data', onData);
    line.on('end', () => line.end());
  }

  function onData(chunk: Buffer): void {
    input += chunk.toString('latin1');
    if (mode === 'mail') session.mailBytes += chunk.length;
    while (mode !== 'over' && !raw.destroyed && takeOne());
  }

  /** Takes one line, or what there is of the mail; false if there is nothing whole left. */
  function takeOne(): boolean {
    if (mode === 'mail') return takeMail();
    const end = input.indexOf('\r\n');
    if (end < 0) return false;
    const text = input.slice(0, end);
    input = input.slice(end + 2);
    session.commands.push(text);
    obey(text);
    return true;
  }

  function takeMail(): boolean {
    if (input === '') return false;
    if (!mailBegun) {
      mailBegun = true;
      act('body');
      return true;
    }
    // The line end before the mail counts: an empty one is a dot alone.
    const window = mail.tail + input;
    const end = window.indexOf('\r\n.\r\n');
    mail.pieces.push(end < 0 ? input : window.slice(mail.tail.length, end + 5));
    mail.tail = window.slice(-4);
    input = end < 0 ? '' : window.slice(end + 5);
    if (end < 0) return false;
    session.mail = mail.pieces.join('').slice(0, -3);
    act('final');
    return true;
  }

  function obey(text: string): void {
    const verb = mode === 'login' ? 'AUTH' : (text.split(/[ :]/)[0] ?? '').toUpperCase();
    if (verb === 'EHLO' || verb === 'HELO') act('ehlo', ehlo());
    else if (verb === 'STARTTLS') act('starttls', tls === 'starttls' ? USUAL.starttls : '502 no');
    else if (verb === 'AUTH') act('auth', usualLogin(text));
    else if (verb === 'MAIL') act('mail');
    else if (verb === 'RCPT') act('rcpt');
    else if (verb === 'DATA') act('data');
    else if (verb === 'QUIT') act('quit');
    else perform('500 5.5.2 What?');
  }

  function ehlo(): string {
    const offers = [...extensions];
    if (tls === 'starttls' && !session.secured) offers.unshift('STARTTLS');
    const lines = ['stub.test', ...offers];
    return lines.map((text, i) => `250${i === lines.length - 1 ? ' ' : '-'}${text}`).join('\r\n');
  }

  /** AUTH LOGIN asks twice, for the user and for the password. */
  function usualLogin(text: string): string {
    if (mode !== 'login') return /^AUTH LOGIN$/.test(text) ? '334 VXNlcm5hbWU6' : USUAL.auth;
    const asked = session.commands.length - session.commands.lastIndexOf('AUTH LOGIN');
    return asked === 2 ? '334 UGFzc3dvcmQ6' : USUAL.auth;
  }

  raw.on('error', () => undefined);
  raw.on('data', onData);
  raw.on('end', () => raw.end());
  if (tls === 'implicit' && script.tls === undefined) secure();
  queueMicrotask(() => {
    if (script.tls !== undefined) act('tls');
    if (mode !== 'over') act('greeting');
  });
  return session;
}
