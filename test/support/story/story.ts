import type { Place } from '../../../src/domain/sighting.ts';
import type { Policy, Role } from '../../../src/domain/probe.ts';

/** From a second of the story up to, not including, another. */
export type Span = readonly [from: number, to: number];

/** What becomes of one canary: the answer of the relay, and when it arrives (never: null). Seconds of the story. */
export type Fate =
  | { readonly answer: 'refused' }
  | {
      readonly answer: 'accepted';
      readonly arrivesAt: number | null;
      readonly place?: Place;
      /** Copies that are seen together; 1 unless said otherwise. */
      readonly copies?: number;
      /** When an observer in front sees it; default: 5 s after its launch. */
      readonly passesAt?: number;
    };

export interface StoryProbe {
  readonly name: string;
  readonly role?: Role;
  readonly sender?: string;
  readonly observer?: string;
  /** An observer in front of that one, which looks even while the story is blind. */
  readonly front?: string;
  /** Its observer only hears and cannot look. */
  readonly pushOnly?: boolean;
  /** Launches at multiples of this; default 60. */
  readonly every?: number;
  /** Launches at these seconds only, as a cron expression may say; `every` is then its usual interval. */
  readonly ticks?: readonly number[];
  readonly policy?: Partial<Policy>;
  readonly paused?: readonly Span[];
  /** When it is configured; default: always. Each span is an activation of its own. */
  readonly configured?: readonly Span[];
  /** By the second of its launch, and where it is launched. Default: arrives after 5 s. */
  readonly fate?: (launchedAt: number, vantage: string) => Fate;
}

/** A process that exports figures; those of one vantage share a ledger. */
export interface StoryMonitor {
  readonly instance: string;
  readonly vantage?: string;
  /** Dead: not scraped, and launches and looks at nothing, unless another of its vantage lives. */
  readonly down?: readonly Span[];
  /** Alive and cut off from the ledger: its figures stand still, its clock goes on. */
  readonly cutOff?: readonly Span[];
}

/** Samples of one instance, by the text of their series, to be changed before they are written down. */
export type Alter = (samples: Map<string, number>, at: number, instance: string) => void;

/** A trouble as it happens, and what must come of it. */
export interface Story {
  readonly name: string;
  /** What happens, for the table: one sentence. */
  readonly tells: string;
  readonly probes: readonly StoryProbe[];
  readonly monitors?: readonly StoryMonitor[];
  /** When looks fail, by vantage, or of all. */
  readonly blind?: readonly Span[] | Readonly<Record<string, readonly Span[]>>;
  /** How far the observer lags behind itself, in seconds. */
  readonly indexLag?: number;
  /** Of scrape and evaluation, in seconds; default 5. */
  readonly step?: number;
  /** Its end, in seconds. */
  readonly until: number;
  readonly alter?: Alter;
  /** Series of others. */
  readonly others?: Readonly<Record<string, (at: number) => number | null>>;
  readonly expected: readonly Expectation[];
  /** Alerts of lower severity about which nothing is said. Pages are always all named. */
  readonly ignores?: readonly string[];
}

/** An alert that fires, once, between these seconds; its end may lie beyond the story. */
export interface Expectation {
  readonly alert: string;
  readonly severity: 'page' | 'ticket' | 'info';
  /** Labels that it must carry. */
  readonly labels?: Readonly<Record<string, string>>;
  /** The first evaluation at which it fires: within these seconds. */
  readonly fires: Span;
  /** The first at which it does not any more; undefined: it fires to the end. */
  readonly ends?: Span;
  /** How many times it starts; default 1. */
  readonly times?: number;
}

export const lost: Fate = { answer: 'accepted', arrivesAt: null };
export const refused: Fate = { answer: 'refused' };

export function arrives(
  at: number,
  more: { place?: Place; copies?: number; passesAt?: number } = {},
): Fate {
  return { answer: 'accepted', arrivesAt: at, ...more };
}

export function within(spans: readonly Span[] | undefined, at: number): boolean {
  return spans?.some(([from, to]) => at >= from && at < to) ?? false;
}

/** Delivered after 5 s, but for those launched in a span. */
export function except(
  span: Span,
  fate: (launchedAt: number) => Fate,
): NonNullable<StoryProbe['fate']> {
  return (at) => (within([span], at) ? fate(at) : arrives(at + 5));
}

/** Nothing gets through during a span: what would arrive then arrives at its end, in seconds apart. */
export function heldDuring([from, to]: Span, apart = 0): NonNullable<StoryProbe['fate']> {
  let released = 0;
  return (at) => {
    if (at + 5 < from || at >= to) return arrives(at + 5);
    released += 1;
    return arrives(to + released * apart);
  };
}
