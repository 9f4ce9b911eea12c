import Database from 'libsql';
import { describe, expect, it } from 'vitest';
import { accepted, atEnd, createBench, draft, idOf, itInFile, sighted } from './support.ts';

describe('newest', () => {
  it('answers by acceptance, whatever was launched last; manual canaries do not count', async () => {
    const ledger = await (await createBench()).open();
    for (const number of [1, 2, 3]) await ledger.launch(draft(number));
    await ledger.launch(draft(4, { kind: 'manual' }));
    await ledger.append([
      { id: draft(1).id, fact: accepted(90_000) },
      { id: draft(2).id, fact: accepted(70_000) },
      { id: draft(2).id, fact: sighted(80_000) },
      { id: draft(4, { kind: 'manual' }).id, fact: accepted(200_000) },
    ]);

    const { accepted: newest, ingested } = await ledger.newest('support', 'default');

    expect([newest, ingested].map((canary) => canary && idOf(canary))).toEqual([
      draft(1).id,
      draft(2).id,
    ]);
    expect(await ledger.newest('other', 'default')).toEqual({});
  });

  itInFile('is found by an index, however long the history is', async () => {
    const bench = await createBench();
    await bench.open();
    const database = new Database(bench.file);
    atEnd(() => Promise.resolve(void database.close()));

    const plan = database
      .prepare(
        `explain query plan select record from canaries
         where probe = 'a' and vantage = 'b' and kind != 'manual' and accepted_high is not null
         order by accepted_high desc, sequence desc limit 1`,
      )
      .all();

    expect(JSON.stringify(plan)).toContain('canaries_by_probe_vantage_accepted_high_sequence');
    expect(JSON.stringify(plan)).not.toContain('TEMP B-TREE');
  });
});
