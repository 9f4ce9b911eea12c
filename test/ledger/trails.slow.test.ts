import Database from 'libsql';
import fc from 'fast-check';
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { DIALECTS } from './dialects.ts';
import type { Fact } from '../../src/domain/canary.ts';
import { lossEntry } from '../../src/domain/loss/entry.ts';
import { lossModel } from '../../src/domain/loss/statistic.ts';
import { LossTrail } from '../../src/domain/loss/trail.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { EVENTS_A_CHECKPOINT } from '../../src/ledger/trails.ts';
import { createBench, draft, START } from './support.ts';

const SERIES = {
  probe: 'support',
  role: 'target',
  sender: 'relay',
  vantage: 'default',
  path: '',
} as const;
const MODEL = lossModel({ usual: 0.000_5, canariesAYear: 525_960 });
const MINUTE = 60_000;
const at = (minute: number): number => START + minute * MINUTE;

const acceptedAt = (minute: number): Fact => ({
  type: 'accepted',
  acceptance: { at: { low: at(minute), high: at(minute) }, queueId: null, serverMessageId: null },
});
const sightedAt = (minute: number): Fact => ({
  type: 'sighted',
  sighting: {
    externalId: '1',
    place: 'inbox',
    ingested: { low: at(minute), high: at(minute) },
    seenAt: at(minute),
    stamp: null,
    hops: [],
    foreignMessageId: null,
  },
});
const settledAs = (verdict: 'on_time' | 'overdue', minute: number): Fact => ({
  type: 'settled',
  settlement: { verdict, at: at(minute), horizon: null },
});

/** Launches the canary of a minute. */
async function launch(ledger: Ledger, minute: number): Promise<string> {
  const { launch: launched } = await ledger.launch(draft(minute));
  await tell(ledger, launched.id, [acceptedAt(minute)]);
  return launched.id;
}

/** Launches those of some minutes and has things become known of them, ten minutes a transaction. */
async function live(
  ledger: Ledger,
  minutes: number,
  factsOf: (minute: number) => readonly Fact[],
): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let from = 0; from < minutes; from += 10) {
    const some = Array.from({ length: 10 }, (_, index) => from + index);
    const launched = await Promise.all(some.map((minute) => launch(ledger, minute)));
    await Promise.all(launched.map((id, index) => tell(ledger, id, factsOf(from + index))));
    ids.push(...launched);
  }
  return ids;
}

async function tell(ledger: Ledger, id: string, facts: readonly Fact[]): Promise<void> {
  await ledger.append(facts.map((fact) => ({ id, fact })));
}

const stateOf = (ledger: Ledger, minute: number): readonly number[] => [
  ...ledger.lossTrail(SERIES)!.fold(MODEL, at(minute)),
];

/** From the records of the canaries alone. */
async function scratchOf(ledger: Ledger, ids: readonly string[]): Promise<LossTrail> {
  const trail = new LossTrail();
  for (const id of ids) trail.change(undefined, lossEntry((await ledger.find(id))!));
  return trail;
}

describe('evidence of loss in the ledger', () => {
  it('is the same whether the ledger was closed and opened again or not, whatever becomes known in what order', async () => {
    const aStep = fc.record({
      minute: fc.nat(9),
      what: fc.constantFrom('arrives', 'is overdue', 'restarts', 'restarts' as const),
    });

    await fc.assert(
      fc.asyncProperty(fc.array(aStep, { maxLength: 16 }), async (steps) => {
        const [whole, broken] = [await createBench(), await createBench()];
        const uninterrupted = await whole.open();
        let interrupted = await broken.open();
        const ids = [];
        for (let minute = 0; minute < 10; minute += 1) {
          ids.push(await launch(uninterrupted, minute));
          await launch(interrupted, minute);
        }
        for (const { minute, what } of steps) {
          if (what === 'restarts') {
            await interrupted.close();
            interrupted = await broken.open();
            continue;
          }
          const facts =
            what === 'arrives'
              ? [sightedAt(minute), settledAs('on_time', minute)]
              : [settledAs('overdue', minute + 10)];
          for (const ledger of [uninterrupted, interrupted]) {
            await tell(ledger, ids[minute]!, facts);
          }
        }
        await interrupted.close();
        interrupted = await broken.open();

        for (const minute of [15, 9_999]) {
          expect(stateOf(interrupted, minute)).toEqual(stateOf(uninterrupted, minute));
        }
        const scratch = await scratchOf(interrupted, ids);
        expect(interrupted.lossTrail(SERIES)!.content()).toEqual(scratch.content());
        await Promise.all([interrupted.close(), uninterrupted.close()]);
      }),
      { numRuns: 6 },
    );
  });

  it('is stored every so often with its position: a start replays only what came after, and counts nothing twice', async () => {
    const bench = await createBench();
    const ledger = await bench.open();
    const canaries = Math.ceil(EVENTS_A_CHECKPOINT / 4) + 40;
    const ids = await live(ledger, canaries, (minute) =>
      minute % 50 === 7
        ? [settledAs('overdue', minute)]
        : [sightedAt(minute), settledAs('on_time', minute)],
    );
    // A loss from before the checkpoint is taken back after it.
    await tell(ledger, ids[57]!, [sightedAt(400)]);
    const before = ledger.lossTrail(SERIES)!.content();
    await ledger.close();

    const stored = await DIALECTS[0]!.open(bench.url);
    const { position, trails } = await stored.trails();
    const replayed = await stored.stepsAfter(position);
    await stored.close();
    const after = (await bench.open()).lossTrail(SERIES)!.content();

    expect(position).toBeGreaterThanOrEqual(EVENTS_A_CHECKPOINT);
    expect(trails).toHaveLength(1);
    expect(replayed.length).toBeLessThan(60);
    expect(after).toEqual(before);
  });

  it('outlives the canaries that it came from', async () => {
    const bench = await createBench();
    const ledger = await bench.open();
    await live(ledger, 100, (minute) =>
      minute % 30 > 0
        ? [sightedAt(minute), settledAs('on_time', minute)]
        : [settledAs('overdue', minute), { type: 'forgotten', at: at(500) }],
    );
    const before = stateOf(ledger, 300);

    const count = await ledger.prune(at(1_000));
    const pruned = stateOf(ledger, 300);
    await ledger.close();
    const reopened = await bench.open();

    expect(count).toBe(100);
    expect([pruned, stateOf(reopened, 300)]).toEqual([before, before]);
    expect(before[0]).toBeGreaterThan(1);
  });

  it('is forgotten with its probe, also over a restart', async () => {
    const bench = await createBench();
    const ledger = await bench.open();
    const id = await launch(ledger, 1);
    await tell(ledger, id, [settledAs('overdue', 11)]);

    await ledger.retain('elsewhere', []);
    const kept = ledger.lossTrail(SERIES);
    await ledger.retain('default', ['other']);

    expect(kept).toBeDefined();
    expect(ledger.lossTrail(SERIES)).toBeUndefined();
    await tell(ledger, id, [sightedAt(20)]);
    expect(ledger.lossTrail(SERIES)?.content()).toEqual(new LossTrail().content());
  });

  it('is kept apart by series, and only of scheduled canaries', async () => {
    const ledger = await (await createBench()).open();
    const manual = await ledger.launch(draft(1, { kind: 'manual' }));
    const other = await ledger.launch(draft(2, { route: { probe: 'other' } }));

    for (const { launch: launched } of [manual, other]) {
      await tell(ledger, launched.id, [acceptedAt(1), settledAs('overdue', 12)]);
    }

    expect(ledger.lossTrail(SERIES)).toBeUndefined();
    expect(ledger.lossTrail({ ...SERIES, probe: 'other' })?.lastDay(at(5))).toEqual({
      count: 1,
      of: 1,
    });
  });
});

describe('a ledger of schema 1', () => {
  it('begins with no evidence, and counts only what is launched from then on', async () => {
    const bench = await createBench();
    const old = new Database(bench.file);
    const fixture = new URL('../fixtures/ledger/schema-1.sql', import.meta.url);
    old.exec(await readFile(fixture, 'utf8'));
    old.close();

    const ledger = await bench.open();
    const known = ledger.open().map(({ launch: launched }) => launched.id);
    await ledger.append(known.map((id) => ({ id, fact: settledAs('overdue', 1) })));
    const id = await launch(ledger, 900_000);
    await tell(ledger, id, [settledAs('overdue', 900_010)]);

    expect(ledger.lossTrail(SERIES)?.lastDay(at(900_011))).toEqual({ count: 1, of: 1 });
  });
});
