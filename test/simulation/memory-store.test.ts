import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/base/logger.ts';
import { launchCanary, type Fact } from '../../src/domain/canary.ts';
import { lossModel, statisticOf } from '../../src/domain/loss/statistic.ts';
import { createLedger } from '../../src/ledger/durable.ts';
import { createMemoryStore } from '../../src/simulation/memory-store.ts';
import { accepted, draft, sighted, START } from '../ledger/support.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const tools = { clock: createFakeClock(START), logger: silentLogger };

describe('createMemoryStore', () => {
  it('is found again by the next ledger, with totals, horizons and newest canaries', async () => {
    const store = createMemoryStore();
    const first = await createLedger(store, tools);
    const canary = await first.launch(draft(1));
    const { id } = canary.launch;
    await first.append([{ id, fact: accepted() }]);
    await first.recordLook({
      ...{ observer: canary.launch.route.observer, horizon: START + 9, cursor: 3 },
      facts: [{ id, fact: sighted() }],
    });
    await first.activate('support', 'default');
    await first.close();

    const second = await createLedger(store, tools);

    const found = await second.find(id);
    expect(found?.sightings).toHaveLength(1);
    const { route } = canary.launch;
    expect(second.observerState(route.observer)).toEqual({ horizon: START + 9, cursor: 3 });
    expect((await second.newest(route.probe, route.vantage)).ingested).toEqual(found);
    const { totals } = store.totals();
    expect(totals).toContainEqual(expect.objectContaining({ name: 'arrived', value: 1 }));
    expect(totals).toContainEqual(expect.objectContaining({ name: 'launched', value: 1 }));
  });

  it('tells the same of loss after any number of restarts', async () => {
    const series = {
      probe: 'support',
      role: 'target',
      sender: 'relay',
      vantage: 'default',
      path: '',
    } as const;
    const model = lossModel({ usual: 0.000_5, canariesAYear: 525_960 });
    const evidence: (number | undefined)[] = [];
    for (const restarts of [[], [3], [1, 2, 30]]) {
      const store = createMemoryStore();
      let ledger = await createLedger(store, tools);
      for (let minute = 1; minute <= 40; minute += 1) {
        const { id } = (await ledger.launch(draft(minute))).launch;
        const settlement = { verdict: 'overdue', at: START, horizon: START } as const;
        const facts: readonly Fact[] = [
          accepted(),
          ...(minute % 10 === 0 ? [] : [sighted()]),
          { type: 'settled', settlement },
        ];
        await ledger.append(facts.map((fact) => ({ id, fact })));
        if (!restarts.includes(minute)) continue;
        await ledger.close();
        ledger = await createLedger(store, tools);
      }
      const trail = ledger.lossTrail(series);
      evidence.push(trail && statisticOf(trail.fold(model, START + 3_600_000)));
    }

    expect(evidence[0]).toBeGreaterThan(0);
    expect(new Set(evidence).size).toBe(1);
  });

  it('takes a tick once, and an id once', async () => {
    const ledger = await createLedger(createMemoryStore(), tools);
    await ledger.launch(draft(1));
    const { scheduledAt } = draft(1);

    await expect(ledger.launch(draft(1))).rejects.toThrow(/taken/);
    await expect(ledger.launch({ ...draft(2), scheduledAt })).rejects.toThrow(/taken/);
  });

  it('takes a transaction back that fails', async () => {
    const store = createMemoryStore();
    const canary = launchCanary({ ...draft(1), sequence: 1 });
    const failing = store.write(async (transaction) => {
      await transaction.insertCanary({ canary, position: 1 });
      await transaction.saveObserver('a', { horizon: START, cursor: null });
      await transaction.saveCounters({ position: 1, sequence: 1 });
      await transaction.activateProbe('support', 'default', START);
      throw new Error('in the middle');
    });

    await expect(failing).rejects.toThrow('in the middle');
    expect(await store.findCanary(canary.launch.id)).toBeUndefined();
    expect((await store.observers()).size).toBe(0);
    expect(store.totals().position).toBe(0);
    const isNew = await store.write((transaction) =>
      transaction.insertCanary({ canary, position: 1 }),
    );
    expect(isNew).toBe(true);
    const { activatedAt } = await store.write((transaction) =>
      transaction.activateProbe('support', 'default', START + 5),
    );
    expect(activatedAt).toBe(START + 5);
  });

  it('forgets closed canaries that are old, and keeps the totals', async () => {
    const store = createMemoryStore();
    const ledger = await createLedger(store, tools);
    const refusal = { at: START, reason: 'refused', code: 550, detail: 'no' } as const;
    const closed = await ledger.launch(draft(1));
    const open = await ledger.launch(draft(2));
    await ledger.append([{ id: closed.launch.id, fact: { type: 'refused', refusal } }]);

    expect(await ledger.prune(START + 86_400_000)).toBe(1);

    expect(await ledger.find(closed.launch.id)).toBeUndefined();
    expect(await ledger.find(open.launch.id)).toBeDefined();
    expect(store.totals().totals).toContainEqual(
      expect.objectContaining({ name: 'launched', value: 2 }),
    );
  });
});
