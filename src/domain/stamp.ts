import type { Instant } from '../base/clock.ts';
import { halfWidth, type Interval } from './latency.ts';
import type { Stamp } from './sighting.ts';

/** A reply of a host that names its own time: the HTTP `Date` header, whole seconds, cut off. */
export interface DateReply {
  readonly date: Instant;
  readonly requestedAt: Instant;
  readonly receivedAt: Instant;
  /** The `Age` header; above 0 the date is a cache's, and says nothing. */
  readonly ageSeconds: number;
}

const DATE_QUANTUM_MS = 1_000;
/** Two replies exclude each other when the other clock was set in between: then anything between them, and this more. */
const SET_CLOCK_MARGIN_MS = 500;

/**
 * The other host's clock minus ours, in milliseconds, from the replies of the
 * last quarter of an hour or so (drift makes older ones wrong). Undefined when
 * none of them says anything (semantics B3).
 */
export function clockOffset(replies: readonly DateReply[]): Interval | undefined {
  const offsets = replies
    .filter((reply) => reply.ageSeconds <= 0)
    .map(({ date, requestedAt, receivedAt }) => ({
      low: date - receivedAt,
      high: date + DATE_QUANTUM_MS - requestedAt,
    }));
  if (offsets.length === 0) return undefined;
  const lows = offsets.map((offset) => offset.low);
  const highs = offsets.map((offset) => offset.high);
  const [low, high] = [Math.max(...lows), Math.min(...highs)];
  if (low <= high) return { low, high };
  return {
    low: Math.min(...lows) - SET_CLOCK_MARGIN_MS,
    high: Math.max(...highs) + SET_CLOCK_MARGIN_MS,
  };
}

/** What a sighting says about when the mail was ingested. */
export interface StampEvidence {
  /** From looks alone. */
  readonly bracket: Interval;
  readonly stamp: Stamp;
  /** {@link clockOffset} of the host that stamped; undefined where nothing is known of its clock. */
  readonly offset: Interval | undefined;
  /** The Date that the mail was sent with and, where it was read, the one it arrived with. */
  readonly mailDates: readonly Instant[];
}

/** How far a source of stamps has shown that it tells the truth. */
export interface StampProof {
  readonly source: string;
  /** Canaries that agreed since the last one that did not. */
  readonly agreed: number;
}

/** So many earlier canaries must agree before a stamp is believed (semantics B3). */
export const PROOF_COUNT = 20;
/** A wider bracket agrees with almost anything, and so does a stamp of a clock that is known no better: it was just set. */
const TELLING_WIDTH_MS = 30_000;

export function isProven(proof: StampProof | undefined, source: string): boolean {
  return proof?.source === source && proof.agreed >= PROOF_COUNT;
}

/**
 * Takes a canary's stamp into the proof, after it was narrowed with the one
 * before. A contradiction starts it anew. A stamp that could as well be the
 * mail's own Date proves nothing, however well it agrees: mail that is fast
 * makes the two look alike.
 */
export function observeStamp(
  proof: StampProof | undefined,
  evidence: StampEvidence,
): StampProof | undefined {
  const { bracket, stamp } = evidence;
  const claimed = claimOf(evidence);
  if (claimed === undefined) return proof;
  const agreed = proof?.source === stamp.source ? proof.agreed : 0;
  if (intersect(bracket, claimed) === undefined) return { source: stamp.source, agreed: 0 };
  const isNarrow = (interval: Interval): boolean => 2 * halfWidth(interval) < TELLING_WIDTH_MS;
  const isTelling = isNarrow(bracket) && isNarrow(claimed) && !isOwnDate(evidence);
  return { source: stamp.source, agreed: isTelling ? Math.min(PROOF_COUNT, agreed + 1) : agreed };
}

/**
 * The bracket, narrowed by the stamp where that is proven. Where both exclude
 * each other the bracket stands, and `conflict` is to be counted.
 */
export function narrow(
  evidence: StampEvidence,
  proof: StampProof | undefined,
): { readonly ingested: Interval; readonly conflict: boolean } {
  const { bracket, stamp } = evidence;
  const claimed = claimOf(evidence);
  if (claimed === undefined || !isProven(proof, stamp.source)) {
    return { ingested: bracket, conflict: false };
  }
  const both = intersect(bracket, claimed);
  return { ingested: both ?? bracket, conflict: both === undefined };
}

/** The stamp on our clock; undefined while nothing is known of the other one. */
function claimOf({ stamp, offset }: StampEvidence): Interval | undefined {
  if (offset === undefined) return undefined;
  return { low: stamp.at - offset.high, high: stamp.at + stamp.quantumMs - offset.low };
}

function isOwnDate({ stamp, mailDates }: StampEvidence): boolean {
  const middle = stamp.at + stamp.quantumMs / 2;
  const reach = Math.max(stamp.quantumMs / 2, 1_000);
  return mailDates.some((date) => Math.abs(date - middle) <= reach);
}

function intersect(a: Interval, b: Interval): Interval | undefined {
  const [low, high] = [Math.max(a.low, b.low), Math.min(a.high, b.high)];
  return low <= high ? { low, high } : undefined;
}
