import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createConnection, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A server process of ours that stays in the foreground as our child. */
export interface Daemon {
  readonly pid: number;
  /** Asks it to end (SIGTERM), after five seconds makes it end, and waits for that. */
  stop(): Promise<void>;
  /** Ends it and all its children this instant, without letting them tidy up. */
  kill(): Promise<void>;
  isRunning(): boolean;
}

/**
 * Runs a command to its end and gives its standard output.
 *
 * @throws Error with the command and its standard error when it fails.
 */
export async function run(
  command: string,
  args: readonly string[],
  input: string | Uint8Array = '',
): Promise<string> {
  const child = spawn(command, args, { stdio: 'pipe' });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  child.stdin.on('error', () => undefined); // it may end without reading everything
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  if (code === 0) return Buffer.concat(out).toString();
  const said = Buffer.concat(err).toString().trim();
  throw new Error(`${command} ${args.join(' ')} ended with ${String(code)}: ${said}`);
}

/**
 * Starts a server in the foreground, in a session of its own and with no
 * inherited streams: Dovecot would hold them open and hang whoever reads them.
 */
export function startDaemon(command: string, args: readonly string[]): Daemon {
  const child = spawn(command, args, {
    detached: true,
    stdio: 'ignore',
    env: { PATH: process.env['PATH'], TZ: 'UTC' },
  });
  const gone = once(child, 'exit').catch(() => undefined);
  const pid = child.pid;
  if (pid === undefined) throw new Error(`${command} cannot be started`);
  const guard = startGuard('kill -TERM "$0"', String(pid));
  void gone.then(() => guard.kill('SIGKILL'));
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null;
  return {
    pid,
    isRunning,
    async stop() {
      if (!isRunning()) return;
      child.kill('SIGTERM');
      const deadline = new AbortController();
      const overtime = sleep(5_000, undefined, { signal: deadline.signal }).then(
        () => process.kill(-pid, 'SIGKILL'),
        () => undefined,
      );
      await gone;
      deadline.abort();
      await overtime;
    },
    async kill() {
      if (isRunning()) process.kill(-pid, 'SIGKILL');
      await gone;
    },
  };
}

/** Removes `folder` when we die without having called what this gives, which calls that off. */
export function guardFolder(folder: string): () => void {
  // Its servers get a moment to end, lest they write into it again.
  const guard = startGuard('sleep 1; rm -rf "$0"', folder);
  return () => guard.kill('SIGKILL');
}

/** Runs a piece of shell, with `argument` as $0, when we die: its standard input ends then. */
function startGuard(script: string, argument: string): ChildProcess {
  const guard = spawn('sh', ['-c', `read _ || { ${script}; }`, argument], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.unref();
  (guard.stdin as unknown as Socket).unref(); // a pipe is a socket in Node; its type does not say so
  return guard;
}

/** Below Linux's range for outgoing connections: nobody takes a port while its server restarts. */
const FIRST_PORT = 15_000;
const PORTS = 17_000;

/** `count` different ports of the loopback that nobody listens on. */
export async function findFreePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORTS);
    if (await isFree(port)) ports.add(port);
  }
  return [...ports];
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}

/**
 * Waits until the server behind `port` greets.
 *
 * @throws Error when the daemon has ended, or after ten seconds.
 */
export async function waitForGreeting(port: number, daemon: Daemon): Promise<void> {
  const end = Date.now() + 10_000;
  while (!(await greets(port))) {
    if (!daemon.isRunning()) throw new Error(`the server for port ${port} has ended`);
    if (Date.now() > end) throw new Error(`nothing greets on port ${port}`);
    await sleep(10);
  }
}

async function greets(port: number): Promise<boolean> {
  const socket = createConnection(port, '127.0.0.1');
  socket.setTimeout(2_000, () => socket.destroy(new Error('no greeting')));
  try {
    await once(socket, 'data');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
