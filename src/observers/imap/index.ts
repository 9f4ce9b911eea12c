import { whenAborted } from '../../base/abort.ts';
import type { Clock } from '../../base/clock.ts';
import { withDeadline } from '../../base/deadline.ts';
import { MonitorError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { Random } from '../../base/random.ts';
import { isLoopback } from '../../base/server-url.ts';
import type { TokenKeys } from '../../domain/token.ts';
import type { Look, LookOptions, Observer, ObserverReport } from '../observer.ts';
import { checkMailbox } from './check.ts';
import type { ImapConfig } from './config.ts';
import { serverName } from './connection.ts';
import { createCopyMemory, type CopyMemory } from './copies.ts';
import { explain, known, stopped } from './failure.ts';
import { lookThrough } from './look.ts';
import { waitForGrowth } from './news.ts';
import { createQueue, type Queue } from './queue.ts';
import { createSession, type Session } from './session.ts';
import { createTidier } from './tidier.ts';

export interface ImapTools {
  readonly clock: Clock;
  readonly random: Random;
  readonly keys: TokenKeys;
  readonly logger: Logger;
}

/** Looks for canaries in the folders of a mailbox. Looks change nothing; tidying has a connection of its own. */
export function createImapObserver(name: string, config: ImapConfig, tools: ImapTools): Observer {
  const closing = new AbortController();
  const parts: Parts = {
    config,
    tools,
    server: serverName(config),
    session: createSession(name, config, tools),
    memory: createCopyMemory(tools.clock),
    closing: closing.signal,
    alone: createQueue(),
  };
  const tidier = createTidier(parts);
  return {
    name,
    type: 'imap',
    capabilities: {
      minPauseMs: isLoopback(config.server.host) ? 10 : 1_000,
      indexLagMs: 0,
      push: true,
      stampQuantumMs: 1_000,
    },
    prepare: () => void prepare(parts),
    look: (options) => look(parts, options),
    news: (signal) => news(parts, signal),
    check: (signal) => check(parts, signal),
    tidy: (litter, options) => tidier.tidy(litter, options),
    async close() {
      closing.abort();
      await tidier.close();
      await parts.alone(() => parts.session.close());
    },
  };
}

interface Parts {
  readonly config: ImapConfig;
  readonly tools: ImapTools;
  readonly server: string;
  readonly session: Session;
  readonly memory: CopyMemory;
  readonly closing: AbortSignal;
  /** Runs a step when those before it are done: a connection has one folder open at a time. */
  readonly alone: Queue;
}

/** Not only the attempt but also its failure comes before the first look, which would else connect once more at once. */
function prepare(parts: Parts): Promise<void> {
  const { config, server, session, tools, closing } = parts;
  const deadline = { clock: tools.clock, ms: config.timeoutMs, what: server, signal: closing };
  return parts.alone(async () => {
    try {
      await withDeadline(deadline, (signal) => session.open(signal));
    } catch (error) {
      // The gate keeps it: a look that comes too early for another attempt says the same.
      session.failed(known(error, server));
    }
  });
}

async function look(parts: Parts, options: LookOptions): Promise<Look> {
  const { server, session } = parts;
  const outer = AbortSignal.any([options.signal, parts.closing]);
  const deadline = { clock: parts.tools.clock, ms: parts.config.timeoutMs, what: server };
  try {
    return await withDeadline({ ...deadline, signal: outer }, (signal) =>
      parts.alone(() => read(parts, options, signal)),
    );
  } catch (error) {
    const failure = outer.aborted ? stopped(server) : known(error, server);
    const throttled = failure.reason === 'timeout' && session.last()?.lastWasBad() === true;
    const told = throttled ? rateLimited(server) : failure;
    session.failed(told);
    throw told;
  }
}

/** What fails ends the connection: its state is not known any more. */
async function read(parts: Parts, options: LookOptions, signal: AbortSignal): Promise<Look> {
  const { session, memory } = parts;
  const { clock, keys } = parts.tools;
  const startedAt = clock.now();
  signal.throwIfAborted();
  const before = session.current();
  const requestsBefore = before?.line.commands() ?? 0;
  const watched = before ?? (await session.open(signal));
  const drop = (): void => watched.line.drop();
  signal.addEventListener('abort', drop, { once: true });
  try {
    const tools = { clock, keys, memory };
    const seen = await lookThrough(watched, tools, { ...options, requestsBefore, startedAt });
    session.proved();
    return seen;
  } catch (error) {
    throw explain(error, watched.line.context);
  } finally {
    signal.removeEventListener('abort', drop);
  }
}

async function news(parts: Parts, signal: AbortSignal): Promise<void> {
  const { session, alone } = parts;
  const { clock } = parts.tools;
  const { maxIdleMs } = parts.config;
  const stop = AbortSignal.any([signal, parts.closing]);
  const watched = session.current();
  if (watched === undefined) return whenAborted(stop);
  await waitForGrowth(watched, { clock, maxIdleMs, alone }, stop);
  // a broken connection is worth a look too, as soon as that may connect
  if (watched.line.closed.aborted) await clock.sleep(session.waitMs(), stop);
}

async function check(parts: Parts, signal: AbortSignal): Promise<ObserverReport> {
  const { config, server, session } = parts;
  const { clock } = parts.tools;
  const outer = AbortSignal.any([signal, parts.closing]);
  const deadline = { clock, ms: config.timeoutMs, what: server, signal: outer };
  try {
    return await withDeadline(deadline, (inner) => checkMailbox(config, { session, clock }, inner));
  } catch (error) {
    throw outer.aborted ? stopped(server) : known(error, server);
  }
}

function rateLimited(server: string): MonitorError {
  return new MonitorError(`${server} throttles us`, { reason: 'rate-limited', retryable: true });
}
