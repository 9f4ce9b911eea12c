import { once } from 'node:events';
import { createConnection, createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

/** Something that a test can wait for. */
interface Watch {
  notify(): void;
  until(condition: () => boolean): Promise<void>;
}

function createWatch(): Watch {
  const checks = new Set<() => void>();
  return {
    notify: () => checks.forEach((check) => check()),
    until: (condition) =>
      new Promise((resolve) => {
        const check = (): void => {
          if (condition() && checks.delete(check)) resolve();
        };
        checks.add(check);
        check();
      }),
  };
}

/** Calls back for each line; readline repeats the socket's errors, which are told elsewhere. */
function readLines(socket: Socket, take: (line: string) => void): void {
  createInterface({ input: socket })
    .on('line', take)
    .on('error', () => undefined);
}

/** "end" for a FIN, else the error's code. */
function onEnding(socket: Socket, tell: (how: string) => void): void {
  socket.on('end', () => tell('end'));
  socket.on('error', (error: NodeJS.ErrnoException) => tell(error.code ?? ''));
}

/** A server that speaks just enough SMTP. */
export interface LineServer {
  readonly port: number;
  /** What it has heard. */
  readonly lines: string[];
  /** How its connections ended. */
  readonly ends: string[];
  readonly sockets: readonly Socket[];
  until(condition: () => boolean): Promise<void>;
  stop(): void;
}

export async function startLineServer(): Promise<LineServer> {
  const lines: string[] = [];
  const ends: string[] = [];
  const sockets: Socket[] = [];
  const watch = createWatch();
  const server = createServer((socket) => {
    sockets.push(socket);
    const answer = createAnswers();
    socket.write('220 here\r\n');
    readLines(socket, (line) => {
      lines.push(line);
      socket.write(answer(line));
      watch.notify();
    });
    onEnding(socket, (how) => {
      ends.push(how);
      watch.notify();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    lines,
    ends,
    sockets,
    until: (condition) => watch.until(condition),
    stop() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function createAnswers(): (line: string) => string {
  let isInData = false;
  return (line) => {
    if (isInData && line !== '.') return '';
    isInData = line === 'DATA';
    if (line === 'EHLO') return '250-first\r\n250 last\r\n';
    if (line === 'STARTTLS') return '220 begin\r\n';
    return isInData ? '354 go\r\n' : `250 ok ${line}\r\n`;
  };
}

export interface LineClient {
  readonly socket: Socket;
  say(...lines: readonly string[]): void;
  /** The next line of the server. */
  hear(): Promise<string>;
  /** How the connection ended. */
  readonly ended: Promise<string>;
}

export function connectLines(port: number): LineClient {
  const socket = createConnection(port, '127.0.0.1');
  const heard: string[] = [];
  const watch = createWatch();
  readLines(socket, (line) => {
    heard.push(line);
    watch.notify();
  });
  return {
    socket,
    ended: new Promise((resolve) => onEnding(socket, resolve)),
    say: (...lines) => socket.write(lines.map((line) => `${line}\r\n`).join('')),
    async hear() {
      await watch.until(() => heard.length > 0);
      return heard.shift() ?? '';
    },
  };
}
