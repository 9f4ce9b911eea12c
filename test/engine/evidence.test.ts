import { describe, expect, it } from 'vitest';
import { launchCanary, type Canary } from '../../src/domain/canary.ts';
import type { Place } from '../../src/domain/sighting.ts';
import { verifyToken } from '../../src/domain/token.ts';
import { evidenceOf } from '../../src/engine/evidence.ts';
import type { Look, Observation } from '../../src/observers/observer.ts';
import { TEST_KEYS, testLaunch } from '../support/test-launch.ts';

const START = Date.UTC(2026, 0, 5, 9, 0, 0);
const canary = launchCanary(testLaunch({ launchedAt: START }));

function observe(externalId: string, place: Place = 'inbox'): Observation {
  const token = verifyToken(canary.launch.token, TEST_KEYS)!;
  return { token, externalId, place, stamp: null, hops: [], foreignMessageId: null };
}

function lookAt(options: { complete?: boolean; observations?: readonly Observation[] }): Look {
  return {
    startedAt: START + 1_000,
    endedAt: START + 1_040,
    places: [
      { place: 'spam', startedAt: START + 1_020 },
      { place: 'inbox', startedAt: START + 1_010 },
    ],
    complete: options.complete ?? true,
    observations: options.observations ?? [],
    mismatches: {},
    cursor: { next: 7 },
    requests: 2,
  };
}

async function entry(
  look: Look,
  known: Canary = canary,
  horizon: number | undefined = START + 900,
) {
  const { entry: told } = await evidenceOf(look, {
    observer: {
      name: 'helpdesk',
      capabilities: { minPauseMs: 10, indexLagMs: 5, push: false, stampQuantumMs: null },
    },
    horizon,
    find: (id) => Promise.resolve(id === known.launch.id ? known : undefined),
  });
  return told;
}

it('names the copies of canaries that no ledger knows, and nobody else', async () => {
  const observer = {
    name: 'helpdesk',
    capabilities: { minPauseMs: 10, indexLagMs: 5, push: false, stampQuantumMs: null },
  };
  const look = lookAt({ observations: [observe('a'), observe('b')] });
  const find = (known: Canary | undefined) => () => Promise.resolve(known);

  const lost = await evidenceOf(look, { observer, horizon: START, find: find(undefined) });
  const kept = await evidenceOf(look, { observer, horizon: START, find: find(canary) });

  expect(lost.strangers).toEqual(['a', 'b']);
  expect(lost.entry.facts).toEqual([]);
  expect(kept.strangers).toEqual([]);
});

describe('what a look proves', () => {
  it('moves the horizon to the start of the earliest reading, less the index lag', async () => {
    expect((await entry(lookAt({}))).horizon).toBe(START + 1_010 - 5);
  });

  it('moves no horizon when it was not complete', async () => {
    expect((await entry(lookAt({ complete: false }))).horizon).toBeNull();
  });

  it('brackets an arrival between the horizon before and its own end', async () => {
    const { facts } = await entry(lookAt({ observations: [observe('a')] }));

    expect(facts).toHaveLength(1);
    expect(facts[0]!.fact).toMatchObject({
      type: 'sighted',
      sighting: { ingested: { low: START + 900, high: START + 1_040 }, seenAt: START + 1_040 },
    });
  });

  it('brackets an arrival of the very first look from its launch', async () => {
    const look = lookAt({ observations: [observe('a')] });
    const known = launchCanary(testLaunch({ launchedAt: START + 500 }));

    const { entry: told } = await evidenceOf(
      {
        ...look,
        observations: [{ ...observe('a'), token: verifyToken(known.launch.token, TEST_KEYS)! }],
      },
      {
        observer: {
          name: 'helpdesk',
          capabilities: { minPauseMs: 10, indexLagMs: 0, push: false, stampQuantumMs: null },
        },
        horizon: undefined,
        find: () => Promise.resolve(known),
      },
    );

    expect(told.facts[0]!.fact).toMatchObject({ sighting: { ingested: { low: START + 500 } } });
  });

  it('counts copies only when one complete look shows them together', async () => {
    const observations = [observe('a'), observe('b')];

    const complete = await entry(lookAt({ observations }));
    const partial = await entry(lookAt({ observations, complete: false }));

    expect(complete.facts.filter(({ fact }) => fact.type === 'copied')).toMatchObject([
      { fact: { copies: 2 } },
    ]);
    expect(partial.facts.filter(({ fact }) => fact.type === 'copied')).toEqual([]);
  });

  it('says nothing about canaries that another observer decides', async () => {
    const other = launchCanary(testLaunch({ launchedAt: START, route: { observer: 'plain' } }));
    const look = lookAt({ observations: [observe('a')] });

    const { facts } = await entry(look, other);

    expect(facts).toEqual([]);
  });
});
