import fc from 'fast-check';
import { expect, it } from 'vitest';
import { apply, launchCanary, latencyOf, type Canary } from '../../src/domain/canary.ts';
import { verifyToken } from '../../src/domain/token.ts';
import { verdictOfArrival } from '../../src/domain/verdict.ts';
import { evidenceOf } from '../../src/engine/evidence.ts';
import { readMemory } from '../../src/engine/memory.ts';
import { createOffsetBook } from '../../src/observers/http/offset.ts';
import type { Look, Observation } from '../../src/observers/observer.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createFakeRandom } from '../support/fake-random.ts';
import { TEST_KEYS, testLaunch } from '../support/test-launch.ts';

const START = Date.UTC(2026, 0, 5, 9, 0, 0);
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const LOOK_EVERY = 15 * SECOND;
const LATE_AFTER = 10 * MINUTE;
/** After so many a stamp that told the truth is believed; and then some more. */
const CANARIES = 40;

/** What a helpdesk writes as the time of a mail; its clock is so much ahead of ours. The Date of a mail is of ours. */
const MANNERS = {
  honest: ({ ingestedAt }, aheadMs) => ingestedAt + aheadMs,
  'before the send': ({ launchedAt }, aheadMs) => launchedAt - 5 * SECOND + aheadMs,
  'the Date of the mail': ({ launchedAt }) => launchedAt,
  'in the future': ({ ingestedAt }, aheadMs) => ingestedAt + HOUR + aheadMs,
  'of 1970': () => 0,
  'always the same': (_times, aheadMs) => START + aheadMs,
} satisfies Record<string, (times: Times, aheadMs: number) => number>;
type Manner = keyof typeof MANNERS;

interface Times {
  readonly launchedAt: number;
  readonly ingestedAt: number;
}

interface Plan {
  /** For so many canaries it is honest, and then as `manner` says. */
  readonly honestFor: number;
  readonly manner: Manner;
  /** At so many milliseconds its clock is set by so many. */
  readonly jumps: readonly (readonly [at: number, byMs: number])[];
  readonly latencies: readonly number[];
  /** When no look succeeds: brackets are as wide as that, and the clock may be set meanwhile. */
  readonly blind: readonly [from: number, forMs: number];
}

interface Mail extends Times {
  canary: Canary;
  readonly stamp: number;
  isSeen: boolean;
}

/** Forty minutes, a canary a minute, looks every quarter of one. */
async function watch(plan: Plan): Promise<readonly Mail[]> {
  const time = { now: START };
  const book = createOffsetBook({ ...createFakeClock(), now: () => time.now });
  const offsetAt = (at: number): number =>
    plan.jumps.filter(([jumpAt]) => jumpAt <= at - START).reduce((sum, [, by]) => sum + by, 0);
  const mails = plan.latencies.map((latencyMs, index) =>
    mailOf(plan, { index, latencyMs, offsetAt }),
  );
  let horizon: number | undefined;
  let cursor: unknown = null;
  for (let at = START; at < START + (CANARIES + 20) * MINUTE; at += LOOK_EVERY) {
    if (isBlindAt(plan, at - START)) continue;
    const [startedAt, endedAt] = [at, at + 200];
    time.now = endedAt;
    const date = new Date(at + 100 + offsetAt(at)).toUTCString();
    const times = { requestedAt: startedAt, receivedAt: endedAt };
    book.note({ ...times, status: 200, headers: { date }, body: '' });
    const fresh = mails.filter(({ isSeen, ingestedAt }) => !isSeen && ingestedAt <= startedAt);
    if (fresh.length === 0) {
      horizon = startedAt;
      continue;
    }
    const look: Look = {
      ...{ startedAt, endedAt, complete: true, mismatches: {}, cursor: null, requests: 1 },
      places: [{ place: 'inbox', startedAt }],
      observations: fresh.map(observationOf),
      clockOffset: book.offset()!,
    };
    const { entry } = await evidenceOf(look, {
      observer: { name: 'helpdesk', capabilities: CAPABILITIES },
      ...{ horizon, proof: readMemory(cursor).proof },
      find: (id) => Promise.resolve(mails.find(({ canary }) => canary.launch.id === id)?.canary),
    });
    [horizon, cursor] = [entry.horizon ?? horizon, entry.cursor];
    for (const mail of fresh) {
      mail.isSeen = true;
      const own = entry.facts.filter(({ id }) => id === mail.canary.launch.id);
      mail.canary = own.map(({ fact }) => fact).reduce(apply, mail.canary);
    }
  }
  return mails;
}

function isBlindAt({ blind: [from, forMs] }: Pick<Plan, 'blind'>, ms: number): boolean {
  return ms >= from && ms < from + forMs;
}

/** A clock that is set twice between two looks shows a time that nobody can know of. */
function isEachSettingSeen(plan: Plan): boolean {
  const times = plan.jumps.map(([at]) => at).sort((a, b) => a - b);
  return times.slice(1).every((to, index) => {
    const from = times[index] ?? 0;
    for (let at = Math.ceil(from / LOOK_EVERY) * LOOK_EVERY; at < to; at += LOOK_EVERY) {
      if (!isBlindAt(plan, at)) return true;
    }
    return false;
  });
}

const CAPABILITIES = { minPauseMs: 10, indexLagMs: 0, push: false, stampQuantumMs: SECOND };

function mailOf({ honestFor, manner }: Plan, { index, latencyMs, offsetAt }: MailPlan): Mail {
  const launchedAt = START + index * MINUTE + 1_234;
  const ingestedAt = launchedAt + latencyMs;
  const [sequence, random] = [index + 1, createFakeRandom(1 + index)];
  const launch = testLaunch({ launchedAt, sequence, random, policy: { lateAfterMs: LATE_AFTER } });
  const at = { low: launchedAt, high: launchedAt };
  const acceptance = { at, queueId: null, serverMessageId: null };
  const stampOf = MANNERS[index < honestFor ? 'honest' : manner];
  const shown = stampOf({ launchedAt, ingestedAt }, offsetAt(ingestedAt));
  const canary = apply(launchCanary(launch), { type: 'accepted', acceptance });
  return { launchedAt, ingestedAt, canary, stamp: shown - (shown % SECOND), isSeen: false };
}

interface MailPlan {
  readonly index: number;
  readonly latencyMs: number;
  readonly offsetAt: (at: number) => number;
}

function observationOf({ canary, stamp, launchedAt }: Mail): Observation {
  return {
    token: verifyToken(canary.launch.token, TEST_KEYS)!,
    ...{ externalId: canary.launch.id, place: 'inbox', hops: [], foreignMessageId: null },
    stamp: { at: stamp, quantumMs: SECOND, source: 'createdAt' },
    mailDate: launchedAt,
  };
}

const aJump = fc.tuple(
  fc.integer({ min: 0, max: CANARIES * MINUTE }),
  fc.constantFrom(90 * SECOND, -90 * SECOND, HOUR, -HOUR),
);
const aLatency = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 2 * SECOND, max: 40 * SECOND }) },
  fc.integer({ min: 40 * SECOND, max: 15 * MINUTE }),
);
/** Shorter than replies are remembered that tell of the other clock. */
const aGap = fc.tuple(
  fc.integer({ min: 20 * MINUTE, max: 35 * MINUTE }),
  fc.integer({ min: 0, max: 12 * MINUTE }),
);
const aPlan = fc
  .record<Plan>({
    honestFor: fc.constant(0),
    manner: fc.constantFrom<Manner>('honest', 'the Date of the mail', 'of 1970'),
    jumps: fc.array(aJump, { maxLength: 4 }),
    latencies: fc.array(aLatency, { minLength: CANARIES, maxLength: CANARIES }),
    blind: aGap,
  })
  .filter(isEachSettingSeen);
/** It is believed by then, and lies in ways that looks contradict; while its clock was just set, they could not. */
const aTraitor = fc
  .record<Plan>({
    honestFor: fc.integer({ min: 0, max: 35 }),
    manner: fc.constantFrom<Manner>(
      'before the send',
      'in the future',
      'of 1970',
      'always the same',
    ),
    jumps: fc.constant([]),
    latencies: fc.array(aLatency, { minLength: CANARIES, maxLength: CANARIES }),
    blind: aGap,
  })
  .filter(isEachSettingSeen);

it.each([
  ['whose clock is right or jumps', aPlan],
  ['that begins to lie', aTraitor],
])(
  'a helpdesk %s: each latency told holds the true one, and nobody is late who was not',
  async (_name, plans) => {
    await fc.assert(
      fc.asyncProperty(plans, async (plan) => {
        for (const { canary, ingestedAt, launchedAt } of await watch(plan)) {
          const tookMs = ingestedAt - launchedAt;
          const { low, high } = latencyOf(canary)!;
          expect(low).toBeLessThanOrEqual(tookMs);
          expect(high).toBeGreaterThanOrEqual(tookMs);
          const verdict = verdictOfArrival(canary);
          if (tookMs <= LATE_AFTER) expect(verdict).not.toBe('overdue');
        }
      }),
      { numRuns: 20 },
    );
  },
);

it('honest stamps make it exact, also after the clock was set; lies do not', async () => {
  const latencies = Array.from({ length: CANARIES }, (_, index) => (5 + (index % 7)) * SECOND);
  const plan = {
    honestFor: 0,
    manner: 'honest',
    jumps: [[30 * MINUTE, HOUR]],
    latencies,
    blind: [0, 0],
  } as const;
  const widthOf = ({ canary }: Mail): number => {
    const { low, high } = latencyOf(canary)!;
    return high - low;
  };

  const honest = (await watch(plan)).map(widthOf);
  const lying = (await watch({ ...plan, manner: 'the Date of the mail' })).map(widthOf);

  expect(Math.max(...honest.slice(21, 29))).toBeLessThan(3 * SECOND);
  expect(Math.min(...honest.slice(31, 35))).toBeGreaterThan(3 * SECOND);
  expect(Math.min(...lying)).toBeGreaterThan(3 * SECOND);
});

it.each([90 * SECOND, -90 * SECOND, HOUR, -HOUR])(
  'a clock that was set by %d ms while nobody could look misleads nobody about the mails from before and after',
  async (byMs) => {
    const latencies = Array.from({ length: CANARIES }, (_, index) => (5 + (index % 7)) * SECOND);
    const [jumps, blind] = [[[29 * MINUTE, byMs]], [24 * MINUTE, 10 * MINUTE]] as const;

    const mails = await watch({ honestFor: CANARIES, manner: 'honest', jumps, blind, latencies });

    const wrong = mails.filter(({ canary, ingestedAt, launchedAt }) => {
      const { low, high } = latencyOf(canary)!;
      return low > ingestedAt - launchedAt || high < ingestedAt - launchedAt;
    });
    expect(wrong).toEqual([]);
  },
);
