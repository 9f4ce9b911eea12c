import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import { Secret } from '../base/secret.ts';
import { forkRandom } from './chance.ts';
import type { DialsPatch } from './config.ts';
import { createDials, type Dials } from './dials.ts';
import { createHelpdesk, type Helpdesk } from './helpdesk/server.ts';
import { createImapServer, type ImapServer } from './imap/server.ts';
import { createMailbox, type Mailbox } from './imap/store.ts';
import { receivedLine } from './mail.ts';
import { HOST } from './ports.ts';
import { createIngestQueue, type Accepted, type IngestQueue, type Requeue } from './queue.ts';
import {
  createSmtpPorts,
  type Endpoint,
  type SmtpAddresses,
  type SmtpPorts,
} from './smtp-ports.ts';
import { createTruthLog, type Copy, type Destination, type TruthLog } from './truth.ts';

export interface SandboxOptions {
  /** Whose mail goes to the helpdesk; default support@sandbox.test. */
  readonly support?: string;
  /** Whose mail goes to the mailbox; default control@sandbox.test. Every other recipient is refused. */
  readonly control?: string;
  /** The mailbox has all mail to support as well, at once: as one that a helpdesk fetches from. Default: no. */
  readonly isMailboxInFront?: boolean;
  /** Inbound servers behind the name, mx1 and so on; default 1. */
  readonly servers?: number;
  /** 0 or nothing: any free port; else that one or the next that is free. */
  readonly ports?: { readonly smtp?: number; readonly helpdesk?: number; readonly imap?: number };
  /** How the dials stand at the start, where that is not "in good health". */
  readonly dials?: DialsPatch;
}

export interface SandboxTools {
  /** All times and waits of the sandbox, so also how fast it lives. */
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

export interface Addresses extends SmtpAddresses {
  /** Base of the API: `/v2/...` follows. */
  readonly helpdesk: Endpoint & { readonly url: string };
  readonly imap: Endpoint;
}

export interface Sandbox {
  /** Opens all ports. Once; when that fails half-way, what was opened is closed again. */
  start(): Promise<Addresses>;
  /** Closes everything; mail that waits is dropped. Idempotent, and the end: there is no second start. */
  stop(): Promise<void>;
  readonly recipients: { readonly support: string; readonly control: string };
  /** Made up at the creation, of no use anywhere else. */
  readonly credentials: {
    readonly appId: string;
    readonly appSecret: Secret;
    readonly mailboxId: number;
    readonly imapUser: string;
    readonly imapPassword: Secret;
  };
  readonly dials: Dials;
  /** What really happened to every mail that was accepted. */
  readonly truth: Pick<TruthLog, 'all' | 'onChange' | 'until'>;
  /** Queues again what one destination accepted in a span. Answers how many mails. */
  requeue(to: Destination, request: Requeue): number;
  readonly helpdesk: Pick<Helpdesk, 'requests' | 'hookCalls'> & {
    /** Every access token given out so far is void. */
    revokeTokens(): void;
    /** Merges one conversation into another. */
    merge(from: number, into: number): void;
    /** Calls `url` for each new mail, as a webhook that somebody set up. */
    callHook(url: string, secret: string): void;
  };
  readonly mailbox: Pick<Mailbox, 'folders'> & {
    /** Another UIDVALIDITY, UIDs from 1; connections end. */
    renumber(): void;
    /** IMAP commands answered so far. */
    commands(): number;
  };
}

const MAILBOX_ID = 85;

/** A mail system in one process: SMTP in, a helpdesk and a mailbox, with dials for everything that goes wrong. */
export function createSandbox(options: SandboxOptions, tools: SandboxTools): Sandbox {
  const parts = createParts(options, tools);
  const { dials, truth, queues, helpdesk, mailbox, imap, smtp, recipients, credentials } = parts;
  const closers = [smtp, helpdesk, imap, queues.helpdesk, queues.control];

  async function stop(): Promise<void> {
    await Promise.all(closers.splice(0).map((part) => part.stop()));
  }

  return {
    recipients,
    credentials,
    dials,
    truth,
    stop,
    async start() {
      const { ports = {} } = options;
      try {
        const api = await helpdesk.start(ports.helpdesk ?? 0);
        const imapPort = await imap.start(ports.imap ?? 0);
        return {
          ...(await smtp.start(ports.smtp ?? 0)),
          helpdesk: { host: HOST, port: api, url: `http://${HOST}:${api}` },
          imap: { host: HOST, port: imapPort },
        };
      } catch (error) {
        tools.logger.error({ error: messageOf(error) }, 'sandbox: it did not start');
        await stop();
        throw error;
      }
    },
    requeue: (to, request) => queues[to].requeue(request),
    helpdesk: {
      requests: () => helpdesk.requests(),
      hookCalls: () => helpdesk.hookCalls(),
      revokeTokens: () => helpdesk.tokens.revokeAll(),
      merge: (from, into) => helpdesk.inbox.merge(from, into),
      callHook: (url, secret) => helpdesk.callHook(url, secret),
    },
    mailbox: {
      folders: () => mailbox.folders(),
      commands: () => imap.commands(),
      renumber() {
        imap.drop(); // UIDVALIDITY never changes within a session
        mailbox.renumber();
      },
    },
  };
}

interface Parts extends Pick<Sandbox, 'recipients' | 'credentials' | 'dials'> {
  readonly truth: TruthLog;
  readonly queues: Readonly<Record<Destination, IngestQueue>>;
  readonly helpdesk: Helpdesk;
  readonly mailbox: Mailbox;
  readonly imap: ImapServer;
  readonly smtp: SmtpPorts;
}

function createParts(options: SandboxOptions, tools: SandboxTools): Parts {
  const { clock, random, logger } = tools;
  const dials = createDials(options.dials);
  const truth = createTruthLog();
  const support = options.support ?? 'support@sandbox.test';
  const control = options.control ?? 'control@sandbox.test';
  const credentials = makeCredentials(forkRandom(random), control);
  const { appId: id, appSecret, mailboxId, imapUser: user, imapPassword } = credentials;
  const shared = { dials, truth, clock, logger };
  const helpdesk = createHelpdesk({
    app: { id, secret: appSecret.reveal() },
    mailbox: { id: mailboxId, email: support },
    ...shared,
    random: forkRandom(random),
  });
  const mailbox = createMailbox({ now: () => clock.now() + dials.read().control.offset });
  const account = { user, password: imapPassword.reveal() };
  const queues = {
    helpdesk: createIngestQueue({
      ...shared,
      destination: 'helpdesk',
      random: forkRandom(random),
      ingest: (accepted, place, cause) => helpdesk.inbox.receive(accepted, place, cause),
    }),
    control: createIngestQueue({
      ...shared,
      destination: 'control',
      random: forkRandom(random),
      ingest: (accepted, place) => deliver(mailbox, accepted, { place, dials }),
    }),
  };
  const smtp = createSmtpPorts(options.servers ?? 1, {
    routes: new Map([
      [support.toLowerCase(), 'helpdesk'],
      [control.toLowerCase(), 'control'],
    ]),
    ...shared,
    random: forkRandom(random),
    accept(destination, accepted) {
      if (options.isMailboxInFront === true && destination === 'helpdesk') {
        deliver(mailbox, accepted, { place: 'inbox', dials });
      }
      queues[destination].accept(accepted);
    },
  });
  const imap = createImapServer({ mailbox, account, dials, clock, logger });
  const recipients = { support, control };
  return { recipients, credentials, dials, truth, queues, helpdesk, mailbox, imap, smtp };
}

function makeCredentials(random: Random, imapUser: string): Sandbox['credentials'] {
  const word = (): string => Buffer.from(random.bytes(16)).toString('hex');
  return {
    appId: word(),
    appSecret: new Secret(word()),
    mailboxId: MAILBOX_ID,
    imapUser,
    imapPassword: new Secret(word()),
  };
}

/** Puts a mail into the mailbox, with the lines that final delivery adds (RFC 5321 section 4.4). */
function deliver(
  mailbox: Mailbox,
  { mail, envelope, acceptedAt }: Accepted,
  { place, dials }: { readonly place: Copy['place']; readonly dials: Dials },
): string {
  const folder = place === 'spam' ? 'Junk' : 'INBOX';
  const returnPath = `Return-Path: <${envelope.from}>\r\nDelivered-To: ${envelope.to}\r\n`;
  const received = receivedLine(envelope, acceptedAt + dials.read().smtp.offset);
  const uid = mailbox.append(folder, Buffer.concat([Buffer.from(returnPath + received), mail.raw]));
  return `${folder}/${mailbox.find(folder)?.uidValidity ?? 0}/${uid}`;
}
