import type { Instant } from '../../base/clock.ts';
import type { Interval } from '../../domain/latency.ts';
import type { Place, Stamp } from '../../domain/sighting.ts';
import type { Headers } from '../letter.ts';

/** One mail in a system, as far as a list of that system shows it. */
export interface FeedItem {
  /** Names this copy for good. */
  readonly externalId: string;
  /** By what the same copy is known again where its `externalId` may change (a merge of tickets); default: that. */
  readonly key?: string;
  readonly place: Place;
  readonly stamp: Stamp | null;
  /** What is known of its headers: a subject at least, where it has one. */
  readonly headers: Headers;
  /** What the system shows of its text; empty where it shows nothing. */
  readonly text: string;
  /** The `headers` are those of the mail as it came: its source need not be asked for. */
  readonly isWhole: boolean;
}

/** A list that is read by itself. */
export interface FeedView {
  readonly name: string;
  /** What a reading to the end says something about. */
  readonly places: readonly Place[];
}

export interface FeedReadOptions {
  /** What the last reading answered; JSON; undefined at the very first, or where it was lost. */
  readonly mark: unknown;
  /** Without a mark: what came before this instant, on our clock, need not be read. */
  readonly since: Instant;
  readonly signal: AbortSignal;
  readonly take: (item: FeedItem) => Promise<void>;
}

export interface FeedReading {
  readonly startedAt: Instant;
  /** Where the next reading goes on; JSON. */
  readonly mark: unknown;
  /** Read to its end: what it did not show was not there when the reading began, but for the index lag. */
  readonly finished: boolean;
}

/** A system of mails in lists, as an adapter shows it to {@link createFeedObserver}. All methods throw MonitorError. */
export interface Feed {
  /**
   * Read one after the other; the first has the places where canaries usually
   * arrive, and is all that a quick look reads. A mail that is moved meanwhile
   * must not be missed by all of them.
   */
  readonly views: readonly FeedView[];
  /** Before the first list of each look: log in, learn the clock. */
  begin?(signal: AbortSignal): Promise<void>;
  /** Gives each mail that came or moved since `mark` to `take`. Overlaps are known again by {@link FeedItem.key}. */
  read(view: FeedView, options: FeedReadOptions): Promise<FeedReading>;
  /** The headers of a mail as it came, asked for only where an item carries our mark; undefined: they cannot be had. */
  source?(item: FeedItem, signal: AbortSignal): Promise<Headers | undefined>;
  /** Where a copy is now; undefined: gone. */
  locate(externalId: string, signal: AbortSignal): Promise<Place | undefined>;
  /** Reads what a webhook named. */
  named?(id: string, options: Pick<FeedReadOptions, 'signal' | 'take'>): Promise<void>;
  /** Requests made so far, failed ones too. */
  requests(): number;
  /** Requests that may be spent on what can wait (sources, what webhooks named); absent: any number. */
  spare?(): number;
  /** The system's clock minus ours, in milliseconds; undefined while nothing is known of it. */
  offset?(): Interval | undefined;
}
