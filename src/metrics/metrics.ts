import type { Clock, Instant } from '../base/clock.ts';
import type { Reason } from '../base/errors.ts';
import type { LedgerEvent } from '../domain/events.ts';
import { Book } from './book.ts';
import { shownFamilies, type Switches } from './catalog.ts';
import { CONTENT_TYPE, piecesOf, renderInSlices } from './exposition.ts';
import { Fold } from './fold.ts';
import type {
  CONTROL_RESULTS,
  LEDGER_OPERATIONS,
  POLL_RESULTS,
  UNMATCHED_REASONS,
  ATTEMPT_RESULTS,
  LoopName,
} from './labels.ts';
import { createProcessRegistry, renderRegistry, type ProcessRegistry } from './process-metrics.ts';
import { createSnapshots, type Build } from './snapshot.ts';
import type { MetricsSource } from './source.ts';

/** What a scrape answers. */
export interface Exposition {
  readonly contentType: string;
  /** OpenMetrics text in UTF-8, in pieces to be written one after the other. */
  readonly chunks: readonly Uint8Array[];
}

/** One SMTP dialogue, however it ended; senders/sender.ts has more of it. */
export interface Dialogue {
  readonly type: 'accepted' | 'deferred' | 'refused' | 'in_doubt';
  readonly refusal?: { readonly code: number | null };
  readonly timings: {
    readonly connectMs?: number;
    readonly tlsMs?: number;
    readonly greetingMs?: number;
    readonly authMs?: number;
    readonly envelopeMs?: number;
    readonly dataMs?: number;
  };
}

/** One look as the watch reports it. */
export type LookReport =
  | {
      readonly type: 'looked';
      readonly observer: string;
      readonly look: {
        readonly startedAt: Instant;
        readonly endedAt: Instant;
        readonly complete: boolean;
        /** Why it was not, where that was no choice. */
        readonly failure?: unknown;
        readonly mismatches: Readonly<Partial<Record<(typeof UNMATCHED_REASONS)[number], number>>>;
        readonly requests: number;
      };
      /** It was not meant to be complete. */
      readonly quick: boolean;
      /** Timestamps that contradict the looks. */
      readonly conflicts: number;
    }
  | {
      readonly type: 'failed';
      readonly observer: string;
      readonly error: { readonly reason: Reason };
    };

export interface Metrics {
  /** Of the ledger, in order; those up to the position of the stored totals change nothing. */
  onEvent(event: LedgerEvent): void;
  onAttempt(attempt: { readonly sender: string; readonly result: Dialogue }): void;
  onLook(report: LookReport): void;
  onControl(report: {
    readonly observer: string;
    readonly result: (typeof CONTROL_RESULTS)[number];
    readonly requests: number;
  }): void;
  onCleanupFailure(observer: string): void;
  onLoopCrash(loop: LoopName): void;
  onClockStep(): void;
  onHeartbeat(result: 'ok' | 'error'): void;
  onLedgerError(operation: (typeof LEDGER_OPERATIONS)[number]): void;
  /** One that is asked for while another is under way gets the same answer. Never rejects for a failing source. */
  scrape(): Promise<Exposition>;
}

export interface MetricsTools {
  readonly source: MetricsSource;
  readonly clock: Clock;
  readonly build: Build;
  readonly switches?: Switches;
  /** Process metrics; by default those of prom-client. */
  readonly registry?: ProcessRegistry;
}

export function createMetrics(tools: MetricsTools): Metrics {
  const { source, clock, registry = createProcessRegistry() } = tools;
  const book = new Book(shownFamilies(tools.switches));
  const fold = new Fold(source.totals, book);
  const takeSnapshot = createSnapshots({ ...tools, book });
  let running: Promise<Exposition> | undefined;

  async function render(): Promise<Exposition> {
    // First, since these are waited for: what fails among them is counted in this very scrape.
    const processTexts = await renderRegistry(registry, () =>
      book.add('collect_errors', {}, { label: 'process' }),
    );
    const pieces = concat(piecesOf(takeSnapshot()), [...processTexts, '# EOF\n']);
    const chunks = await renderInSlices(pieces, () => clock.sleep(0));
    return { contentType: CONTENT_TYPE, chunks };
  }

  return {
    onEvent(event) {
      if (!fold.add(event)) book.add('collect_errors', {}, { label: 'events' });
    },
    onAttempt: (attempt) => countAttempt(book, attempt),
    onLook: (report) => countLook(book, report),
    onControl({ observer, result, requests }) {
      book.add('positive_controls', { observer }, { label: result });
      const label = result === 'failed' ? 'error' : 'ok';
      book.add('observer_requests', { observer }, { label, by: requests });
    },
    onCleanupFailure: (observer) => book.add('cleanup_failures', { observer }),
    onLoopCrash: (loop) => book.add('loop_crashes', {}, { label: loop }),
    onClockStep: () => book.add('clock_steps', {}, {}),
    onHeartbeat: (result) => book.add('heartbeats', {}, { label: result }),
    onLedgerError: (operation) => book.add('ledger_errors', {}, { label: operation }),
    scrape() {
      running ??= render().finally(() => (running = undefined));
      return running;
    },
  };
}

function* concat(...parts: readonly Iterable<string>[]): Generator<string> {
  for (const part of parts) yield* part;
}

function countAttempt(
  book: Book,
  { sender, result }: { readonly sender: string; readonly result: Dialogue },
): void {
  const answer = answerOf(result);
  book.add('send_attempts', { sender }, { label: answer });
  // Without an answer there is no time to it.
  if (answer === 'error') return;
  const phasesMs: readonly (number | undefined)[] = Object.values(result.timings);
  const totalMs = phasesMs.reduce<number>((sum, ms) => sum + (ms ?? 0), 0);
  book.observe('submit_duration_seconds', { sender }, { seconds: totalMs / 1_000 });
}

/** By the relay's reply code: a refusal without one is no answer of the relay. */
function answerOf({ type, refusal }: Dialogue): (typeof ATTEMPT_RESULTS)[number] {
  if (type === 'accepted') return 'accepted';
  const code = refusal?.code ?? null;
  if (code === null || type === 'in_doubt') return 'error';
  return code >= 500 ? 'rejected' : 'deferred';
}

function countLook(book: Book, report: LookReport): void {
  const { observer } = report;
  if (report.type === 'failed') {
    book.add('watch_polls', { observer }, { label: failureOf(report.error.reason) });
    return;
  }
  const { look } = report;
  const isFine = look.complete || (report.quick && look.failure === undefined);
  book.add('watch_polls', { observer }, { label: isFine ? 'ok' : 'partial' });
  book.add(
    'observer_requests',
    { observer },
    { label: isFine ? 'ok' : 'error', by: look.requests },
  );
  if (report.conflicts > 0) book.add('clock_conflicts', { observer }, { by: report.conflicts });
  for (const [reason, count] of Object.entries(look.mismatches)) {
    book.add('unmatched', { observer }, { label: reason, by: count });
  }
  if (!look.complete) return;
  const seconds = (look.endedAt - look.startedAt) / 1_000;
  book.observe('poll_duration_seconds', { observer }, { seconds });
}

function failureOf(reason: Reason): (typeof POLL_RESULTS)[number] {
  switch (reason) {
    case 'auth':
    case 'timeout':
      return reason;
    case 'rate-limited':
      return 'rate_limited';
    case 'refused':
    case 'unreachable':
    case 'tls':
    case 'bad-reply':
    case 'config':
    case 'ledger':
    case 'aborted':
      return 'error';
  }
}
