import { createSeededRandom } from '../../src/base/seeded-random.ts';
import { createGrid, phaseOf } from '../../src/domain/schedule.ts';
import { happens } from '../../src/sandbox/chance.ts';
import { createDials } from '../../src/sandbox/dials.ts';
import { drawFate } from '../../src/sandbox/fate.ts';
import type { Scenario } from '../../src/sandbox/scenario.ts';
import { createChance } from '../../src/simulation/chance.ts';
import { RECIPIENTS } from '../../src/simulation/mail-system.ts';
import { drawDialogueMs } from '../../src/simulation/model-sender.ts';
import type { Part } from '../../src/simulation/part.ts';
import { START } from '../../src/simulation/simulation.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

export const EVERY_MS = MINUTE;
const LATE_MS = 10 * MINUTE;
/** What ends nearer than this to a limit may be taken for beyond it. */
const MARGIN_MS = 10 * SECOND;
/** The bucket from which delivery is slow (EmailDeliverySlow). */
const SLOW_MS = 2 * MINUTE;
/** Of EmailDeliveryBudgetBurnSlow over three days, with a little to spare. */
const BURN_MS = 73 * HOUR;
const BURN_RATIO = 0.001;
/** Launches of three days that may have no verdict: those under way, and those of restarts. */
const UNJUDGED = 30;

/** What is to become of one mail to the helpdesk; milliseconds from the start of the month. */
export interface Mail {
  readonly atMs: number;
  readonly delayMs: number;
  /** At the first attempt; it is tried again. */
  readonly isRefused: boolean;
}

/** Every mail of a month, as the simulation draws it, without simulating anything. */
export function mailsOf(scenario: Scenario, seed: number): readonly Mail[] {
  const { smtp, helpdesk } = createDials(scenario.initial).read();
  const chance = createChance(createSeededRandom(seed));
  const grid = createGrid(EVERY_MS, phaseOf('support', 'default', EVERY_MS));
  const mails: Mail[] = [];
  for (let at = grid.next(START - 1); at < START + scenario.lasts; at += EVERY_MS) {
    const dialogue = chance.of(RECIPIENTS.helpdesk, at);
    drawDialogueMs(dialogue);
    const isRefused = smtp.answer !== 'accept' && happens(smtp.share, dialogue);
    const { delayMs } = drawFate(helpdesk, undefined, chance.of('helpdesk', at));
    mails.push({ atMs: at - START, delayMs, isRefused });
  }
  return mails;
}

/**
 * The parts of a month in which an alert can fire at all; the rest is peace, and need not be played. What is left out, by
 * alert, and why nothing fires there (`mailcanary rules` has the expressions):
 *
 * - Down, NoTargets, Restarting, ProbeVanished, ReplicaDown, ClockSkew, Blind, BlindSoon: the monitor is stopped, its clock set,
 *   and its API broken by a step of the scenario only, and around each step is a part. Of the 2 % of looks that fail besides,
 *   sixteen or more in a row would be needed (320 s, with pauses of at most 10 s and time-outs of 10 s): once in 10^27.
 * - Stalled, Stragglers, PathStalled, PathLoses, SilentLoss, BurnFast: at least two mails that are late within an hour of
 *   each other, or missing at the same time. One that is late alone is a note (Straggler), and no evidence (a test says so).
 * - BurnSlow: at least three late ones in six hours, or four in three days and one of a thousand that were judged.
 * - Slow: more than a fifth of half an hour is slow; here: at least five mails in 31 min.
 * - SendStalled: nothing accepted for 300 s: here, three refusals in a row (each is tried again within seconds).
 * - PushSilent, AlertingPathFailing, ReplicaBehind, ConfigDrift: one monitor, that nobody pushes to; alerting is not simulated.
 * - Misfiled, Duplicate, MailLoop, Answered, Litter, LedgerFailing, Accounting, Faulty, ConfigRejected, Paused: no dial of a month
 *   makes any of it (a test asserts so of the dials). A crash or broken books would be a bug: parts and whole months would show it.
 */
export function partsOf(scenario: Scenario, mails: readonly Mail[]): readonly Part[] {
  const late = mails.filter(({ delayMs }) => delayMs > LATE_MS - MARGIN_MS);
  const slow = mails.filter(({ delayMs }) => delayMs > SLOW_MS - MARGIN_MS);
  const refused = mails.filter(({ isRefused }) => isRefused);
  const spans = [
    ...scenario.steps.map(({ at, monitor }) => around(at, at + (monitor?.down ?? 0))),
    ...pairs(late).map(([from, to]) => long(from - HOUR, to + 90 * MINUTE)),
    ...clusters(late, 3, 6.5 * HOUR).map(([from, to]) => long(from - 6 * HOUR, to + 6.5 * HOUR)),
    ...burns(mails, late).map(([, to]) => long(to - BURN_MS, to + 6.5 * HOUR)),
    ...clusters(slow, 5, 31 * MINUTE).map(([from, to]) =>
      long(from - 35 * MINUTE, to + 45 * MINUTE),
    ),
    ...clusters(refused, 3, 2.5 * EVERY_MS).map(([from, to]) => around(from, to + 5 * MINUTE)),
  ];
  return merge(spans).map((span) => boundsOf(span, scenario));
}

/** Late ones that are one of a thousand within three days, or from the start of the month on. */
function burns(mails: readonly Mail[], late: readonly Mail[]): readonly Ends[] {
  return late.flatMap((mail): Ends[] => {
    const isWithin = ({ atMs }: Mail): boolean => atMs <= mail.atMs && atMs > mail.atMs - BURN_MS;
    const bad = late.filter(isWithin);
    const [first] = bad;
    if (first === undefined || bad.length < 4) return [];
    const judged = mails.filter((other) => isWithin(other) && !other.isRefused).length - UNJUDGED;
    return bad.length > BURN_RATIO * judged ? [[first.atMs, mail.atMs + mail.delayMs]] : [];
  });
}

interface Span {
  readonly fromMs: number;
  readonly samplesFromMs: number;
  readonly toMs: number;
}

function around(fromMs: number, toMs: number): Span {
  return { fromMs: fromMs - 5 * MINUTE, samplesFromMs: fromMs - MINUTE, toMs: toMs + 4 * MINUTE };
}

function long(fromMs: number, toMs: number): Span {
  return { fromMs, samplesFromMs: fromMs, toMs };
}

type Ends = readonly [fromMs: number, toMs: number];

/** Late mails that page together: soon one after the other, or the first still under way when the next is sent. */
function pairs(late: readonly Mail[]): readonly Ends[] {
  return late.flatMap((mail, index): Ends[] => {
    const reachMs = mail.atMs + Math.max(HOUR, mail.delayMs);
    const last = late.findLast((other, at) => at > index && other.atMs <= reachMs);
    return last === undefined ? [] : [[mail.atMs, last.atMs + last.delayMs]];
  });
}

/** First and last of each `count` mails that lie within `withinMs`. */
function clusters(mails: readonly Mail[], count: number, withinMs: number): readonly Ends[] {
  return mails.flatMap((mail, index): Ends[] => {
    const last = mails[index + count - 1];
    if (last === undefined || last.atMs - mail.atMs > withinMs) return [];
    return [[mail.atMs, last.atMs + last.delayMs]];
  });
}

function merge(spans: readonly Span[]): readonly Span[] {
  const merged: Span[] = [];
  for (const span of [...spans].sort((a, b) => a.fromMs - b.fromMs)) {
    const last = merged.at(-1);
    if (last === undefined || span.fromMs > last.toMs) {
      merged.push(span);
      continue;
    }
    merged[merged.length - 1] = {
      fromMs: last.fromMs,
      samplesFromMs: Math.min(last.samplesFromMs, span.samplesFromMs),
      toMs: Math.max(last.toMs, span.toMs),
    };
  }
  return merged;
}

/** On whole minutes, within the month. */
function boundsOf({ fromMs, samplesFromMs, toMs }: Span, { lasts }: Scenario): Part {
  const minute = (ms: number): number => Math.floor(Math.max(0, ms) / MINUTE) * MINUTE;
  const isLong = toMs - samplesFromMs > 12 * HOUR;
  return {
    fromMs: minute(fromMs),
    samplesFromMs: minute(samplesFromMs),
    toMs: Math.min(lasts, minute(toMs)),
    stepMs: isLong ? MINUTE : 15 * SECOND,
  };
}
