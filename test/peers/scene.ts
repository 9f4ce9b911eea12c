import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MailRig, RigUser } from '../support/rig/mail-rig.ts';
import { startProxy, type TcpProxy } from '../support/tcp-proxy.ts';

export const FAULTS = ['quit', 'duplicate', 'forged', 'restart', 'loss'] as const;
export type Fault = (typeof FAULTS)[number];

/** What is sent to twin@ is delivered to box@ twice. */
export const TWINS =
  'virtual_alias_maps = inline:{ { twin@example.test = box@example.test, box+copy@example.test } }';

export interface Scene {
  readonly rig: MailRig;
  readonly user: RigUser;
  readonly to: string;
  /** Before Postfix. */
  readonly proxy: TcpProxy;
}

export async function setScene(fault: Fault, rig: MailRig): Promise<Scene> {
  const user = await rig.addUser('box');
  const proxy = await startProxy({ target: { port: rig.smtpPort } });
  const to = fault === 'duplicate' ? 'twin@example.test' : user.address;
  if (fault === 'loss') rig.policy.setAnswer(to, (n) => (n % 2 === 0 ? 'DISCARD' : 'DUNNO'));
  return { rig, user, to, proxy };
}

/** Once: Postfix has said 250, QUIT goes nowhere, and when the mail has arrived, the connection is reset. */
export async function dropQuit({ proxy, rig, user }: Scene): Promise<void> {
  const arrived = await arrivals(rig, user);
  proxy.setRules({ on: 'client-line', match: /^QUIT/i, do: 'stall' });
  await proxy.whenRuleFired();
  await until(async () => (await arrivals(rig, user)) > arrived);
  proxy.resetAll();
}

async function arrivals(rig: MailRig, { address }: RigUser): Promise<number> {
  const log = await readFile(rig.dovecotLog(), 'utf8');
  return log
    .split('\n')
    .filter((line) => line.includes(`(${address})`) && line.includes('saved mail')).length;
}

export const MANY = 20;
const LONGEST_MS = 120_000;

/** Whether a condition came true in time. */
export async function until(condition: () => Promise<boolean>): Promise<boolean> {
  for (const end = Date.now() + LONGEST_MS; Date.now() < end;) {
    if (await condition()) return true;
    await sleep(200);
  }
  return false;
}

export function letter(subject: string, body: string): string {
  return `From: x@example.org\r\nTo: box@example.test\r\nSubject: ${subject}\r\n\r\n${body}\r\n`;
}
