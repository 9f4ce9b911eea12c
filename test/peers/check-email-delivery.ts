import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { MailRig, RigUser } from '../support/rig/mail-rig.ts';

const PLUGINS = '/usr/lib/nagios/plugins';

/** Its package only recommends the library without which it cannot read a mailbox. */
export const hasCheckEmailDelivery = [
  `${PLUGINS}/check_email_delivery`,
  '/usr/share/perl5/Mail/IMAPClient.pm',
].every((file) => existsSync(file));

export interface PeerRun {
  /** Wall-clock time of the whole run, in milliseconds. */
  readonly wallMs: number;
  /** CPU time of all its processes, in milliseconds. */
  readonly cpuMs: number;
  /** Seconds of delivery that it reports. */
  readonly reportedSeconds: number;
}

export interface DeliveryCommand {
  readonly user: RigUser;
  /** Where the mail goes; default: the user's address. */
  readonly to?: string;
  /** Default: the rig's. */
  readonly smtpPort?: number;
  /** More options of check_imap_receive. */
  readonly receive?: string;
  readonly waitSeconds: number;
}

/** As its manual shows it: send with a token of its own in the subject, and search for that. */
export function deliveryCommand(rig: MailRig, options: DeliveryCommand): readonly string[] {
  const { user, to = user.address, smtpPort = rig.smtpPort, receive = '', waitSeconds } = options;
  const send = `${PLUGINS}/check_smtp_send -H 127.0.0.1 --port ${smtpPort} --mailfrom mon@example.test --mailto ${to} --header 'Subject: Nagios %TOKEN1%' -w 5 -c 10`;
  const look = `${PLUGINS}/check_imap_receive -H 127.0.0.1 --port ${rig.imapPort} -U ${user.user} -P ${user.password} -s SUBJECT -s 'Nagios %TOKEN1%' ${receive}`;
  return [
    `${PLUGINS}/check_email_delivery`,
    ...['-p', send, '-p', look.trim()],
    ...['--wait', String(waitSeconds), '-w', '30,30', '-c', '60,60'],
  ];
}

/**
 * One round trip of check_email_delivery. `waitSeconds` below 1 become 0 in
 * its Perl `sleep`: the floor of the tool.
 */
export async function runCheckEmailDelivery(
  rig: MailRig,
  user: RigUser,
  waitSeconds: number,
): Promise<PeerRun> {
  const receive = '--imap-retries 10 --search-critical-min 1 -w 5 -c 10';
  const started = performance.now();
  const output = await timed(deliveryCommand(rig, { user, receive, waitSeconds }));
  return {
    wallMs: performance.now() - started,
    cpuMs: output.cpuMs,
    reportedSeconds: Number(/(\d+) seconds?/.exec(output.stdout)?.[1] ?? Number.NaN),
  };
}

/** Runs a command under bash's `time`, which counts the CPU of all children. */
export function timed(command: readonly string[]): Promise<{ stdout: string; cpuMs: number }> {
  const child = spawn('bash', ['-c', 'TIMEFORMAT="cpu %3U %3S"; time "$@"', 'bash', ...command], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => {
      const [, user = '0', system = '0'] = /cpu ([\d.]+) ([\d.]+)/.exec(stderr) ?? [];
      resolve({ stdout, cpuMs: (Number(user) + Number(system)) * 1_000 });
    });
  });
}
