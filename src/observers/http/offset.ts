import type { Clock } from '../../base/clock.ts';
import type { Interval } from '../../domain/latency.ts';
import { clockOffset, type DateReply } from '../../domain/stamp.ts';
import type { HttpReply } from './exchange.ts';

/** The clock of a host, by the `Date` of its replies. */
export interface OffsetBook {
  note(reply: HttpReply): void;
  /** Its clock minus ours, in milliseconds; undefined while no reply has said. */
  offset(): Interval | undefined;
}

/** Drift makes older replies wrong (semantics B3). */
const WINDOW_MS = 15 * 60_000;
/** Each reply is believed less as it ages: two ordinary clocks drift apart by 100 ppm, or follow NTP at more. */
const DRIFT = 200e-6;
/** More would not make it narrower. */
const REPLIES_KEPT = 300;

export function createOffsetBook(clock: Clock): OffsetBook {
  /** Oldest first. */
  let replies: readonly DateReply[] = [];

  return {
    note({ headers, requestedAt, receivedAt }) {
      const date = Date.parse(headers.date ?? '');
      if (Number.isNaN(date)) return;
      const age = Number(headers.age ?? 0);
      const reply = { date, requestedAt, receivedAt, ageSeconds: Number.isNaN(age) ? 1 : age };
      if (reply.ageSeconds > 0) return;
      replies = [...replies, reply].slice(-REPLIES_KEPT);
    },
    offset() {
      const now = clock.now();
      replies = replies.filter(({ receivedAt }) => receivedAt > now - WINDOW_MS);
      return clockOffset(
        replies.map((reply) => {
          const doubt = (now - reply.receivedAt) * DRIFT;
          const { requestedAt, receivedAt } = reply;
          return { ...reply, requestedAt: requestedAt - doubt, receivedAt: receivedAt + doubt };
        }),
      );
    },
  };
}
