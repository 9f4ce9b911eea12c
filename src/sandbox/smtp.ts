import type { Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { SMTPServer, type SMTPServerSession } from 'smtp-server';
import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { uniform, type Random } from '../base/random.ts';
import { happens } from './chance.ts';
import type { SmtpDials } from './config.ts';
import type { Dials } from './dials.ts';
import { readMail, shortName, type Envelope } from './mail.ts';
import { close, listen } from './ports.ts';
import type { Accepted } from './queue.ts';
import type { Destination } from './truth.ts';

export interface SmtpOptions {
  /** The inbound servers, by full name. */
  readonly servers: readonly string[];
  /** Which of them this port is; undefined: the name before all, one of them by chance. */
  readonly only?: string;
  /** Address in lower case to where its mail goes. */
  readonly routes: ReadonlyMap<string, Destination>;
  readonly dials: Dials;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Called before the 250, once a recipient. */
  readonly accept: (destination: Destination, accepted: Omit<Accepted, 'sequence'>) => void;
  /** A queue id that was not given out before. */
  readonly nextId: () => string;
}

/** SMTP on loopback, without TLS and login. */
export interface SmtpIn {
  start(port: number): Promise<number>;
  /** Ends every dialogue. Idempotent. */
  stop(): Promise<void>;
}

type Stage = SmtpDials['stage'];
type Callback = (error?: Error | null) => void;

/** The largest mail taken, in bytes; RFC 1870. */
const SIZE = 32 * 1_024 * 1_024;

export function createSmtpIn(options: SmtpOptions): SmtpIn {
  const sockets = new Set<Socket>();
  const meet = createInterference(options, sockets);
  const server = new SMTPServer({
    name: options.only ?? 'mx.sandbox.test',
    banner: 'sandbox',
    size: SIZE,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    logger: false,
    onConnect(session, callback) {
      if (pickServer(options) === undefined) callback(OUT_OF_SERVICE);
      else meet('connect', session, callback);
    },
    onMailFrom: (_address, session, callback) => meet('mail', session, callback),
    onRcptTo({ address }, session, callback) {
      if (options.routes.has(address.toLowerCase())) meet('rcpt', session, callback);
      else callback(refusal(550, '5.1.1 no such user here'));
    },
    onData(stream, session, callback) {
      const finish = (raw: Buffer, error?: Error | null): void => {
        if (error) callback(error);
        else if (stream.sizeExceeded) callback(refusal(552, '5.3.4 too large'));
        else void take(options, raw, session).then((said) => callback(null, said), callback);
      };
      void buffer(stream).then(
        (raw) => meet('data', session, (error) => finish(raw, error)),
        callback,
      );
    },
  });
  server.on('error', (error: Error) => {
    options.logger.debug({ error: messageOf(error) }, 'sandbox: an SMTP dialogue broke');
  });
  server.server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });

  return {
    start: (port) => listen(server.server, port),
    async stop() {
      for (const socket of sockets) socket.destroy();
      await close(server.server);
    },
  };
}

/** What the dials do to a dialogue that has come to a stage; otherwise it goes on. */
function createInterference(
  { dials, random }: SmtpOptions,
  sockets: ReadonlySet<Socket>,
): (stage: Stage, session: SMTPServerSession, go: Callback) => void {
  return (stage, session, go) => {
    const { answer, stage: at, share, code } = dials.read().smtp;
    if (answer === 'accept' || at !== stage || !happens(share, random)) go();
    else if (answer === 'refuse') go(refusal(code ?? 554, '5.3.0 not today'));
    else if (answer === 'defer') go(refusal(code ?? 451, '4.3.0 try again later'));
    else if (answer === 'reset') {
      const { remotePort } = session;
      [...sockets].find((socket) => socket.remotePort === remotePort)?.resetAndDestroy();
    }
    // hang: nobody calls back
  };
}

/** The server behind the name that takes a dialogue; undefined: none is in service. */
function pickServer({ servers, only, dials, random }: SmtpOptions): string | undefined {
  const troubles = dials.read().helpdesk.servers;
  const inService = servers.filter((name) => troubles[shortName(name)]?.out !== true);
  if (only !== undefined) return inService.find((name) => name === only);
  return inService[Math.floor(uniform(random) * inService.length)];
}

/** Takes responsibility for a mail; answers what the 250 says. */
async function take(
  options: SmtpOptions,
  raw: Buffer,
  session: SMTPServerSession,
): Promise<string> {
  const server = pickServer(options);
  if (server === undefined) throw OUT_OF_SERVICE;
  const { mailFrom, rcptTo } = session.envelope;
  const from = mailFrom === false ? '' : mailFrom.address;
  const queueId = options.nextId();
  const mail = await readMail(raw, from);
  for (const { address } of rcptTo) {
    const destination = options.routes.get(address.toLowerCase());
    if (destination === undefined) continue;
    const { hostNameAppearsAs: helo, remoteAddress } = session;
    const envelope: Envelope = { from, to: address, helo, remoteAddress, server, queueId };
    options.accept(destination, { mail, envelope, acceptedAt: options.clock.now() });
  }
  return `2.0.0 Ok: queued as ${queueId}`;
}

function refusal(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}

const OUT_OF_SERVICE = refusal(421, '4.3.2 out of service');
