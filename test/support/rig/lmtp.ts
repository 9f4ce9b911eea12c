import { once } from 'node:events';
import { createConnection } from 'node:net';
import { createInterface } from 'node:readline';

/**
 * Hands one mail to an LMTP server, as a foreign system would.
 *
 * @throws Error with the server's reply when it does not take it.
 */
export async function deliverByLmtp(
  port: number,
  recipient: string,
  message: string,
): Promise<void> {
  const socket = createConnection(port, '127.0.0.1');
  const failed = once(socket, 'close').then(() => {
    throw new Error('LMTP: the connection ended');
  });
  failed.catch(() => undefined);
  socket.on('error', () => undefined); // 'close' follows and says it
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();

  async function expectReply(code: string): Promise<void> {
    for (;;) {
      const next = await Promise.race([lines.next(), failed]);
      const line = next.done === true ? 'the connection ended' : next.value;
      if (!line.startsWith(code)) throw new Error(`LMTP: ${line}`);
      if (line[3] !== '-') return;
    }
  }
  async function say(line: string, code: string): Promise<void> {
    socket.write(`${line}\r\n`);
    await expectReply(code);
  }

  try {
    await expectReply('220');
    await say('LHLO rig.example.test', '250');
    await say('MAIL FROM:<someone@elsewhere.test>', '250');
    await say(`RCPT TO:<${recipient}>`, '250');
    await say('DATA', '354');
    await say(`${withDots(message)}\r\n.`, '250');
    socket.write('QUIT\r\n');
  } finally {
    socket.destroy();
  }
}

function withDots(message: string): string {
  return message
    .replace(/\r?\n$/, '')
    .replace(/\r?\n/g, '\r\n')
    .replace(/^\./gm, '..');
}
