import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { AuditFinding } from '../../src/ledger/audit.ts';
import { auditLedger } from '../../src/ledger/upkeep.ts';
import {
  accepted,
  createBench,
  draft,
  itInFile,
  refused,
  settled,
  sighted,
  type Bench,
} from './support.ts';

/** A closed ledger: one on time, one unsent, one in flight, one manual, one pruned. */
async function aLedger(): Promise<Bench> {
  const bench = await createBench();
  const ledger = await bench.open();
  const ids: string[] = [];
  for (const number of [1, 2, 3]) ids.push((await ledger.launch(draft(number))).launch.id);
  const manual = await ledger.launch(draft(4, { kind: 'manual' }));
  const [first = '', second = '', third = ''] = ids;
  const facts = [accepted(), sighted(), settled()];
  for (const id of [first, manual.launch.id]) {
    await ledger.append(facts.map((fact) => ({ id, fact })));
  }
  await ledger.append([
    { id: second, fact: refused() },
    { id: third, fact: accepted() },
  ]);
  await ledger.close();
  return bench;
}

async function faultsOf(bench: Bench): Promise<readonly AuditFinding[]> {
  return (await auditLedger(bench.url)).findings.filter(({ ok }) => !ok);
}

describe('auditLedger', () => {
  it('finds a sound ledger sound, and counts it', async () => {
    const bench = await aLedger();

    const { findings, holder } = await auditLedger(bench.url);

    expect(findings).toEqual([
      { what: 'file', ok: true, summary: 'no damage found' },
      { what: 'schema', ok: true, summary: '8' },
      { what: 'canaries', ok: true, summary: '4 canaries, 1 of them open, with 12 events' },
      { what: 'records', ok: true, summary: 'each canary is what its events make of it' },
      {
        what: 'books',
        ok: true,
        summary: 'balance: 2 accepted = 1 verdicts + 1 unjudged; 3 launched = the sum of outcomes',
      },
      { what: 'totals', ok: true, summary: 'are what all events add up to' },
    ]);
    expect(holder).toBeUndefined();
  });

  it('works beside the writer, and names it', async () => {
    const bench = await createBench();
    const ledger = await bench.open();
    await ledger.launch(draft(1));

    expect(await auditLedger(bench.url)).toMatchObject({ holder: { pid: process.pid } });
    expect(await faultsOf(bench)).toEqual([]);
  });

  it('takes totals that outgrew the rows for what they are', async () => {
    const bench = await aLedger();
    const ledger = await bench.open();
    await ledger.prune(draft(2).launchedAt);
    await ledger.close();

    const { findings } = await auditLedger(bench.url);

    expect(findings.every(({ ok }) => ok)).toBe(true);
    expect(findings.map(({ summary }) => summary).join()).toMatch(
      /3 canaries.*4 older events were forgotten.*no less than/,
    );
  });

  it.each([
    ['books', `update totals set value = value + 1 where name = 'accepted'`, 'accepted 3, but'],
    ['books', `delete from totals where name = 'canaries'`, 'launched 3, but 0 by outcome'],
    ['totals', `update totals set value = 9 where name = 'latency_sum'`, 'latency_sum is 9'],
    ['totals', `delete from totals where name = 'unsent'`, 'unsent refused is 0, recounted 1'],
    ['records', `update canaries set outcome = 'lost' where sequence = 3`, 'has another outcome'],
    ['records', `update canaries set record = '{}' where sequence = 1`, 'cannot be read'],
    ['records', `delete from events where type = 'settled'`, 'has another record'],
    ['records', `update sightings set observer = 'other'`, 'has other sightings'],
    ['records', `delete from sightings`, 'has other sightings'],
    [
      'records',
      `insert into sightings select canary_id, external_id, 'spam', 1, 1, 1, observer, 5 from sightings`,
      'has other sightings',
    ],
    ['canaries', `update counters set value = 3 where name = 'position'`, 'with 12 events'],
    ['file', `delete from canaries where sequence = 2`, '2 rows belong to a canary that is not'],
  ])('finds wrong %s after: %s', async (what, text, words) => {
    const bench = await aLedger();
    await bench.spoil(text);

    const found = (await faultsOf(bench)).find((finding) => finding.what === what);

    expect(found?.summary).toContain(words);
  });

  itInFile('says of a file that is no database, or damaged, that it is', async () => {
    const bench = await aLedger();
    const bytes = await readFile(bench.file);
    const texts = [Buffer.from('hello'.repeat(999)), Buffer.from(bytes).fill(0xa5, 100, 4_096)];
    texts.push(Buffer.from(bytes).fill(0xa5, 8_192, bytes.length));

    for (const text of texts) {
      await writeFile(bench.file, text);
      const faults = await faultsOf(bench);
      expect(faults[0]).toMatchObject({ what: 'file', ok: false });
      expect(await readFile(bench.file)).toEqual(text);
    }
  });

  it('finds a ledger sound whose copies moved and were cleaned away', async () => {
    const bench = await createBench();
    const ledger = await bench.open();
    const { id } = (await ledger.launch(draft(1))).launch;
    await ledger.append([accepted(), sighted(), settled()].map((fact) => ({ id, fact })));
    await ledger.markTidied([{ canaryId: id, externalId: '1' }]);
    await ledger.append([{ id, fact: sighted(9_000, '1', 'closed') }]);
    await ledger.close();

    expect(await faultsOf(bench)).toEqual([]);
  });

  it('reads no ledger of a newer program, and says both versions', async () => {
    const bench = await aLedger();
    await bench.spoil(`update meta set value = '9' where name = 'schema'`);

    await expect(auditLedger(bench.url)).rejects.toMatchObject({
      reason: 'ledger',
      message: expect.stringMatching(
        /^the ledger .* has schema 9, newer than this program, which knows schema 8: use the newer program$/,
      ) as string,
    });
  });
});
