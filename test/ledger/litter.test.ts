import { readFile } from 'node:fs/promises';
import Database from 'libsql';
import { describe, expect, it } from 'vitest';
import { PLACES, type Place } from '../../src/domain/sighting.ts';
import type { Fact } from '../../src/domain/canary.ts';
import type { Ledger, LitterQuery } from '../../src/ledger/ledger.ts';
import { accepted, createBench, draft, itInFile, settled, sighted, START } from './support.ts';

const DAY = 86_400_000;
const HELPDESK: LitterQuery = { observer: 'helpdesk', seenUntil: START + DAY, places: PLACES };

function seenIn(place: Place, afterMs: number, externalId: string): Fact {
  const fact = sighted(afterMs, externalId);
  if (fact.type !== 'sighted') throw new Error('no sighting');
  return { ...fact, sighting: { ...fact.sighting, place } };
}

/** A canary that was seen as these facts say; its id. */
async function launch(ledger: Ledger, number: number, facts: readonly Fact[]): Promise<string> {
  const { id } = (await ledger.launch(draft(number))).launch;
  await ledger.append(facts.map((fact) => ({ id, fact })));
  return id;
}

const copiesOf = async (ledger: Ledger, query = HELPDESK): Promise<string[]> =>
  (await ledger.litter(query, 100)).map(({ externalId }) => externalId);

describe('litter', () => {
  it('is every copy of a judged canary, oldest sighting first, with token and place', async () => {
    const ledger = await (await createBench()).open();
    const late = await launch(ledger, 1, [accepted(), seenIn('spam', 9_000, 'c'), settled()]);
    await launch(ledger, 2, [accepted(), sighted(2_000, 'a'), sighted(2_500, 'b'), settled()]);

    const litter = await ledger.litter(HELPDESK, 100);

    expect(litter.map(({ externalId }) => externalId)).toEqual(['a', 'b', 'c']);
    expect(litter[2]).toEqual({
      canaryId: late,
      token: draft(1).token,
      externalId: 'c',
      place: 'spam',
      seenAt: START + 9_000,
    });
    expect(await ledger.litter(HELPDESK, 2)).toEqual(litter.slice(0, 2));
    expect(await ledger.countLitter(HELPDESK)).toBe(3);
  });

  it('is none before the verdict, and a lost or doubtful canary is some once it arrived', async () => {
    const ledger = await (await createBench()).open();
    const at = { low: START, high: START + 9 };
    const doubt: Fact = { type: 'doubted', doubt: { at, reason: 'unreachable', detail: 'cut' } };
    const doubtful = await launch(ledger, 1, [doubt, sighted(2_000, 'a')]);
    await launch(ledger, 2, [accepted(), settled('overdue'), { type: 'written_off', at: START }]);

    const unjudged = await copiesOf(ledger);
    await ledger.append([{ id: doubtful, fact: settled() }]);
    await ledger.append([{ id: draft(2).id, fact: sighted(9_000, 'b') }]);

    expect(unjudged).toEqual([]);
    expect(await copiesOf(ledger)).toEqual(['a', 'b']);
  });

  it('is what was seen until then, by this observer, in these places', async () => {
    const ledger = await (await createBench()).open();
    await launch(ledger, 1, [accepted(), sighted(2_000, 'a'), sighted(3_000, 'b'), settled()]);
    await launch(ledger, 2, [accepted(), seenIn('trash', 2_000, 'c'), settled()]);
    const other = draft(3, { route: { observer: 'other' } });
    await ledger.launch(other);
    await ledger.append([sighted(1_000, 'd'), settled()].map((fact) => ({ id: other.id, fact })));

    expect(await copiesOf(ledger, { ...HELPDESK, seenUntil: START + 2_999 })).toEqual(
      expect.arrayContaining(['a', 'c']),
    );
    expect(await copiesOf(ledger, { ...HELPDESK, seenUntil: START + 2_999 })).toHaveLength(2);
    expect(await copiesOf(ledger, { ...HELPDESK, places: ['trash'] })).toEqual(['c']);
    expect(await copiesOf(ledger, { ...HELPDESK, observer: 'other' })).toEqual(['d']);
  });

  it('is one copy in the place where it was last, however many it went through', async () => {
    const ledger = await (await createBench()).open();
    const way = [sighted(2_000, 'a'), seenIn('spam', 3_000, 'a'), seenIn('inbox', 1_000, 'a')];
    await launch(ledger, 1, [accepted(), ...way, settled()]);

    expect(await ledger.litter(HELPDESK, 9)).toMatchObject([{ externalId: 'a', place: 'spam' }]);
    expect(await copiesOf(ledger, { ...HELPDESK, places: ['inbox'] })).toEqual([]);
  });

  it('is none any more once tidied, over restarts, and in whatever place it shows up later', async () => {
    const bench = await createBench();
    const before = await bench.open();
    const facts = [accepted(), sighted(2_000, 'a'), sighted(2_500, 'b'), settled()];
    const canaryId = await launch(before, 1, facts);

    await before.markTidied([{ canaryId, externalId: 'a' }]);
    await before.markTidied([{ canaryId, externalId: 'a' }]);
    await before.close();
    const after = await bench.open();
    const view = await bench.view();
    await after.append([{ id: canaryId, fact: seenIn('closed', 5_000, 'a') }]);

    expect(await copiesOf(after)).toEqual(['b']);
    expect((await view.litter(HELPDESK, 9)).map(({ externalId }) => externalId)).toEqual(['b']);
    expect(await view.countLitter(HELPDESK)).toBe(1);
  });

  it('changes no record and no count when it is tidied', async () => {
    const bench = await createBench();
    const ledger = await bench.open();
    const canaryId = await launch(ledger, 1, [accepted(), sighted(2_000, 'a'), settled()]);
    const view = await bench.view();
    const [record, totals] = [await ledger.find(canaryId), await view.totals()];
    let events = 0;
    ledger.subscribe(() => (events += 1));

    await ledger.markTidied([{ canaryId, externalId: 'a' }]);

    expect(await ledger.find(canaryId)).toEqual(record);
    expect(await view.totals()).toEqual(totals);
    expect(events).toBe(0);
  });

  it('is kept of more sightings at once than a statement has rows', async () => {
    const ledger = await (await createBench()).open();
    const numbers = Array.from({ length: 600 }, (_, index) => index);
    const ids = await Promise.all(
      numbers.map(async (number) => (await ledger.launch(draft(number))).launch.id),
    );

    await ledger.append(
      ids.flatMap((id, index) =>
        [sighted(2_000, `copy${index}`), settled()].map((fact) => ({ id, fact })),
      ),
    );

    expect(await ledger.countLitter(HELPDESK)).toBe(600);
  });

  itInFile('is found by an index of its own, however many copies are kept or tidied', async () => {
    const bench = await createBench();
    await (await bench.open()).close();
    const file = new Database(bench.file);
    const plan = file
      .prepare(
        `explain query plan select * from sightings join canaries on canaries.id = sightings.canary_id
         where sightings.observer = 'a' and sightings.tidied_at is null and seen_at <= 5 order by seen_at`,
      )
      .all();
    file.close();

    expect(JSON.stringify(plan)).toContain(
      'USING INDEX sightings_untidied (observer=? AND seen_at<?)',
    );
  });

  it('is forgotten with its canary', async () => {
    const ledger = await (await createBench()).open();
    await launch(ledger, 1, [accepted(), sighted(2_000, 'a'), settled()]);

    await ledger.prune(START + DAY);

    expect(await copiesOf(ledger)).toEqual([]);
  });
});

itInFile(
  'a ledger of schema 1 is brought up to date: its copies are litter of their observers',
  async () => {
    const bench = await createBench();
    const old = new Database(bench.file);
    const fixture = new URL('../fixtures/ledger/schema-1.sql', import.meta.url);
    old.exec(await readFile(fixture, 'utf8'));
    old.close();
    await expect(bench.view()).rejects.toThrow(/schema 1 .* run it once/);

    const ledger = await bench.open();

    expect(await copiesOf(ledger)).toEqual(['INBOX/1/1']);
    expect(await copiesOf(ledger, { ...HELPDESK, observer: 'other' })).toEqual(['INBOX/1/2']);
    const canaryId = (await ledger.litter(HELPDESK, 1))[0]?.canaryId ?? '';
    await ledger.markTidied([{ canaryId, externalId: 'INBOX/1/1' }]);
    expect(await copiesOf(ledger)).toEqual([]);
    expect((await ledger.find(canaryId))?.settlement).toMatchObject({ verdict: 'on_time' });
  },
);
