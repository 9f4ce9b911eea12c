import { open, stat } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { messageOf } from '../../src/base/errors.ts';
import { openView, type TotalsView } from '../../src/ledger/views.ts';
import {
  accepted,
  atEnd,
  createBench,
  draft,
  idOf,
  itInFile,
  settled,
  sighted,
} from './support.ts';

describe('a view beside the writer', () => {
  it('sees whole transactions only, and never goes back', async () => {
    const bench = await createBench();
    const ledger = await bench.open();
    const view = await bench.view();
    const seen: TotalsView[] = [];

    for (let round = 0; round < 20; round += 1) {
      const writing = Promise.all(
        Array.from({ length: 30 }, async (_, lane) => {
          const { launch } = await ledger.launch(draft(round * 100 + lane));
          const facts = [accepted(), sighted(), settled()];
          await ledger.append(facts.map((fact) => ({ id: launch.id, fact })));
        }),
      );
      seen.push(await view.totals());
      await writing;
      seen.push(await view.totals());
    }

    const positions = seen.map((totals) => totals.position);
    expect(positions).toEqual([...positions].sort((a, b) => a - b));
    expect(positions.at(-1)).toBe(20 * 30 * 4);
    for (const { totals } of seen) {
      const sum = (name: string): number =>
        totals.filter((total) => total.name === name).reduce((all, t) => all + t.value, 0);
      expect(sum('launched')).toBe(sum('canaries'));
      expect(sum('accepted')).toBe(sum('settled'));
    }
  });

  it('cannot write', async () => {
    const bench = await createBench();
    const ledger = await bench.open();
    await ledger.launch(draft(1));

    const view = await bench.view();
    await ledger.append([{ id: draft(1).id, fact: accepted() }]);

    expect(Object.keys(view)).not.toContain('write');
    expect((await view.open()).map(idOf)).toEqual([draft(1).id]);
    expect(await view.findCanary(draft(1).id)).toEqual(await ledger.find(draft(1).id));
  });

  it('outlives its writer', async () => {
    const bench = await createBench();
    const ledger = await bench.open();
    await ledger.launch(draft(1));
    const view = await bench.view();

    await ledger.close();
    const answer = await view.recent(1).catch(messageOf);

    expect(answer).toHaveLength(1);
  });

  itInFile('tells of a reading that fails', async () => {
    const bench = await createBench();
    const ledger = await bench.open();
    await ledger.launch(draft(1));
    await ledger.close();
    let failures = 0;
    const view = await openView(bench.url, () => (failures += 1));
    atEnd(() => view.close());
    const failuresBefore = failures;

    // Everything after the first page, which says what kind of file it is.
    const { size } = await stat(bench.file);
    const file = await open(bench.file, 'r+');
    await file.write(Buffer.alloc(size - 4_096, 0xff), 0, undefined, 4_096);
    await file.close();
    const answer = await view.recent(1).catch(() => 'failed');

    expect([failuresBefore, answer, failures]).toEqual([0, 'failed', 1]);
  });
});
