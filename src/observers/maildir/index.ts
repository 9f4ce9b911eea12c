import type { Clock } from '../../base/clock.ts';
import { withDeadline } from '../../base/deadline.ts';
import type { Random } from '../../base/random.ts';
import type { TokenKeys } from '../../domain/token.ts';
import { createFeedObserver } from '../feed/observer.ts';
import type { Observer } from '../observer.ts';
import { checkSpool } from './check.ts';
import type { MaildirConfig } from './config.ts';
import { createMaildirFeed } from './feed.ts';
import { STAMP_QUANTUM_MS } from './reply.ts';
import { createSpool } from './spool.ts';
import { tidyAway } from './tidy.ts';
import { createSpoolWatch } from './watch.ts';

export interface MaildirTools {
  readonly clock: Clock;
  readonly random: Random;
  readonly keys: TokenKeys;
}

/** Looks cost a few questions to the kernel. */
const SHORTEST_PAUSE_MS = 10;

/** Looks for canaries in a Maildir; reads files only, unless it is asked to tidy. */
export function createMaildirObserver(
  name: string,
  config: MaildirConfig,
  tools: MaildirTools,
): Observer {
  const { clock, keys } = tools;
  const { path, timeoutMs } = config;
  const spool = createSpool(config, clock);
  const watch = createSpoolWatch(clock);
  const inTime = <T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> =>
    withDeadline({ clock, ms: timeoutMs, what: path, signal }, work);
  return createFeedObserver(
    {
      name,
      type: 'maildir',
      what: path,
      capabilities: {
        minPauseMs: SHORTEST_PAUSE_MS,
        indexLagMs: 0,
        stampQuantumMs: STAMP_QUANTUM_MS,
      },
      feed: createMaildirFeed({ clock, keys, spool, watch, timeoutMs, path }),
      news: (signal) => watch.wait(signal),
      check: (signal) => inTime(signal, () => checkSpool(config, { spool, watch })),
      tidy: (litter, { signal }) => inTime(signal, () => tidyAway({ spool, keys }, litter)),
      control: config.control,
      close: () => watch.close(),
    },
    tools,
  );
}
