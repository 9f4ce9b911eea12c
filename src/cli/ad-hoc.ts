import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../base/errors.ts';
import { Secret } from '../base/secret.ts';
import { parseObserver, parseSender } from '../config/adapters.ts';
import { UsageError, type CliContext } from './context.ts';
import { DEFAULT_LATE_AFTER_MS, orderOf, type ProbePlan } from './plan.ts';
import { oneOffPolicy } from '../engine/probe-once.ts';
import type { ProbeOptions } from './probe-options.ts';

/** The names that the parts of a probe without a configuration file go by. */
const PROBE = 'adhoc';

/** A probe from the command line alone: a ledger that lives as long as the run, and a random key. */
export async function adHocPlan(options: ProbeOptions, context: CliContext): Promise<ProbePlan> {
  const { smtp, from, to, imap } = complete(options);
  const relay = await credentials(
    { url: smtp, kind: 'smtp', file: options.smtpPasswordFile },
    context,
  );
  const mailbox = await credentials(
    { url: imap, kind: 'imap', file: options.imapPasswordFile },
    context,
  );
  const shared = {
    ...(options.caFile === undefined ? {} : { ca_file: options.caFile }),
    ...(options.plain === true ? { tls: 'none' } : {}),
  };
  const sender = parseSender(
    { type: 'smtp', url: smtp, from, header_profile: options.headers, ...relay.fields, ...shared },
    '--smtp',
  );
  const observer = parseObserver(
    { type: 'imap', url: imap, ...mailbox.fields, ...shared },
    '--imap',
  );
  const probe = {
    name: PROBE,
    role: 'target',
    sender: 'smtp',
    observer: 'imap',
    front: [],
    to,
    schedule: { everyMs: DEFAULT_LATE_AFTER_MS }, // never scheduled
    policy: oneOffPolicy(DEFAULT_LATE_AFTER_MS, DEFAULT_LATE_AFTER_MS * 2),
  } as const;
  const order = orderOf({ probe, sender, observer, vantage: 'default', options });
  const folder = await mkdtemp(join(tmpdir(), 'mailcanary-'));
  return {
    app: {
      ledger: { url: `sqlite:${join(folder, 'probe.db')}` },
      tokenKeys: [new Secret(Buffer.from(context.random.bytes(32)).toString('hex'))],
      senders: { smtp: sender },
      observers: { imap: observer },
    },
    order,
    options,
    server: undefined,
    warnings: [...relay.warnings, ...mailbox.warnings],
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
}

function complete(options: ProbeOptions): Record<'smtp' | 'from' | 'to' | 'imap', string> {
  const { smtp, from, to, imap } = options;
  if (smtp === undefined || from === undefined || to === undefined || imap === undefined) {
    const missing = Object.entries({ smtp, from, to, imap })
      .filter(([, value]) => value === undefined)
      .map(([name]) => `--${name}`);
    throw new UsageError(`a probe without a configuration also needs ${missing.join(', ')}`);
  }
  return { smtp, from, to, imap };
}

interface Account {
  readonly url: string;
  readonly kind: 'smtp' | 'imap';
  readonly file: string | undefined;
}

interface Credentials {
  readonly fields: { readonly password?: Secret };
  readonly warnings: readonly string[];
}

/** The password of an account: from a file, the environment, the URL, or a person; first come, first served. */
async function credentials(account: Account, context: CliContext): Promise<Credentials> {
  const { file, kind } = account;
  if (file !== undefined) return { fields: { password: await secretFile(file) }, warnings: [] };
  const name = `MAILCANARY_${kind.toUpperCase()}_PASSWORD`;
  const given = context.env(name);
  if (given !== undefined && given !== '')
    return { fields: { password: new Secret(given) }, warnings: [] };
  if (/^[a-z]+:\/\/[^/@]*:[^/@]+@/i.test(account.url)) {
    const warning = `the password in --${kind} can be read in shell histories; use ${name} or --${kind}-password-file`;
    return { fields: {}, warnings: [warning] };
  }
  const user = /^[a-z]+:\/\/([^/@:]+)@/i.exec(account.url)?.[1];
  if (user === undefined) return { fields: {}, warnings: [] };
  const owner = decodeURIComponent(user);
  const answer = (await context.askSecret?.(`Password of ${owner} (${kind}): `)) ?? '';
  if (answer !== '') return { fields: { password: new Secret(answer) }, warnings: [] };
  throw new UsageError(
    `--${kind} names a user without a password: set ${name}, or give --${kind}-password-file`,
  );
}

async function secretFile(path: string): Promise<Secret> {
  try {
    return new Secret((await readFile(path, 'utf8')).replace(/\r?\n$/, ''));
  } catch (error) {
    throw new UsageError(`cannot read the password file ${path}: ${messageOf(error)}`);
  }
}
