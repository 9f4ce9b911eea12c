import { describe, expect, it } from 'vitest';
import { apply, launchCanary, type Canary } from '../../src/domain/canary.ts';
import { effectsOf, LAUNCH_EFFECTS, type LedgerEvent } from '../../src/domain/events.ts';
import type { Store, StoreTransaction } from '../../src/ledger/store.ts';
import type { Total } from '../../src/ledger/totals.ts';
import { openView } from '../../src/ledger/views.ts';
import type { StoreDialect } from '../ledger/dialects.ts';
import { accepted, atEnd, draft, idOf, sighted, START } from '../ledger/support.ts';

const REFUSAL = { at: START, reason: 'refused', code: 550, detail: 'no such user' } as const;

/** What every database behind a ledger has to do. */
export function describeStore(dialect: StoreDialect): void {
  describe(`store: ${dialect.name}`, () => {
    it('keeps a canary exactly, microseconds included', async () => {
      const { store } = await dialect.create();
      const canary = canaryOf(1, { launchedAt: START + 0.123 });

      await insert(store, canary);

      expect(await store.findCanary(idOf(canary))).toEqual(canary);
      expect(await store.findCanary('nobody')).toBeUndefined();
    });

    it('refuses an id, a token or a tick that is taken, and changes nothing then', async () => {
      const { store } = await dialect.create();
      const first = canaryOf(1);
      const second = canaryOf(2);
      const rivals = [
        { ...second, launch: { ...second.launch, id: first.launch.id } },
        { ...second, launch: { ...second.launch, token: first.launch.token } },
        { ...second, launch: { ...second.launch, scheduledAt: first.launch.scheduledAt } },
      ];

      await insert(store, first);
      const answers = [];
      for (const rival of rivals) answers.push(await insert(store, rival));

      expect(answers).toEqual([false, false, false]);
      expect(await store.openCanaries()).toEqual([first]);
    });

    it('takes any number of canaries that serve no tick', async () => {
      const { store } = await dialect.create();

      const answers = [
        await insert(store, canaryOf(1, { kind: 'manual' })),
        await insert(store, canaryOf(2, { kind: 'manual' })),
      ];

      expect(answers).toEqual([true, true]);
    });

    it('deletes old canaries that are closed, with events and sightings, and keeps the totals', async () => {
      const { store } = await dialect.create();
      const closed = { ...canaryOf(1), refusal: REFUSAL };
      const open = canaryOf(2);
      const young = { ...canaryOf(3), refusal: REFUSAL };
      for (const canary of [closed, open, young]) {
        await insert(store, canary);
        await store.write((transaction) => transaction.saveCanaries([{ canary, position: 9 }]));
      }

      const count = await store.write((transaction) =>
        transaction.deleteCanaries(young.launch.launchedAt, 10),
      );

      expect(count).toBe(1);
      expect(await store.findCanary(idOf(closed))).toBeUndefined();
      expect(await store.findCanary(idOf(open))).toEqual(open);
      expect(await store.findCanary(idOf(young))).toEqual(young);
    });

    it('leaves nothing of a transaction whose body throws', async () => {
      const { store, url } = await dialect.create();
      const canary = canaryOf(1);

      const failing = store.write(async (transaction) => {
        await fill(transaction, canary);
        throw new Error('in the middle');
      });

      await expect(failing).rejects.toThrow('in the middle');
      expect(await store.findCanary(idOf(canary))).toBeUndefined();
      expect((await store.observers()).size).toBe(0);
      expect(await counters(store)).toEqual({ position: 0, sequence: 0 });
      expect(await totals(url)).toEqual([]);
    });

    it('leaves nothing of a transaction whose last statement fails', async () => {
      const { store, url } = await dialect.create();
      const [canary] = [canaryOf(1)];

      const failing = store.write(async (transaction) => {
        await fill(transaction, canary);
        await transaction.appendEvents([launched(canary, 1)]); // the position is taken
      });

      await expect(failing).rejects.toThrow();
      expect(await store.openCanaries()).toEqual([]);
      expect(await totals(url)).toEqual([]);
      expect(store.faultOf(await failing.catch((error: unknown) => error))).toBeUndefined();
    });

    it('adds to totals instead of replacing them', async () => {
      const { store, url } = await dialect.create();

      await store.write((transaction) => transaction.addTotals([total('launched', 2)]));
      await store.write((transaction) => transaction.addTotals([total('launched', 3)]));

      expect(await totals(url)).toEqual([total('launched', 5)]);
    });

    it('keeps sums of microseconds beyond 32 bits', async () => {
      const { store, url } = await dialect.create();
      const large = 2 ** 52;

      await store.write((transaction) => transaction.addTotals([total('latency_sum', large)]));
      await store.write((transaction) => transaction.addTotals([total('latency_sum', 1)]));

      expect(await totals(url)).toEqual([total('latency_sum', large + 1)]);
    });

    it('keeps horizon and cursor of an observer, and nulls of both', async () => {
      const { store } = await dialect.create();

      await save(store, 'a', { horizon: START + 0.5, cursor: { uid: [1, 'x'] } });
      await save(store, 'b', { horizon: null, cursor: null });
      await save(store, 'a', { horizon: START + 1, cursor: { uid: [2] } });

      expect([...(await store.observers())]).toEqual([
        ['a', { horizon: START + 1, cursor: { uid: [2] } }],
        ['b', { horizon: null, cursor: null }],
      ]);
    });

    it('keeps what our clock and the machine said when it was tried last, if the machine did', async () => {
      const { store } = await dialect.create();
      const uptime = { bootId: 'one', ms: 123_456.78 };

      const first = await store.clockMark();
      await store.write((transaction) => transaction.touch(START - 1, { bootId: 'two', ms: 1 }));
      await store.write((transaction) => transaction.touch(START, uptime));
      await store.write((transaction) => transaction.touch(START + 1, undefined));

      expect(first).toBeUndefined();
      expect(await store.clockMark()).toEqual({ at: START, uptime });
    });

    it('finds more canaries at once than a statement has room for', async () => {
      const { store } = await dialect.create();
      const canaries = Array.from({ length: 1_201 }, (_, index) => canaryOf(index + 1));
      await store.write(async (transaction) => {
        for (const [index, canary] of canaries.entries()) {
          await transaction.insertCanary({ canary, position: index + 1 });
        }
        await transaction.appendEvents(
          canaries.map((canary, index) => launched(canary, index + 1)),
        );
      });

      const found = await store.write((transaction) =>
        transaction.findCanaries([...canaries.map(idOf), 'nobody']),
      );

      expect(found.size).toBe(1_201);
    });

    it('tells the time line of a canary, newest canaries, and the open ones', async () => {
      const { store, url } = await dialect.create();
      const [older, newer] = [canaryOf(1), canaryOf(2, { route: { probe: 'other' } })];
      await insert(store, newer, 2);
      await insert(store, older, 1);
      const facts = [accepted(), sighted()];
      await addFacts(store, older, facts);
      const view = await openView(url);
      atEnd(() => view.close());

      const timeline = await view.timeline(idOf(older));

      expect(timeline.map((event) => event.fact)).toEqual([{ type: 'launched' }, ...facts]);
      expect(timeline.map((event) => event.position)).toEqual([1, 3, 4]);
      expect(timeline[2]?.effects).toContainEqual({ type: 'arrived', place: 'inbox' });
      expect((await view.recent(10)).map(idOf)).toEqual([idOf(newer), idOf(older)]);
      expect((await view.recent(1)).map(idOf)).toEqual([idOf(newer)]);
      expect((await view.recent(10, 'support')).map(idOf)).toEqual([idOf(older)]);
      expect((await view.open()).map(idOf)).toEqual([idOf(older), idOf(newer)]);
      expect(await view.timeline('nobody')).toEqual([]);
    });
  });
}

function canaryOf(number: number, options: Parameters<typeof draft>[1] = {}): Canary {
  return launchCanary({ ...draft(number, options), sequence: number });
}

function launched(canary: Canary, position: number): LedgerEvent {
  const { launch } = canary;
  return { position, at: START, launch, fact: { type: 'launched' }, effects: LAUNCH_EFFECTS };
}

function insert(store: Store, canary: Canary, position = canary.launch.sequence): Promise<boolean> {
  return store.write(async (transaction) => {
    const isNew = await transaction.insertCanary({ canary, position });
    if (isNew) await transaction.appendEvents([launched(canary, position)]);
    return isNew;
  });
}

async function addFacts(
  store: Store,
  canary: Canary,
  facts: readonly Parameters<typeof apply>[1][],
): Promise<void> {
  const events: LedgerEvent[] = [];
  let record = canary;
  for (const fact of facts) {
    const after = apply(record, fact);
    const position = 3 + events.length;
    const effects = effectsOf(record, after);
    events.push({ position, at: START, launch: canary.launch, fact, effects });
    record = after;
  }
  await store.write(async (transaction) => {
    await transaction.saveCanaries([{ canary: record, position: 2 + events.length }]);
    await transaction.appendEvents(events);
  });
}

async function fill(transaction: StoreTransaction, canary: Canary): Promise<void> {
  await transaction.insertCanary({ canary, position: 1 });
  await transaction.appendEvents([launched(canary, 1)]);
  await transaction.addTotals([total('launched', 1)]);
  await transaction.saveObserver('a', { horizon: START, cursor: null });
  await transaction.saveCounters({ position: 1, sequence: 1 });
}

function counters(store: Store): Promise<unknown> {
  return store.write((transaction) => transaction.takeCounters());
}

function save(store: Store, name: string, state: { horizon: number | null; cursor: unknown }) {
  return store.write((transaction) => transaction.saveObserver(name, state));
}

async function totals(url: string): Promise<readonly Total[]> {
  const view = await openView(url);
  const { totals: found } = await view.totals();
  await view.close();
  return found;
}

function total(name: Total['name'], value: number): Total {
  const series = { probe: 'support', role: 'target', sender: 'relay', vantage: 'default' } as const;
  return { ...series, path: '', observer: '', name, label: '', value };
}
