import type { Clock } from '../../base/clock.ts';
import { withDeadline } from '../../base/deadline.ts';
import type { TokenKeys } from '../../domain/token.ts';
import type { Litter, TidyManner, TidyResult } from '../observer.ts';
import type { ImapConfig } from './config.ts';
import { closeLine, type Line } from './connection.ts';
import { explain, known, stopped } from './failure.ts';
import { createQueue } from './queue.ts';
import type { Session } from './session.ts';
import { tidyMail } from './tidy.ts';

export interface TidierParts {
  readonly config: ImapConfig;
  readonly tools: { readonly clock: Clock; readonly keys: TokenKeys };
  /** Who it is about, for messages. */
  readonly server: string;
  readonly session: Pick<Session, 'openApart'>;
  /** The observer ends. */
  readonly closing: AbortSignal;
}

export interface Tidier {
  /** @throws MonitorError */
  tidy(
    litter: Litter,
    options: { readonly manner: TidyManner; readonly signal: AbortSignal },
  ): Promise<TidyResult>;
  close(): Promise<void>;
}

/** So long the connection waits for another mail to tidy; providers allow few connections at a time. */
const LINGER_MS = 10_000;

/**
 * Tidies on a connection of its own, since mail can only be changed in a folder opened for that, and looks
 * must change nothing.
 */
export function createTidier(parts: TidierParts): Tidier {
  const { config, server, session, closing } = parts;
  const { clock, keys } = parts.tools;
  const alone = createQueue();
  let line: Line | undefined;
  let lingering = new AbortController();

  async function tidyOne(
    litter: Litter,
    manner: TidyManner,
    signal: AbortSignal,
  ): Promise<TidyResult> {
    signal.throwIfAborted();
    if (line?.closed.aborted !== false) line = await session.openApart(signal);
    const current = line;
    const drop = (): void => current.drop();
    signal.addEventListener('abort', drop, { once: true });
    try {
      return await tidyMail(current, litter, { manner, keys, config });
    } catch (error) {
      // its state is not known any more
      drop();
      throw explain(error, current.context);
    } finally {
      signal.removeEventListener('abort', drop);
    }
  }

  async function end(): Promise<void> {
    const last = line;
    line = undefined;
    if (last !== undefined) await closeLine(last, clock);
  }

  function endLater(): void {
    lingering.abort();
    const mine = new AbortController();
    lingering = mine;
    const over = AbortSignal.any([mine.signal, closing]);
    void clock.sleep(LINGER_MS, over).then(() => (over.aborted ? undefined : alone(end)));
  }

  return {
    async tidy(litter, { manner, signal }) {
      const outer = AbortSignal.any([signal, closing]);
      const deadline = { clock, ms: config.timeoutMs, what: server, signal: outer };
      try {
        return await withDeadline(deadline, (inner) => alone(() => tidyOne(litter, manner, inner)));
      } catch (error) {
        throw outer.aborted ? stopped(server) : known(error, server);
      } finally {
        endLater();
      }
    },
    close: () => alone(end),
  };
}
