import { describe, expect, it } from 'vitest';
import { createBench, draft, idOf, sighted, START } from './support.ts';

describe('pauses', () => {
  it('are all remembered across a restart; the last one may be given another end', async () => {
    const bench = await createBench();
    const ledger = await bench.open();
    const pauseAt = (since: number, until: number) => ({ since, until, reason: 'work' });
    await ledger.activate('support', 'default');

    await ledger.pause('support', 'default', pauseAt(START + 0.25, START + 5));
    await ledger.pause('support', 'default', pauseAt(START + 0.25, START + 3));
    await ledger.pause('support', 'default', pauseAt(START + 4, START + 9));
    await ledger.close();
    const state = await (await bench.open()).activate('support', 'default');

    expect(state).toMatchObject({
      pause: pauseAt(START + 4, START + 9),
      earlierPauses: [pauseAt(START + 0.25, START + 3)],
    });
  });
});

describe('recordLook', () => {
  it('keeps the highest horizon and the last cursor, also across a restart', async () => {
    const bench = await createBench();
    const ledger = await bench.open();
    const look = { observer: 'helpdesk', facts: [] };

    await ledger.recordLook({ ...look, horizon: START + 2.5, cursor: 1 });
    await ledger.recordLook({ ...look, horizon: START + 1, cursor: 2 });
    await ledger.recordLook({ ...look, horizon: null, cursor: { uid: 3 } });
    const before = ledger.observerState('helpdesk');
    await ledger.close();
    const after = (await bench.open()).observerState('helpdesk');

    expect(before).toEqual({ horizon: START + 2.5, cursor: { uid: 3 } });
    expect(after).toEqual(before);
  });

  it('lets a horizon fall for one of another place only, which then stands', async () => {
    const bench = await createBench();
    const ledger = await bench.open();
    const look = { observer: 'helpdesk', facts: [], cursor: null };

    await ledger.recordLook({ ...look, site: 'old', horizon: START + 9 });
    await ledger.recordLook({ ...look, site: 'new', horizon: null });
    const before = ledger.observerState('helpdesk');
    await ledger.recordLook({ ...look, site: 'new', horizon: START + 2 });
    await ledger.recordLook({ ...look, site: 'new', horizon: START + 1 });
    await ledger.close();
    const after = (await bench.open()).observerState('helpdesk');

    expect(before).toMatchObject({ horizon: START + 9, site: 'old' });
    expect(after).toEqual({ horizon: START + 2, site: 'new', cursor: null });
  });

  it('goes on with the horizon of an older ledger, in which nobody said where', async () => {
    const bench = await createBench();
    const look = { observer: 'helpdesk', facts: [], cursor: null };
    const old = await bench.open();
    await old.recordLook({ ...look, horizon: START + 2 });
    await old.close();
    await bench.spoil(
      `alter table observers drop column site; alter table probes drop column earlier_pauses; update meta set value = '6' where name = 'schema'`,
    );

    const ledger = await bench.open();
    const before = ledger.observerState('helpdesk');
    await ledger.recordLook({ ...look, site: 'here', horizon: START + 1 });

    expect(before).toEqual({ horizon: START + 2, cursor: null });
    expect(ledger.observerState('helpdesk')).toMatchObject({ horizon: START + 2, site: 'here' });
  });

  it('takes two looks of one moment in their order', async () => {
    const ledger = await (await createBench()).open();
    const look = { observer: 'helpdesk', facts: [] };

    await Promise.all([
      ledger.recordLook({ ...look, horizon: START + 2, cursor: 1 }),
      ledger.recordLook({ ...look, horizon: START + 1, cursor: 2 }),
    ]);

    expect(ledger.observerState('helpdesk')).toEqual({ horizon: START + 2, cursor: 2 });
  });

  it('shows sightings and horizon to a reader together or not at all', async () => {
    const bench = await createBench();
    const ledger = await bench.open();
    const view = await bench.view();
    const canaries = await Promise.all([1, 2, 3].map((n) => ledger.launch(draft(n))));

    const facts = canaries.map((canary) => ({ id: idOf(canary), fact: sighted() }));
    const events = await ledger.recordLook({ observer: 'o', horizon: START, cursor: null, facts });

    expect(events).toHaveLength(3);
    expect((await view.observers()).get('o')?.horizon).toBe(START);
    expect((await view.totals()).position).toBe(6);
  });
});
