import type { Family } from '../family.ts';
import { STAGE_BUCKETS } from '../labels.ts';

/** Of observers in front of the deciding one; `stage` is the observer's name. Absent where no probe has any. */
export const STAGE_METRICS = {
  stage_arrivals: {
    type: 'counter',
    per: 'stage',
    from: 'ledger',
    help: 'Canaries seen by an observer in front of the deciding one.',
  },
  stage_latency_seconds: {
    type: 'histogram',
    per: 'stage',
    from: 'ledger',
    buckets: STAGE_BUCKETS,
    help: 'Time from the acceptance by the relay to an observer in front of the deciding one.',
  },
  stage_stuck: {
    type: 'gauge',
    per: 'stage',
    from: 'status',
    help: 'Overdue canaries that came so far a deadline ago, and no further: arrived in the mailbox, no ticket.',
  },
} as const satisfies Readonly<Record<string, Family>>;
