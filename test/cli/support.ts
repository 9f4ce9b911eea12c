import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSystemClock, createSystemRandom } from '../../src/base/system.ts';
import type { CliContext } from '../../src/cli/context.ts';
import { runCli } from '../../src/cli/program.ts';
import type { Control } from '../../src/engine/control.ts';
import { atEnd } from '../ledger/support.ts';
import { ACCESS_TOKEN, fakeControl, LOCKED, startSite, type TestSite } from '../server/support.ts';

/** A context that remembers what was said; its terminal can be resized, its user can press Ctrl-C. */
export interface TestContext extends CliContext {
  readonly said: { out: string; err: string };
  readonly listeners: Set<() => void>;
  interrupt(): void;
  /** Resolves once the output matches. */
  whenOut(pattern: RegExp): Promise<void>;
}

export function createTestContext(changes: Partial<CliContext> = {}): TestContext {
  const said = { out: '', err: '' };
  const stopping = new AbortController();
  const watchers = new Set<() => void>();
  const listeners = new Set<() => void>();
  return {
    said,
    listeners,
    interrupt: () => stopping.abort(),
    clock: createSystemClock(),
    random: createSystemRandom(),
    out(text) {
      said.out += text;
      for (const watcher of [...watchers]) watcher();
    },
    err: (text) => void (said.err += text),
    whenOut: (pattern) =>
      new Promise((resolve) => {
        const check = (): void => {
          if (!pattern.test(said.out)) return;
          watchers.delete(check);
          resolve();
        };
        watchers.add(check);
        check();
      }),
    isTerminal: { out: false, err: false },
    screen: {
      columns: () => Infinity,
      rows: () => Infinity,
      onResize(listener) {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    },
    colour: false,
    signal: stopping.signal,
    onHangup: () => undefined,
    isAlive: () => false,
    nodeVersion: 'v20',
    env: () => undefined,
    askSecret: undefined,
    readLines: () => ({ print: (text) => void (said.out += text), close: () => undefined }),
    hideArguments: () => undefined,
    ...changes,
  };
}

/** A configuration in a folder of its own, with a monitor at `port`. Answers its path. */
export async function writeConfig(port: number, server = ''): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mailcanary-cli-'));
  atEnd(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'mailcanary.yaml');
  await writeFile(
    path,
    `token_keys: ["planted-token-key-0123456789"]
server: { listen: "127.0.0.1:${port}"${server === '' ? `, access_token: ${ACCESS_TOKEN}` : server} }
ledger: { url: "sqlite:./ledger.db" }
senders:
  relay: { type: smtp, url: "smtp://127.0.0.1:9", from: a@example.org }
observers:
  helpdesk: { type: imap, url: "imap://user@127.0.0.1:9", password: secret }
probes:
  support: { sender: relay, to: support@example.com, observer: helpdesk }
  control: { sender: relay, to: control@example.com, observer: helpdesk, role: control }
`,
  );
  return path;
}

/** A port that nobody listens on. */
export async function nobody(): Promise<number> {
  const { server, port } = await startSite();
  await server.stop();
  return port;
}

export interface CliRun {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

export async function run(args: readonly string[], context = createTestContext()): Promise<CliRun> {
  const exitCode = await runCli(args, context);
  return { exitCode, ...context.said };
}

/** A running monitor, and the arguments that lead to it. */
export async function monitor(
  changes: Partial<Control> = {},
): Promise<{ site: TestSite; args: string[] }> {
  const site = await startSite({ control: fakeControl(changes), config: LOCKED });
  return { site, args: ['--config', await writeConfig(site.port)] };
}
