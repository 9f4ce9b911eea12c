import { silentLogger } from '../../src/base/logger.ts';
import type { Delay, DialsPatch } from '../../src/sandbox/config.ts';
import { createDials, type Dials } from '../../src/sandbox/dials.ts';
import { createIngestQueue, type IngestQueue } from '../../src/sandbox/queue.ts';
import { createTruthLog, type TruthLog } from '../../src/sandbox/truth.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';
import { createFakeRandom } from '../support/fake-random.ts';

export interface QueueBench {
  readonly queue: IngestQueue;
  readonly truth: TruthLog;
  readonly dials: Dials;
  readonly clock: FakeClock;
  /** Sequence and place of each ingestion, in order. */
  readonly ingested: (readonly [sequence: number, place: string])[];
  /** Accepts so many mails, at this instant. */
  accept(count?: number, server?: string): void;
}

export type HelpdeskPatch = NonNullable<DialsPatch['helpdesk']>;
export const fixed = (ms: number): Delay => ({ type: 'fixed', ms });

export function openQueue(helpdesk: HelpdeskPatch, seed = 1): QueueBench {
  const clock = createFakeClock();
  const dials = createDials({ helpdesk: { delay: fixed(1_000), ...helpdesk } });
  const truth = createTruthLog();
  const ingested: (readonly [number, string])[] = [];
  const queue = createIngestQueue({
    destination: 'helpdesk',
    dials,
    truth,
    clock,
    random: createFakeRandom(seed),
    logger: silentLogger,
    ingest({ sequence }, place) {
      ingested.push([sequence, place]);
      return `id-${ingested.length}`;
    },
  });
  let sequence = 0;
  return {
    queue,
    truth,
    dials,
    clock,
    ingested,
    accept(count = 1, server = 'mx1.sandbox.test') {
      for (let left = count; left > 0; left -= 1) {
        sequence += 1;
        queue.accept({
          sequence,
          acceptedAt: clock.now(),
          mail: {
            raw: Buffer.from('\r\n'),
            from: 'a@example.org',
            fromName: '',
            subject: '',
            messageId: null,
            answers: [],
            text: '',
          },
          envelope: {
            from: 'a@example.org',
            to: 'b@sandbox.test',
            helo: 'h.test',
            remoteAddress: '127.0.0.1',
            server,
            queueId: `S${sequence}`,
          },
        });
      }
    },
  };
}

export const sequences = (bench: QueueBench): number[] =>
  bench.ingested.map(([sequence]) => sequence);
