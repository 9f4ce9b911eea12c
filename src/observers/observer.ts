import type { Instant } from '../base/clock.ts';
import type { MonitorError } from '../base/errors.ts';
import type { Interval } from '../domain/latency.ts';
import type { Hop, Place, Stamp } from '../domain/sighting.ts';
import type { Token } from '../domain/token.ts';

/** What the engine needs to know to adapt; nothing else about an observer matters to it. */
export interface Capabilities {
  /** Looks are never made closer together than this, from the end of one to the start of the next. */
  readonly minPauseMs: number;
  /** How far the source may lag behind itself (search indexes); the horizon is set back by it. */
  readonly indexLagMs: number;
  /** Whether {@link Observer.news} can wait for a push. */
  readonly push: boolean;
  /** It only hears and cannot look: its looks are never complete, so it has no horizon and its silence proves nothing. */
  readonly pushOnly?: boolean;
  /** Resolution of the stamps it gives; null where it gives none. */
  readonly stampQuantumMs: number | null;
  /** Present where looks cost: requests are counted against a limit, so that only looks that bring something are made. */
  readonly metered?: Metered;
}

export interface Metered {
  /** The pause between looks while nothing is due, in milliseconds. */
  readonly lookEveryMs: number;
  /** What may be asked in a minute, where the observer shares that out by itself. */
  readonly requestsPerMinute?: number;
  /** What the latest looks cost has to be spread: none begins sooner than this after the end of the last one, in milliseconds. */
  readonly restMs?: () => number;
}

/** One canary that a look saw, before anything is concluded from it. */
export interface Observation {
  readonly token: Token;
  /** Names this copy for good: the same copy read twice has the same one. */
  readonly externalId: string;
  readonly place: Place;
  readonly stamp: Stamp | null;
  readonly hops: readonly Hop[];
  /** Its Message-ID, where that is not the one we gave it. */
  readonly foreignMessageId: string | null;
  /** Its Date header as it arrived, where that was read. */
  readonly mailDate?: Instant | null;
}

/** Items that carry a canary mark and are none of our canaries; `reply`: an answer or a bounce to one. */
export type Mismatch = 'unknown_id' | 'bad_signature' | 'foreign' | 'reply';

/** One reading of an observer. */
export interface Look {
  readonly startedAt: Instant;
  readonly endedAt: Instant;
  /** The places read, each with the start of its reading. A look is complete when every place is here. */
  readonly places: readonly { readonly place: Place; readonly startedAt: Instant }[];
  readonly complete: boolean;
  /**
   * All canaries not reported before; where one of them was, every copy still
   * present is reported again with it, so that copies can be counted within one look.
   */
  readonly observations: readonly Observation[];
  readonly mismatches: Readonly<Partial<Record<Mismatch, number>>>;
  /** Where the next look goes on; JSON, opaque to everybody else, stored with the look. */
  readonly cursor: unknown;
  /** Commands or requests that it took. */
  readonly requests: number;
  /** The observed system's clock minus ours, in milliseconds; absent where nothing is known of it. */
  readonly clockOffset?: Interval;
  /** Why a place could not be read; absent where there is only more to read in the next look. */
  readonly failure?: MonitorError;
}

export interface LookOptions {
  /** What the last stored look answered; undefined at the very first. */
  readonly cursor: unknown;
  /** Mail that came before this instant need not be read when the cursor is missing or void. */
  readonly since: Instant;
  /**
   * The places where canaries usually arrive are enough, where the others cost
   * requests of their own; such a look is not complete.
   */
  readonly quick?: boolean;
  readonly signal: AbortSignal;
}

/** Where canaries should become visible. Reports what it saw and never decides. */
export interface Observer {
  readonly name: string;
  readonly type: string;
  readonly capabilities: Capabilities;
  /** Begins to connect, so that the first look finds a connection. What fails shows at that look. */
  prepare?(): void;
  /**
   * Reads all places for what is new. Opens (or reopens) its connection by itself.
   * @throws MonitorError when nothing could be read; absence then proves nothing.
   */
  look(options: LookOptions): Promise<Look>;
  /** Resolves at a push that makes a look worth while, or when `signal` aborts. Never rejects. */
  news(signal: AbortSignal): Promise<void>;
  /** Logs in, finds its places, and says what works. @throws MonitorError with what to fix. */
  check(signal: AbortSignal): Promise<ObserverReport>;
  /**
   * Cleans one copy away, after it has read its token again. Absent where it cannot.
   * @throws MonitorError when the system refused or could not be reached.
   */
  tidy?(
    litter: Litter,
    options: { readonly manner: TidyManner; readonly signal: AbortSignal },
  ): Promise<TidyResult>;
  /** Absent where it has none, or nobody wants it. */
  readonly positiveControl?: PositiveControl;
  /** Takes a push from outside: checks its signature in constant time and lets `news` resolve. Absent where none comes. */
  hook?(request: HookRequest): HookAnswer;
  /** A push that the observed system could have signed, and that tells of no canary; absent where none can be made. */
  testHook?(): HookRequest;
  close(): Promise<void>;
}

/**
 * Something that a look must show where all is as it seems. A watcher can be blind without an error: a connection that
 * is half open, a folder renamed under it, a right revoked, an index that stands still.
 */
export interface PositiveControl {
  /** By what, in a few words for a person. */
  readonly how: string;
  /** From one that passed to the next, in milliseconds. */
  readonly everyMs: number;
  /**
   * Finds out, by another way than looks take, what looks have to show from now on.
   * @throws MonitorError when that way fails; `rate-limited` says nothing about looks.
   */
  expect(signal: AbortSignal): Promise<Expectation>;
  /** Ends the connection by which looks are made; the next look makes another one. */
  renew(): void;
  /** Commands or requests that all of this took so far. */
  requests(): number;
}

/** What a complete look that begins after it was made has to show. */
export interface Expectation {
  /** In a few words, for a message. */
  readonly what: string;
  /** For how long looks may not show it yet, in milliseconds. */
  readonly withinMs: number;
  isMetBy(look: Look, signal: AbortSignal): boolean | Promise<boolean>;
  /** Takes away what was put down for it, met or not. @throws MonitorError */
  clear?(signal: AbortSignal): Promise<void>;
}

/** One copy of a canary that is to be cleaned away. */
export interface Litter {
  readonly token: Token;
  /** As the observation named it. */
  readonly externalId: string;
  readonly place: Place;
}

/** `close` leaves it in the archive, `delete` takes it away. Nothing is ever marked as spam. */
export type TidyManner = 'close' | 'delete';

/** `gone`: it was not there any more; `not_ours`: what is there does not carry this token, and was left alone. */
export type TidyResult = 'done' | 'gone' | 'not_ours';

/** A webhook's request as it came. */
export interface HookRequest {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
}

/** Whether a request was from the observed system; only then does it cause a look. */
export type HookAnswer = 'taken' | 'bad_signature' | 'malformed';

export interface ObserverReport {
  /** One line for a person: server, places found. */
  readonly summary: string;
  readonly warnings: readonly string[];
  readonly facts: ObserverFacts;
}

/** The answer to one question of `mailcanary check`. */
export interface Fact {
  /** `unknown`: it is not told or was not tried, and `text` says why. */
  readonly state: 'ok' | 'warn' | 'unknown';
  /** On one line. */
  readonly text: string;
}

/** What the other side lets us know and do; each fact was asked for just now, or says that it was not. */
export interface ObserverFacts {
  /** `as`: who the other side takes us for; null where it does not say, or where nobody logs in. */
  readonly login: Fact & { readonly as: string | null };
  /** What was read to find out. */
  readonly read: Fact;
  /** Null: whether it may is not told. */
  readonly tidy: Fact & {
    readonly manner: TidyManner | 'keep';
    readonly mayClose: boolean | null;
    readonly mayDelete: boolean | null;
  };
  /** Names in the words of the other side: folders, a mailbox, a queue. */
  readonly inbox: Fact & { readonly names: readonly string[] };
  /** Where mail goes that is filed wrongly: spam, suspended, trash. */
  readonly misfiled: Fact & { readonly names: readonly string[] };
  /** The other clock minus ours, in milliseconds; null where it is not told. */
  readonly clock: Fact & { readonly offset: Interval | null };
  /** As the other side told them, in requests; null where it did not. */
  readonly rate: { readonly limit: number | null; readonly remaining: number | null };
}
