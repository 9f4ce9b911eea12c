import {
  acceptedAt,
  firstSighting,
  isAccepted,
  latencyOf,
  outcomeOf,
  type Canary,
} from '../../src/domain/canary.ts';
import type { Interval } from '../../src/domain/latency.ts';
import { openView } from '../../src/ledger/views.ts';
import { median } from '../bench/statistics.ts';
import type { MailRig } from '../support/rig/mail-rig.ts';
import { readTruth, type Truth } from '../support/rig/truth.ts';

/** What the ledger says held against what the mail servers logged. */
export interface Audit {
  readonly canaries: number;
  readonly accepted: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly verdicts: Readonly<Record<string, number>>;
  /** Latencies with both a measured and a true interval. */
  readonly compared: number;
  /** Half-widths, medians in milliseconds. */
  readonly measuredErrorMs: number;
  readonly trueErrorMs: number;
  readonly problems: readonly string[];
}

/**
 * The servers stamp with the wall clock, we with one that follows it slowly; the policy server's
 * stamps are whole milliseconds.
 */
const CLOCKS_MS = 3;

export async function audit(rig: MailRig, url: string): Promise<Audit> {
  const view = await openView(url);
  try {
    const canaries = await view.recent(10_000_000);
    const truths = await readTruth(rig);
    const problems = [
      ...strangers(canaries, truths),
      ...canaries.flatMap((canary) => problemsOf(canary, truths.get(canary.launch.token))),
    ];
    for (const canary of canaries) {
      const events = await view.timeline(canary.launch.id);
      const settled = events.filter(({ fact }) => fact.type === 'settled').length;
      const wanted = isAccepted(canary) ? 1 : 0;
      if (settled !== wanted) problems.push(`${nameOf(canary)} was settled ${settled} times`);
    }
    return { ...figuresOf(canaries, truths), problems };
  } finally {
    await view.close();
  }
}

type Figures = Omit<Audit, 'problems'>;

function figuresOf(canaries: readonly Canary[], truths: ReadonlyMap<string, Truth>): Figures {
  const pairs = canaries.flatMap((canary) => {
    const truth = trueLatency(canary, truths.get(canary.launch.token));
    const measured = latencyOf(canary);
    return truth === undefined || measured === undefined ? [] : [{ truth, measured }];
  });
  const half = ({ low, high }: Interval): number => (high - low) / 2;
  return {
    canaries: canaries.length,
    accepted: canaries.filter(isAccepted).length,
    outcomes: countBy(canaries.map(outcomeOf)),
    verdicts: countBy(canaries.map((canary) => canary.settlement?.verdict ?? 'none')),
    compared: pairs.length,
    measuredErrorMs: median(pairs.map(({ measured }) => half(measured))),
    trueErrorMs: median(pairs.map(({ truth }) => half(truth))),
  };
}

/** Mails in Postfix' log that the ledger does not know. */
function strangers(canaries: readonly Canary[], truths: ReadonlyMap<string, Truth>): string[] {
  const known = new Set(canaries.map(({ launch }) => launch.token));
  return [...truths.keys()]
    .filter((token) => !known.has(token))
    .map((token) => `${token.slice(0, 32)} is in Postfix' log and not in the ledger`);
}

function problemsOf(canary: Canary, truth: Truth | undefined): string[] {
  const name = nameOf(canary);
  const { acceptance, settlement, launch } = canary;
  const outcome = outcomeOf(canary);
  const problems: string[] = [];
  const blame = (what: string): void => void problems.push(`${name} ${what}`);

  const mails = truth?.queueIds.length ?? 0;
  if (mails > 1) blame(`was sent ${mails} times`);
  if (acceptance !== null && mails === 0) blame('is accepted, and Postfix never had it');
  const ids = truth?.queueIds ?? [];
  if (acceptance?.queueId != null && !ids.includes(acceptance.queueId)) {
    blame(`is accepted as ${acceptance.queueId}, Postfix says ${ids.join(', ')}`);
  }
  const isThere = truth?.visible !== undefined;
  const isSeen = firstSighting(canary) !== undefined;
  if (isThere && !isSeen) blame(`is in the mailbox, and the ledger says ${outcome}: forgotten`);
  if (!isThere && isSeen) blame('was seen, and Dovecot never had it');
  if (outcome === 'lost' || outcome === 'blind') blame(`is ${outcome}: a false loss`);
  if (isAccepted(canary) && settlement === null) blame('has no verdict');

  const latency = trueLatency(canary, truth);
  const measured = latencyOf(canary);
  if (latency === undefined || measured === undefined) return problems;
  if (measured.low > latency.high + CLOCKS_MS || measured.high < latency.low - CLOCKS_MS) {
    blame(`took ${spanText(latency)}, measured ${spanText(measured)}: not covered`);
  }
  const { lateAfterMs } = launch.policy;
  const verdict = settlement?.verdict;
  // A measurement on both sides of the deadline says on time (semantics A5c); it cannot be further off than it is wide.
  const deadline = lateAfterMs + CLOCKS_MS + (measured.high - measured.low);
  const spans = `took ${spanText(latency)}, measured ${spanText(measured)}`;
  if (verdict === 'on_time' && latency.low > deadline) blame(`was late, not on time: ${spans}`);
  if (verdict === 'overdue' && latency.high < lateAfterMs - CLOCKS_MS) {
    blame(`was on time, not late: ${spans}`);
  }
  if (verdict === 'misfiled') blame('is misfiled, and lies in the inbox');
  return problems;
}

/** From the final dot at Postfix to Dovecot; as the reply ends the acceptance, so does ours. */
function trueLatency(canary: Canary, truth: Truth | undefined): Interval | undefined {
  const replied = acceptedAt(canary)?.high;
  if (truth?.visible === undefined || truth.endOfDataAt === undefined) return undefined;
  if (replied === undefined) return undefined;
  const { visible, endOfDataAt } = truth;
  return {
    low: Math.max(0, visible.low - Math.max(replied, endOfDataAt)),
    high: visible.high - endOfDataAt,
  };
}

const nameOf = ({ launch }: Canary): string => launch.id;
const spanText = ({ low, high }: Interval): string => `${low.toFixed(1)}..${high.toFixed(1)} ms`;

function countBy(names: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

/** The figures as lines of text. */
export function describeAudit(result: Audit): readonly string[] {
  const list = (counts: Readonly<Record<string, number>>): string =>
    Object.entries(counts)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ');
  return [
    `canaries ${result.canaries}, accepted ${result.accepted}`,
    `outcomes: ${list(result.outcomes)}`,
    `verdicts: ${list(result.verdicts)}`,
    `latencies compared with the logs: ${result.compared}; half-width measured ${result.measuredErrorMs.toFixed(1)} ms, of the truth ${result.trueErrorMs.toFixed(1)} ms (medians)`,
    `problems: ${result.problems.length}`,
    ...result.problems.slice(0, 20).map((problem) => `  ${problem}`),
  ];
}
