import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { MailRig, RigUser } from '../support/rig/mail-rig.ts';

const MAIN = fileURLToPath(new URL('../../dist/main.cjs', import.meta.url));

/** From the start of a process to the first byte that it says to its SMTP server, in milliseconds. */
export async function startUp(command: (smtpPort: number) => readonly string[]): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const [program = '', ...args] = command((server.address() as AddressInfo).port);
  const started = performance.now();
  const child = spawn(program, args, { stdio: 'ignore' });
  try {
    const [socket] = (await once(server, 'connection')) as [Socket];
    socket.on('error', () => undefined);
    socket.write('220 mx.example.test ESMTP\r\n');
    await once(socket, 'data');
    return performance.now() - started;
  } finally {
    child.kill('SIGKILL');
    server.close();
  }
}

export function probeCommand(rig: MailRig, user: RigUser): (smtpPort: number) => readonly string[] {
  return (smtpPort) => [
    ...[process.execPath, MAIN, 'probe', '--smtp', `smtp://127.0.0.1:${smtpPort}`],
    ...['--from', 'a@example.org', '--to', user.address],
    ...['--imap', `imap://${user.user}:${user.password}@127.0.0.1:${rig.imapPort}`],
    ...['--format', 'json', '--timeout', '20s', '--late-after', '10s'],
  ];
}
