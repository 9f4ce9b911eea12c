import type { Clock } from '../../base/clock.ts';
import { MonitorError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import { createAccessTokens, type AccessTokens } from '../../base/oauth2.ts';
import type { Random } from '../../base/random.ts';
import type { ImapConfig } from './config.ts';
import { closeLine, openLine, serverName, type Line } from './connection.ts';
import { listFolders, planFolders } from './folders.ts';
import { createGate } from '../gate.ts';
import type { Watched } from './look.ts';

export interface SessionTools {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** The connection of an observer over its life: opened when needed, again and again. */
export interface Session {
  /** The connection that is up, if one is. */
  current(): Watched | undefined;
  /** The last connection that was up, also when it has ended since. */
  last(): Line | undefined;
  /** The connection that is up, or a new one. @throws MonitorError, at once while it is too early for another attempt. */
  open(signal: AbortSignal): Promise<Watched>;
  /** One of its own beside it, for a check. */
  openApart(signal: AbortSignal): Promise<Line>;
  /** The connection did what it was opened for. */
  proved(): void;
  /** Something on it failed: it is ended, and the next one waits its turn. */
  failed(error: MonitorError): void;
  /** Milliseconds until {@link open} may connect again. */
  waitMs(): number;
  close(): Promise<void>;
}

export function createSession(name: string, config: ImapConfig, tools: SessionTools): Session {
  const { clock, logger } = tools;
  const gate = createGate(tools);
  const tokens: AccessTokens | undefined =
    config.oauth2 === undefined ? undefined : createAccessTokens(config.oauth2, { clock });
  let watched: Watched | undefined;

  const current = (): Watched | undefined =>
    watched?.line.closed.aborted === false ? watched : undefined;

  async function openApart(signal: AbortSignal): Promise<Line> {
    try {
      return await openLine(config, { clock, tokens }, signal);
    } catch (error) {
      // a mounted password file may have been replaced, a token may have been revoked
      if (error instanceof MonitorError && error.reason === 'auth') {
        tokens?.invalidate();
        if (config.password?.refresh() === true) gate.reset();
      }
      throw error;
    }
  }

  return {
    current,
    last: () => watched?.line,
    openApart,
    async open(signal) {
      const ready = current();
      if (ready !== undefined) return ready;
      gate.pass();
      watched = await planOn(await openApart(signal), config, signal);
      const folders = watched.plan.folders.map(({ path, place }) => `${path}=${place}`);
      logger.debug({ observer: name, server: serverName(config), folders }, 'imap connected');
      return watched;
    },
    proved: () => gate.reset(),
    failed(error) {
      watched?.line.drop();
      watched = undefined;
      // while the gate is shut nothing was tried
      if (gate.waitMs() === 0) gate.failed(error);
    },
    waitMs: () => gate.waitMs(),
    async close() {
      const ready = current();
      watched = undefined;
      if (ready !== undefined) await closeLine(ready.line, clock);
    },
  };
}

/** Finds the folders of a new connection; it is ended when that fails. */
async function planOn(line: Line, config: ImapConfig, signal: AbortSignal): Promise<Watched> {
  const drop = (): void => line.drop();
  signal.addEventListener('abort', drop, { once: true });
  try {
    return { line, plan: planFolders(await listFolders(line), config.folders) };
  } catch (error) {
    drop();
    throw error;
  } finally {
    signal.removeEventListener('abort', drop);
  }
}
