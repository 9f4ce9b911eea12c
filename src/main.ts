import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { messageOf } from './base/errors.ts';
import { createSystemClock, createSystemRandom, onLingering } from './base/system.ts';
import type { CliContext } from './cli/context.ts';
import { createLineInput } from './cli/line-input.ts';
import { EXIT_UNKNOWN, runCli } from './cli/program.ts';
import { environment } from './config/environment.ts';

/** After a command has ended, whatever keeps the process alive longer than this is a leak. */
const LINGER_MS = 1_000;

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (stopping.signal.aborted) process.exit(EXIT_UNKNOWN); // asked twice: at once
    stopping.abort();
  });
}
// A reader that went away (`| head`) is no error of ours, and ends a command as Ctrl-C does; so does what cannot be
// written for another reason, but that is told: half a result must not look like a whole one.
let isHeard = true;
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (isHeard && error.code !== 'EPIPE') {
    process.exitCode = EXIT_UNKNOWN; // also of a command that is through already
    process.stderr.write(`mailcanary: the output cannot be written: ${messageOf(error)}\n`);
  }
  isHeard = false;
  stopping.abort();
});
// A log that cannot be written (a full disk, a collector that went away) loses lines; the monitor goes on.
process.stderr.on('error', () => undefined);

const isTerminal = { out: process.stdout.isTTY, err: process.stderr.isTTY };
const context: CliContext = {
  clock: createSystemClock(),
  random: createSystemRandom(),
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  isTerminal,
  // Some terminals say that they have no size.
  screen: {
    columns: () => (isTerminal.out ? process.stdout.columns || 80 : Infinity),
    rows: () => (isTerminal.out ? process.stdout.rows || 24 : Infinity),
    onResize(listener) {
      process.stdout.on('resize', listener);
      return () => void process.stdout.off('resize', listener);
    },
  },
  colour: (environment('NO_COLOR') ?? '') === '' && environment('TERM') !== 'dumb',
  signal: stopping.signal,
  onHangup: (listener) => void process.on('SIGHUP', listener),
  isAlive,
  nodeVersion: process.version,
  env: environment,
  askSecret: process.stdin.isTTY && process.stderr.isTTY ? askSecret : undefined,
  readLines: (onLine) =>
    createLineInput({
      input: process.stdin,
      output: process.stdout,
      isTerminal: process.stdin.isTTY && process.stdout.isTTY,
      onLine,
      onInterrupt: () => process.emit('SIGINT'),
    }),
  hideArguments: () => {
    process.title = 'mailcanary';
  },
};

void main();

async function main(): Promise<void> {
  try {
    process.exitCode = await runCli(process.argv.slice(2), context);
  } catch (error) {
    process.exitCode = EXIT_UNKNOWN;
    const detail = error instanceof Error ? (error.stack ?? error.message) : messageOf(error);
    context.err(`mailcanary: this is a bug, please report it\n${detail}\n`);
  }
  if (!isHeard) process.exitCode = EXIT_UNKNOWN;
  onLingering(LINGER_MS, () => process.exit());
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'; // another user's
  }
}

function askSecret(question: string): Promise<string> {
  return new Promise((resolve) => {
    process.stderr.write(question);
    const muted = new Writable({ write: (_chunk, _encoding, done) => done() });
    const reader = createInterface({ input: process.stdin, output: muted, terminal: true });
    const finish = (answer: string): void => {
      reader.close();
      process.stderr.write('\n');
      resolve(answer);
    };
    reader.question('', finish);
    reader.on('SIGINT', () => {
      stopping.abort();
      finish('');
    });
  });
}
