import { randomBytes } from 'node:crypto';
import { watch } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createCertificates } from './certificates.ts';
import { parseDeliveries, type Deliveries } from './delivery-log.ts';
import { createDovecot, type Dovecot } from './dovecot.ts';
import { startGate, type Gate } from './gate.ts';
import { deliverByLmtp } from './lmtp.ts';
import { startPolicy, type Policy } from './policy.ts';
import { createPostfix, type Postfix, type QueuedMail } from './postfix.ts';
import { findFreePorts, guardFolder } from './processes.ts';

export interface MailRigOptions {
  /** Lines to add to Postfix' main.cf; they win over ours. */
  readonly postfix?: string;
  /** Lines to add to Postfix' master.cf: further services. */
  readonly services?: string;
  /** Address to transport: what does not go to Dovecot. */
  readonly transports?: Readonly<Record<string, string>>;
  /** Lines to add to Dovecot's configuration. */
  readonly dovecot?: string;
}

export interface RigUser {
  readonly user: string;
  readonly password: string;
  readonly address: string;
}

/** The ports of one rig, all on 127.0.0.1. */
export interface RigPorts {
  /** SMTP in the clear, relays for anybody on this machine. */
  readonly smtpPort: number;
  /** TLS from the first byte, needs AUTH. */
  readonly smtpsPort: number;
  /** STARTTLS and AUTH needed. */
  readonly submissionPort: number;
  /** Dovecot's; mail for a user past Postfix. */
  readonly lmtpPort: number;
  readonly imapPort: number;
  readonly imapsPort: number;
}

/**
 * A real Postfix that delivers to a real Dovecot, for one test file. Mail to
 * anybody outside example.test and hop.test is swallowed.
 */
export interface MailRig extends RigPorts {
  /** In the server certificate, as `127.0.0.1` is. */
  readonly host: 'localhost';
  readonly caFile: string;
  readonly folder: string;
  /** Always there: hold@ (put on hold), refused@ (550 at RCPT), retry@ (450 at RCPT), bounce@ (accepted, then bounced). */
  readonly addresses: {
    readonly hold: RigUser;
    readonly refused: string;
    readonly retry: string;
    readonly bounce: string;
  };
  /** What Postfix asked and what it is told about an address: see {@link Policy}. */
  readonly policy: Policy;
  /** A new empty mailbox with INBOX, Junk and Trash. */
  addUser(name?: string): Promise<RigUser>;
  /** The user's address by way of a second mail server: two more Received lines instead of one. */
  hopAddress(user: RigUser): string;
  /** Foreign mail straight into a mailbox: by LMTP, or saved into `mailbox`. */
  deliver(user: RigUser, message: string, mailbox?: string): Promise<void>;
  /** From now on mail to example.test is accepted and stays in the queue, until {@link release}. */
  defer(): void;
  /** Ends that and tries all queued mail now. */
  release(): Promise<void>;
  /** Each new mail to this address is put on hold. */
  hold(address: string): void;
  /** Waits until a mail to this address has been accepted and is on hold. */
  whenHeld(address: string): Promise<void>;
  releaseHeld(): Promise<void>;
  /** 450 for the first `attempts` times that this address is tried, then accepted. */
  greylist(address: string, attempts: number): void;
  /** Doveadm's output; it moves, expunges, renames: `['expunge', '-u', user, 'mailbox', 'INBOX', 'all']`. */
  doveadm(args: readonly string[], input?: string): Promise<string>;
  readonly startPostfix: Postfix['start'];
  readonly stopPostfix: Postfix['stop'];
  readonly startDovecot: Dovecot['start'];
  readonly stopDovecot: Dovecot['stop'];
  restartDovecot(): Promise<void>;
  /** Tries all deferred mail now. */
  readonly flush: Postfix['flush'];
  readonly queue: Postfix['queue'];
  postfixLog(): string;
  dovecotLog(): string;
  /** Waits for a line in Postfix' log, from the beginning of the log on. */
  whenLogged(pattern: RegExp): Promise<void>;
  /** What the logs say about a mail so far. */
  deliveries(queueId: string): Promise<Deliveries>;
  /** Waits until the logs say that it is in the mailbox. */
  whenDelivered(queueId: string): Promise<Deliveries & { readonly deliveredAt: number }>;
  /** Ends all processes of the rig and removes its folder. */
  stop(): Promise<void>;
}

/** Starts a rig of its own; several at once do not meet. Needs root: Postfix insists on it. */
export async function startMailRig(options: MailRigOptions = {}): Promise<MailRig> {
  if (process.getuid?.() !== 0) throw new Error('the mail rig needs root: Postfix insists on it');
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await tryStart(options);
    } catch (error) {
      // Somebody may take a port between our finding it free and our listening on it.
      const again = attempt < 3 && String(error).includes('Address already in use');
      if (!again) throw error;
    }
  }
}

async function tryStart(options: MailRigOptions): Promise<MailRig> {
  const closers: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    const parts = await startParts(options, closers);
    const rig = createRig(parts, stop);
    const hold = await rig.addUser('hold');
    rig.hold(hold.address);
    rig.policy.setAnswer(rig.addresses.refused, '550 5.7.1 refused by the rig');
    rig.policy.setAnswer(rig.addresses.retry, '450 4.2.0 come back later');
    return { ...rig, addresses: { ...rig.addresses, hold } };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Parts {
  readonly folder: string;
  readonly caFile: string;
  readonly ports: RigPorts;
  readonly postfix: Postfix;
  readonly dovecot: Dovecot;
  readonly policy: Policy;
  readonly gate: Gate;
}

async function startParts(
  options: MailRigOptions,
  closers: (() => Promise<unknown>)[],
): Promise<Parts> {
  const folder = await mkdtemp(join(tmpdir(), 'mail-rig-'));
  const dropGuard = guardFolder(folder);
  closers.push(async () => {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    dropGuard();
  });
  await chmod(folder, 0o755); // both servers drop root and must get through
  for (const part of ['tls', 'postfix', 'dovecot']) await mkdir(join(folder, part));
  const certificates = await createCertificates(join(folder, 'tls'));

  const [smtp = 0, submission = 0, smtps = 0, hop = 0, lmtp = 0, imap = 0, imaps = 0] =
    await findFreePorts(7);
  const gate = await startGate(lmtp);
  closers.push(() => gate.stop());
  const policy = await startPolicy(({ recipient, port }) => {
    const isFinal = recipient.endsWith('@example.test') || port === hop;
    return isFinal && !gate.isOpen() ? `FILTER lmtp:inet:127.0.0.1:${gate.port}` : 'DUNNO';
  });
  closers.push(() => policy.stop());
  const postfix = await createPostfix({
    folder: join(folder, 'postfix'),
    ports: { smtp, submission, smtps, hop, lmtp, policy: policy.port },
    certificates,
    extra: options.postfix ?? '',
    services: options.services ?? '',
    transports: options.transports ?? {},
  });
  const dovecot = await createDovecot({
    folder: join(folder, 'dovecot'),
    ports: { imap, imaps, lmtp },
    authSocket: postfix.authSocket,
    certificates,
    extra: options.dovecot ?? '',
  });
  closers.push(
    () => dovecot.kill(),
    () => postfix.stop(),
  );
  await Promise.all([dovecot.start(), postfix.start()]);
  const ports = { smtpPort: smtp, submissionPort: submission, smtpsPort: smtps };
  return {
    folder,
    caFile: certificates.caFile,
    ports: { ...ports, lmtpPort: lmtp, imapPort: imap, imapsPort: imaps },
    postfix,
    dovecot,
    policy,
    gate,
  };
}

type BareRig = Omit<MailRig, 'addresses'> & {
  readonly addresses: Omit<MailRig['addresses'], 'hold'>;
};

function createRig(parts: Parts, stop: () => Promise<void>): BareRig {
  const { postfix, dovecot, policy, gate } = parts;
  const names = { refused: 'refused@example.test', retry: 'retry@example.test' };
  let users = 0;
  const deliveries = async (queueId: string): Promise<Deliveries> =>
    parseDeliveries(queueId, {
      postfix: await readFile(postfix.logFile, 'utf8'),
      dovecot: await readFile(dovecot.logFile, 'utf8'),
      questions: policy.questions,
    });
  return {
    ...parts.ports,
    host: 'localhost',
    caFile: parts.caFile,
    folder: parts.folder,
    addresses: { ...names, bounce: 'bounce@example.test' }, // bounce@ has no mailbox
    policy,
    async addUser(name = `user${++users}`) {
      const password = randomBytes(9).toString('base64url');
      await dovecot.addUser(name, password);
      return { user: name, password, address: `${name}@example.test` };
    },
    hopAddress: ({ user }) => `${user}@hop.test`,
    async deliver({ user, address }, message, mailbox) {
      if (mailbox === undefined) await deliverByLmtp(parts.ports.lmtpPort, address, message);
      else await dovecot.doveadm(['save', '-u', user, '-m', mailbox], message);
    },
    defer: () => gate.close(),
    async release() {
      gate.open();
      await postfix.flush();
    },
    hold: (address) => policy.setAnswer(address, 'HOLD'),
    async whenHeld(address) {
      const isHeld = ({ queue, recipients }: QueuedMail): boolean =>
        queue === 'hold' && recipients.includes(address);
      while (!(await postfix.queue()).some(isHeld)) await sleep(50); // no log line tells it
    },
    releaseHeld: () => postfix.releaseHeld(),
    greylist(address, attempts) {
      policy.setAnswer(address, (n) => (n <= attempts ? '450 4.2.0 greylisted' : 'DUNNO'));
    },
    doveadm: (args, input) => dovecot.doveadm(args, input),
    startPostfix: () => postfix.start(),
    stopPostfix: () => postfix.stop(),
    startDovecot: () => dovecot.start(),
    stopDovecot: () => dovecot.kill(),
    async restartDovecot() {
      await dovecot.stop();
      await dovecot.start();
    },
    flush: () => postfix.flush(),
    queue: () => postfix.queue(),
    postfixLog: () => postfix.logFile,
    dovecotLog: () => dovecot.logFile,
    deliveries,
    whenLogged: (pattern) =>
      watchFiles([postfix.logFile], async () =>
        pattern.test(await readFile(postfix.logFile, 'utf8')) ? true : undefined,
      ).then(() => undefined),
    whenDelivered: (queueId) =>
      watchFiles([postfix.logFile, dovecot.logFile], async () => {
        const { deliveredAt, ...told } = await deliveries(queueId);
        return deliveredAt === undefined ? undefined : { ...told, deliveredAt };
      }),
    stop,
  };
}

/** Looks now and whenever one of the files changes, until there is something to be seen. */
function watchFiles<T>(files: readonly string[], look: () => Promise<T | undefined>): Promise<T> {
  return new Promise((resolve, reject) => {
    const check = (): void => {
      look().then((found) => {
        if (found === undefined) return;
        for (const watcher of watchers) watcher.close();
        resolve(found);
      }, reject);
    };
    const watchers = files.map((file) => watch(file, check));
    check();
  });
}
