/** How a look at an observer ended. */
export const POLL_RESULTS = ['ok', 'partial', 'auth', 'rate_limited', 'timeout', 'error'] as const;
/** How the positive control of an observer ended. */
export const CONTROL_RESULTS = ['passed', 'failed', 'inconclusive'] as const;
/** How the relay answered a dialogue: 2xx, 5xx, 4xx, not at all. */
export const ATTEMPT_RESULTS = ['accepted', 'rejected', 'deferred', 'error'] as const;
export const UNMATCHED_REASONS = ['unknown_id', 'bad_signature', 'foreign', 'reply'] as const;
export const LEDGER_OPERATIONS = ['read', 'write', 'sync'] as const;
/** What a monitor does again and again. */
export const LOOPS = [
  'schedule',
  'watch',
  'settle',
  'prune',
  'tidy',
  'ledger',
  'clock',
  'heartbeat',
] as const;
export type LoopName = (typeof LOOPS)[number];
/** Parts of a scrape that can fail without the others; `events`: the ledger's log had a gap. */
export const COLLECTORS = [
  'probes',
  'observers',
  'senders',
  'ledger',
  'config',
  'process',
  'events',
] as const;
export type Collector = (typeof COLLECTORS)[number];

/** The same for a stage in front, which needs fewer. */
export const STAGE_BUCKETS = [1, 5, 15, 60, 300, 600, 1_800, 86_400] as const;

/** Dense where mail is fast, exact at the promises (60, 120, 300, 600 s), wide after. */
export const LATENCY_BUCKETS = [
  1, 2.5, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 450, 600, 900, 1_800, 3_600, 7_200, 21_600,
  86_400, 259_200,
] as const;
