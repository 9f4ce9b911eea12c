import { describe, expect, it } from 'vitest';
import { apply, launchCanary, type Canary } from '../../src/domain/canary.ts';
import type { StampProof } from '../../src/domain/stamp.ts';
import { verifyToken } from '../../src/domain/token.ts';
import { evidenceOf } from '../../src/engine/evidence.ts';
import { readMemory } from '../../src/engine/memory.ts';
import type { Look, Observation } from '../../src/observers/observer.ts';
import { TEST_KEYS, testLaunch } from '../support/test-launch.ts';

const START = Date.UTC(2026, 0, 5, 9, 0, 0);
const OFFSET = { low: 39_900, high: 40_100 };
const PROVEN: StampProof = { source: 'createdAt', agreed: 20 };

const canary = apply(launchCanary(testLaunch({ launchedAt: START - 200 })), {
  type: 'accepted',
  acceptance: { at: { low: START, high: START + 100 }, queueId: null, serverMessageId: null },
});

/** Ingested 8 s after START, by a clock 40 s ahead. */
function observe(changes: Partial<Observation> = {}): Observation {
  return {
    token: verifyToken(canary.launch.token, TEST_KEYS)!,
    externalId: 'a',
    place: 'inbox',
    stamp: { at: START + 48_000, quantumMs: 1_000, source: 'createdAt' },
    hops: [],
    foreignMessageId: null,
    ...changes,
  };
}

function look(observations: readonly Observation[], changes: Partial<Look> = {}): Look {
  return {
    startedAt: START + 20_000,
    endedAt: START + 20_200,
    places: [{ place: 'inbox', startedAt: START + 20_000 }],
    complete: true,
    observations,
    mismatches: {},
    cursor: 7,
    requests: 3,
    clockOffset: OFFSET,
    ...changes,
  };
}

async function evidence(seen: Look, proof?: StampProof, known: Canary = canary) {
  const told = await evidenceOf(seen, {
    observer: {
      name: 'helpdesk',
      capabilities: { minPauseMs: 10, indexLagMs: 60_000, push: false, stampQuantumMs: 1_000 },
    },
    horizon: START - 60_000,
    find: () => Promise.resolve(known),
    proof,
  });
  const ingested = told.entry.facts.flatMap(({ fact }) =>
    fact.type === 'sighted' ? [fact.sighting.ingested] : [],
  );
  return { ...told, ingested };
}

const FROM_LOOKS = { low: START, high: START + 20_200 };

describe('stamps in the evidence of a look', () => {
  it('narrow nothing while they are not proven, and count towards it', async () => {
    const { ingested, proof, entry } = await evidence(look([observe()]));

    expect(ingested).toEqual([FROM_LOOKS]);
    expect(proof).toEqual({ source: 'createdAt', agreed: 1 });
    expect(readMemory(entry.cursor)).toEqual({ cursor: 7, proof });
  });

  it('narrow the bracket once they are, on our clock', async () => {
    const { ingested, conflicts } = await evidence(look([observe()]), PROVEN);

    expect(ingested).toEqual([{ low: START + 7_900, high: START + 9_100 }]);
    expect(conflicts).toBe(0);
  });

  it('that contradict the looks are counted, and have to prove themselves anew', async () => {
    const wrong = observe({ stamp: { at: START + 90_000, quantumMs: 1_000, source: 'createdAt' } });

    const { ingested, conflicts, proof } = await evidence(look([wrong]), PROVEN);

    expect(ingested).toEqual([FROM_LOOKS]);
    expect(conflicts).toBe(1);
    expect(proof?.agreed).toBe(0);
  });

  it('say nothing without a clock to compare with', async () => {
    const known = look([observe()]);
    const unknown = Object.fromEntries(
      Object.entries(known).filter(([key]) => key !== 'clockOffset'),
    ) as unknown as Look;

    const { ingested, proof } = await evidence(unknown, PROVEN);

    expect(ingested).toEqual([FROM_LOOKS]);
    expect(proof).toEqual(PROVEN);
  });

  it('count once for a canary, however many copies there are', async () => {
    const { proof } = await evidence(look([observe(), observe({ externalId: 'b' })]));

    expect(proof?.agreed).toBe(1);
  });

  it('of a canary that is moved later are no contradiction', async () => {
    const first = await evidence(look([observe({ place: 'spam' })]), PROVEN);
    const known = first.entry.facts.reduce((seen, { fact }) => apply(seen, fact), canary);
    const later = look([observe()], { startedAt: START + 3_600_000, endedAt: START + 3_600_100 });

    const { conflicts, proof, ingested } = await evidence(later, PROVEN, known);

    expect(conflicts).toBe(0);
    expect(proof).toEqual(PROVEN);
    expect(ingested[0]?.high).toBe(START + 3_600_100);
  });

  it("prove nothing where they could be the mail's own Date, as it arrived", async () => {
    const { proof } = await evidence(look([observe({ mailDate: START + 48_400 })]));

    expect(proof?.agreed ?? 0).toBe(0);
  });
});
