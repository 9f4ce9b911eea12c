import type { Reason } from '../../src/base/errors.ts';
import type { Outcome, Verdict } from '../../src/domain/canary.ts';
import type { POLL_RESULTS } from '../../src/metrics/labels.ts';
import { isIn, type Cell, type Fault, type Stage } from './cells.ts';
import { SETTING } from './setting.ts';

type PollResult = (typeof POLL_RESULTS)[number];
export type Range = readonly [least: number, most: number];

/** What must come of a cell. */
export interface Expected {
  /** One of these. */
  readonly outcome: readonly Outcome[];
  /** What `verdicts_total` rises by one for; null: for nothing. */
  readonly verdict: Verdict | null;
  /** Where `unsent_total` may rise by one, and whether `in_doubt_total` does. */
  readonly unsent: readonly Reason[];
  readonly inDoubt: readonly (0 | 1)[];
  /** Results of `watch_polls_total` that rise besides ok; `least`: together at least so many times. */
  readonly polls: { readonly results: readonly PollResult[]; readonly least: 0 | 1 };
  /** What the log says first of it, with one of these reasons. */
  readonly log: { readonly message: RegExp; readonly reasons: readonly Reason[] } | null;
  /** From the launch to the answer in the ledger (smtp), from the fault to the log line (others); in milliseconds. */
  readonly within: Range | null;
  /** Dialogues (smtp); how often the faulty step is taken (others). */
  readonly requests: Range;
  /** From the first time to the second, in milliseconds; null: nothing is said about it. */
  readonly gap: Range | null;
  /** Copies of the mail that the server was handed. */
  readonly copies: readonly (0 | 1)[];
}

/**
 * The truths of the design, as a function: what is unsent, in doubt, judged, blind, and how patiently it is asked again.
 * It knows nothing of how the product finds out.
 */
export function expect(cell: Cell): Expected {
  return cell.line === 'smtp' ? expectOfSender(cell) : expectOfObserver(cell);
}

const ARRIVED = {
  outcome: ['arrived'],
  verdict: 'on_time',
  unsent: [],
  inDoubt: [0],
  polls: { results: [], least: 0 },
  log: null,
  within: null,
  requests: [1, 1],
  gap: null,
  copies: [1],
} as const satisfies Expected;

const { timeout, slack, launchWindow } = SETTING;
const AT_ONCE: Range = [0, slack];
const ENDLESS = Number.POSITIVE_INFINITY;

// ---- senders: unsent is not lost, in doubt is neither, and nothing is sent twice (truths 1 and 4)

function expectOfSender(cell: Cell): Expected {
  const { stage, fault, span } = cell;
  // The 250 was said: whatever comes after it changes nothing, and QUIT is waited for two seconds.
  if (stage === 'quit') return { ...ARRIVED, within: AT_ONCE };
  if (fault === 'slow') return { ...ARRIVED, within: [SETTING.slow, SETTING.slow + slack] };
  // Who does not speak ESMTP is asked for HELO, in the same dialogue (RFC 5321 section 3.2).
  if (fault === '4xx' && span === 'once' && stage === 'ehlo')
    return { ...ARRIVED, within: AT_ONCE };
  if (fault === '4xx' && span === 'once') {
    return { ...ARRIVED, ...notAccepted(cell), requests: [2, 2], gap: FIRST_RETRY };
  }
  const refused = expectOfRefusal(cell);
  if (stage === 'body') return { ...refused, ...maybe(refused) };
  return stage === 'final' && isBreak(fault) ? expectOfDoubt(cell) : refused;
}

/** 5 s, up to a quarter of it taken off by chance. */
const FIRST_RETRY: Range = [3_750, 5_000 + slack];

/** The mail system surely did not take it: the dot had not left, or it said no. */
function expectOfRefusal(cell: Cell): Expected {
  const { fault } = cell;
  const { log } = notAccepted(cell);
  const isPassing = fault === '4xx';
  return {
    ...ARRIVED,
    outcome: ['unsent'],
    verdict: null,
    unsent: log.reasons,
    log,
    within: isPassing ? [5_000, launchWindow + slack] : timeOf(fault),
    requests: isPassing ? [2, 6] : [1, 1],
    gap: isPassing ? FIRST_RETRY : null,
    copies: [0],
  };
}

function notAccepted({ stage, fault }: Cell) {
  return { log: { message: /^canary not accepted$/, reasons: senderReasons(stage, fault) } };
}

/** No answer to the whole mail: its arrival proves that it was taken, its absence proves nothing. */
function expectOfDoubt(cell: Cell): Expected {
  const isTaken = cell.mail === 'delivered';
  const log = { message: /^canary in doubt/, reasons: senderReasons(cell.stage, cell.fault) };
  const doubt = { ...ARRIVED, inDoubt: [1], log, within: timeOf(cell.fault) } as const;
  return isTaken ? doubt : { ...doubt, outcome: ['in_doubt'], verdict: null, copies: [0] };
}

/** Whether the dot had left when the answer came too early, or none, cannot be told from outside; that it was not taken can. */
function maybe(refused: Expected): Partial<Expected> {
  const reasons = refused.log?.reasons ?? [];
  return {
    outcome: ['unsent', 'in_doubt'],
    inDoubt: [0, 1],
    log: { message: /^canary (?:not accepted|in doubt)/, reasons },
  };
}

type Reasons = { readonly [F in Fault]?: readonly Reason[] };

const SENDER_REASONS: Reasons = {
  hang: ['timeout'],
  garbage: ['bad-reply'],
  truncate: ['unreachable', 'bad-reply'], // half an answer is no answer, or one that makes no sense
  unauthenticated: ['auth'],
  '4xx': ['refused'],
  '5xx': ['refused'],
};

function senderReasons(stage: Stage, fault: Fault): readonly Reason[] {
  const isRefusal = fault === '4xx' || fault === '5xx';
  if (stage === 'auth' && isRefusal) return ['auth'];
  return SENDER_REASONS[fault] ?? ['unreachable'];
}

function isBreak(fault: Fault): boolean {
  return isIn(['reset', 'close', 'hang', 'truncate', 'garbage'], fault);
}

function timeOf(fault: Fault): Range {
  return fault === 'hang' ? [timeout, timeout + slack] : AT_ONCE;
}

// ---- observers: blind is not lost, a failed look proves nothing, and nobody is asked more often than he likes (truths 3, 8, 10)

function expectOfObserver(cell: Cell): Expected {
  const effect = effectOf(cell);
  const isForEver = cell.span === 'lasting' || cell.fault === '429-huge';
  // After a 429 of an hour nothing is asked any more, whatever it was said to.
  const isMuted = cell.fault === '429-huge' && cell.stage !== 'source';
  const isSeen = !isForEver || (effect !== 'blind' && !isMuted);
  const isWhole = !isForEver || effect === 'none' || effect === 'passing';
  return {
    ...ARRIVED,
    ...(cell.mail === 'delivered' ? (isSeen ? {} : BLIND) : isWhole ? LOST : BLIND),
    ...expectOfLooks(cell, effect),
    requests: requestsOf(cell, effect),
    gap: gapOf(cell, effect),
  };
}

const BLIND = { outcome: ['blind'], verdict: 'void' } as const;
const LOST = { outcome: ['lost'], verdict: 'overdue' } as const;

/**
 * What a fault does to looks: nothing that counts; a place is not read; nothing is read at all; or that only every other time,
 * since the first look over a new connection needs no news of a folder that it has just opened.
 */
type Effect = 'none' | 'partial' | 'blind' | 'passing';

/** Asked for out of politeness, or to know more: a refusal changes nothing. */
const NICETIES: readonly Stage[] = ['capability', 'id', 'namespace', 'lsub'];
const REFUSALS: readonly Fault[] = ['no', 'bad'];

function effectOf({ line, stage, fault }: Cell): Effect {
  if (fault === 'slow' || stage === 'idle') return 'none';
  if (line === 'helpscout') {
    // A source brings hops, no more; but a 429 is for everything that is asked.
    if (stage === 'source') return isRate(fault) ? 'partial' : 'none';
    return stage === 'spam' ? 'partial' : 'blind';
  }
  if (stage === 'noop') return 'passing';
  if (!REFUSALS.includes(fault)) return 'blind'; // the connection is gone, and the look with it
  if (NICETIES.includes(stage)) return 'none';
  return stage === 'status' ? 'partial' : 'blind';
}

function expectOfLooks(cell: Cell, effect: Effect): Pick<Expected, 'polls' | 'log' | 'within'> {
  const { stage, fault } = cell;
  if (stage === 'idle')
    return { polls: { results: ['error', 'timeout'], least: 0 }, log: null, within: null };
  // An access token that is not taken any more is replaced, once.
  const isRenewed = fault === '401' && stage !== 'token' && cell.span === 'once';
  if (effect === 'none' || isRenewed)
    return { polls: { results: [], least: 0 }, log: null, within: null };
  const reasons = observerReasons(cell);
  const results = reasons.map(resultOf);
  // A look has its time as a whole: some of it was over before.
  const within: Range = fault === 'hang' || isSilent(fault) ? [0, timeout + slack] : AT_ONCE;
  if (effect !== 'partial') {
    // A refused connection is known at once: its look may be over before the metrics are there to count it.
    const isFirst = stage === 'connect' && fault === 'refuse' && cell.span === 'once';
    return {
      polls: { results, least: isFirst ? 0 : 1 },
      log: { message: /^look failed$/, reasons },
      within,
    };
  }
  const all: readonly PollResult[] = isRate(fault) ? ['partial', ...results] : ['partial'];
  const message = isRate(fault) ? /^look (?:failed|was not complete)$/ : /^look was not complete$/;
  return { polls: { results: all, least: 1 }, log: { message, reasons }, within };
}

/** Something is said that is no answer, and then nothing: noticed at once, or when the time is over. */
function isSilent(fault: Fault): boolean {
  return fault === 'garbage';
}

const HTTP_REASONS: Reasons = {
  '400': ['refused'],
  '401': ['auth'],
  '404': ['config'],
  garbage: ['bad-reply'],
  html: ['bad-reply'],
  truncate: ['unreachable', 'bad-reply'],
};

/** RFC 6749 section 5.2: a 400 of the token endpoint is about the credentials. */
const TOKEN_REASONS: Reasons = { ...HTTP_REASONS, '400': ['auth'], '404': ['bad-reply'] };

function observerReasons({ line, stage, fault }: Cell): readonly Reason[] {
  if (fault === 'hang') return ['timeout'];
  if (isRate(fault)) return ['rate-limited'];
  if (line === 'imap') return imapReasons(stage, fault);
  return (stage === 'token' ? TOKEN_REASONS : HTTP_REASONS)[fault] ?? ['unreachable'];
}

function imapReasons(stage: Stage, fault: Fault): readonly Reason[] {
  if (fault === 'garbage') return ['bad-reply', 'timeout', 'unreachable'];
  if (fault === 'truncate') return ['unreachable', 'bad-reply'];
  if (!REFUSALS.includes(fault)) return ['unreachable'];
  return stage === 'authenticate' ? ['auth'] : ['refused'];
}

function resultOf(reason: Reason): PollResult {
  if (reason === 'auth' || reason === 'timeout') return reason;
  return reason === 'rate-limited' ? 'rate_limited' : 'error';
}

/** Back-off goes from 1 s to 10 s, of refused logins from 2 s to 60 s, each less up to a quarter. */
function requestsOf({ stage, fault, span, line }: Cell, effect: Effect): Range {
  // A refused connection is seen by nobody but us.
  if (span === 'once' || fault === 'refuse') return [1, ENDLESS];
  if (effect !== 'blind') return [1, ENDLESS];
  const life = SETTING.forgetAfter + SETTING.slow;
  const said = saidWait(fault);
  if (said !== undefined) return [said > life ? 1 : 2, 1 + Math.ceil(life / said)];
  const isLogin = stage === 'authenticate' || stage === 'token';
  if (isLogin && observerReasons({ line, stage, fault, span, mail: 'lost' }).includes('auth'))
    return [2, 10];
  const perLook = fault === '401' ? 2 : 1;
  return [2, perLook * (5 + Math.ceil(life / 7_500))];
}

/** The next time comes by itself, and not too soon. */
function gapOf(cell: Cell, effect: Effect): Range | null {
  const { stage, fault } = cell;
  const said = saidWait(fault);
  if (said !== undefined) return stage === 'source' ? null : [said, said + LONGEST_PAUSE + slack];
  if (effect === 'none' || stage === 'source' || fault === 'refuse') return null;
  if (fault === '401' && stage !== 'token') return AT_ONCE;
  const least = effect === 'partial' ? 150 : 750;
  return [least, timeout + LONGEST_PAUSE + slack];
}

/** Looks come at least once a minute, whatever happened. */
const LONGEST_PAUSE = 60_000;

/** For how long a 429 is heeded: what it says, a minute where it says nothing readable, an hour at most. */
const SAID_WAITS: { readonly [F in Fault]?: number } = {
  '429-seconds': SETTING.wait,
  '429-date': SETTING.wait,
  '429-x': SETTING.wait,
  '429-none': 60_000,
  '429-nonsense': 60_000,
  '429-huge': 3_600_000,
};

function saidWait(fault: Fault): number | undefined {
  return SAID_WAITS[fault];
}

function isRate(fault: Fault): boolean {
  return saidWait(fault) !== undefined;
}
