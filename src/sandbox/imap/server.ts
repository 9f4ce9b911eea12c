import { createServer, type Socket } from 'node:net';
import { messageOf } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import { close, listen } from '../ports.ts';
import { BadCommand, readArgs } from './args.ts';
import { COMMANDS } from './commands.ts';
import { createLine, type LineOptions } from './line.ts';
import { SELECTED_COMMANDS } from './selected.ts';
import type { Command, Session } from './session.ts';

export interface ImapOptions extends LineOptions {
  readonly logger: Logger;
}

/** IMAP4rev1 (RFC 3501) on loopback, without TLS: what reading and tidying one mailbox needs; all else is BAD. */
export interface ImapServer {
  start(port: number): Promise<number>;
  /** Commands answered so far. */
  commands(): number;
  /** Ends every connection. */
  readonly drop: () => void;
  /** Drops all and listens no more. Idempotent. */
  stop(): Promise<void>;
}

const TABLE: Readonly<Record<string, Command>> = { ...COMMANDS, ...SELECTED_COMMANDS };

export function createImapServer(options: ImapOptions): ImapServer {
  const { dials } = options;
  const sockets = new Set<Socket>();
  const counts = { commands: 0 };
  const line = (): 'up' | 'down' | 'silent' => dials.read().control.line;
  const drop = (): void => sockets.forEach((socket) => socket.destroy());

  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => undefined); // 'close' follows
    socket.setNoDelay(true);
    if (line() === 'down') socket.resetAndDestroy();
    else
      talk(socket, options, () => (counts.commands += 1)).catch((error: unknown) => {
        options.logger.error({ error: messageOf(error) }, 'sandbox: the mailbox failed by itself');
        socket.destroy();
      });
  });
  dials.onChange(() => {
    if (line() === 'down') drop();
  });

  return {
    start: (port) => listen(server, port),
    commands: () => counts.commands,
    drop,
    async stop() {
      drop();
      await close(server);
    },
  };
}

/** Serves one connection: one command after the other. */
async function talk(socket: Socket, options: ImapOptions, count: () => void): Promise<void> {
  const line = createLine(socket, options);
  const { session } = line;
  session.send('* OK sandbox ready');
  for (let text = await session.nextLine(); text !== undefined; text = await session.nextLine()) {
    if (line.isSilent()) continue;
    await line.pause();
    count();
    await obey(session, text);
    if (session.state === 'over') socket.end();
  }
}

/** Runs one command and answers it. */
async function obey(session: Session, text: string): Promise<void> {
  const [, tag = '*', rest = ''] = /^([^\x00-\x20\x7f-\xff(){%*"\\+]+) ([^]*)$/.exec(text) ?? [];
  const name = /^(?:UID )?[A-Z]+/i.exec(rest)?.[0] ?? '';
  const command = Object.hasOwn(TABLE, name.toUpperCase()) ? TABLE[name.toUpperCase()] : undefined;
  try {
    if (command === undefined) throw new BadCommand('unknown command');
    if (!command.states.includes(session.state)) throw new BadCommand('not now');
    const { result, text: said } = await command.run(session, readArgs(rest.slice(name.length)));
    const expunges = command.keepsNumbers !== true;
    for (const line of session.view?.news({ expunges }) ?? []) session.send(line);
    session.send(`${tag} ${result} ${said}`);
  } catch (error) {
    if (!(error instanceof BadCommand)) throw error;
    session.send(`${tag} BAD ${error.message}`);
  }
}
