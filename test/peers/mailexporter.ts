import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MailRig, RigUser } from '../support/rig/mail-rig.ts';
import { makeMaildir } from '../support/rig/maildir.ts';
import { findFreePorts } from '../support/rig/processes.ts';

const MAILEXPORTER = '/usr/bin/mailexporter';
const AS_NOBODY = ['setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups'];
export const hasMailexporter = existsSync(MAILEXPORTER);

export interface MailexporterOptions {
  readonly user: RigUser;
  readonly probes: number;
  /** Where its mails go; default: the user's address. */
  readonly to?: string;
  /** Default: the rig's. */
  readonly smtpPort?: number;
  readonly interval: string;
  readonly timeout: string;
  /** It may read the mails and not delete them, as it does otherwise with those that it has seen. */
  readonly readOnly?: boolean;
}

/** Debian's prometheus-mailexporter; it watches the Maildir that Dovecot delivers to. */
export interface Mailexporter {
  readonly pid: number;
  readonly url: string;
  /** Resolves when the process has ended. */
  readonly ended: Promise<void>;
  /** Resolves once it serves. */
  whenServing(): Promise<void>;
  /** The sum of all samples of a name, over all their labels. */
  sumOf(name: string): Promise<number>;
  metrics(): Promise<string>;
  /** The last of what it said. */
  said(): string;
  kill(): Promise<void>;
}

export async function startMailexporter(
  rig: MailRig,
  options: MailexporterOptions,
): Promise<Mailexporter> {
  const { user } = options.user;
  const maildir = await makeMaildir(rig, options.user);
  const config = join(rig.folder, `mailexporter-${user}.yml`);
  await writeFile(config, configOf(rig, maildir, options));
  const [port = 0] = await findFreePorts(1);
  const args = ['-config.file', config, '-web.listen-address', `127.0.0.1:${port}`];
  const command = options.readOnly === true ? [...AS_NOBODY, MAILEXPORTER] : [MAILEXPORTER];
  const [program = '', ...more] = [...command, ...args];
  const child = spawn(program, more, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr
    .setEncoding('utf8')
    .on('data', (text: string) => (said = (said + text).slice(-100_000)));
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = `http://127.0.0.1:${port}/metrics`;
  const metrics = async (): Promise<string> => (await fetch(url)).text();
  return {
    ...{ pid: child.pid!, url, ended, metrics, said: () => said },
    whenServing: () => whenServing(url),
    sumOf: async (name) => sumIn(await metrics(), name),
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function configOf(rig: MailRig, maildir: string, options: MailexporterOptions): string {
  const { user, probes, to = user.address, smtpPort = rig.smtpPort } = options;
  const servers = Array.from({ length: probes }, (_, index) => ({
    name: `probe${index}`,
    server: '127.0.0.1',
    port: String(smtpPort),
    login: '',
    passphrase: '',
    from: `mon${index}@example.org`,
    to,
    detectiondir: join(maildir, 'new'),
  }));
  const { interval: monitoringinterval, timeout: mailchecktimeout } = options;
  // JSON is YAML.
  return JSON.stringify({ monitoringinterval, mailchecktimeout, servers });
}

function sumIn(text: string, name: string): number {
  const samples = text.matchAll(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, 'gm'));
  return [...samples].reduce((sum, [, value]) => sum + Number(value), 0);
}

async function whenServing(url: string): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    const ok = await fetch(url).then(
      () => true,
      () => false,
    );
    if (ok) return;
    if (attempt > 200) throw new Error('mailexporter does not serve');
    await sleep(50);
  }
}
