import { describe, expect, it } from 'vitest';
import { outcomeOf, type Fact } from '../../src/domain/canary.ts';
import type { LedgerEvent } from '../../src/domain/events.ts';
import { auditLedger } from '../../src/ledger/upkeep.ts';
import { openView } from '../../src/ledger/views.ts';
import { accepted, atEnd, draft, idOf, sighted, START } from '../ledger/support.ts';
import { startPostgres } from '../support/rig/postgres.ts';
import { newLedgerUrl } from '../support/test-ledger.ts';
import { createWay, openHeard, type CutAt, type Heard } from './support.ts';

/** What is stored is what was heard, each thing once, and the books balance. */
async function expectWhole(url: string, { events }: Pick<Heard, 'events'>): Promise<void> {
  const view = await openView(url);
  const canaries = await view.recent(100_000);
  const stored: LedgerEvent[] = [];
  for (const canary of canaries) stored.push(...(await view.timeline(idOf(canary))));
  await view.close();
  const byPosition = (a: LedgerEvent, b: LedgerEvent): number => a.position - b.position;
  expect(events.map((event) => event.position)).toEqual(events.map((_, index) => index + 1));
  expect(events).toEqual(stored.sort(byPosition));
  const { findings } = await auditLedger(url);
  expect(findings.filter(({ ok }) => !ok)).toEqual([]);
}

describe.each<CutAt>(['commit', 'answer'])('a connection cut at the %s of a COMMIT', (at) => {
  it('keeps facts in memory until they are stored, and stores them once', async () => {
    const url = await newLedgerUrl();
    const way = await createWay(url);
    const heard = await openHeard(way.url);
    const { ledger, failures } = heard;
    const { id } = (await ledger.launch(draft(1))).launch;

    const cut = way.cut(at);
    const adding = ledger.append([{ id, fact: accepted() }]);
    await cut;
    const looking = ledger.recordLook({
      ...{ observer: 'helpdesk', horizon: START + 9, cursor: 7 },
      facts: [{ id, fact: sighted() }],
    });

    expect((await adding).map(({ position }) => position)).toEqual([2]);
    expect((await looking).map(({ position }) => position)).toEqual([3]);
    expect(failures).toEqual(['write']);
    expect(ledger.isWritable()).toBe(true);
    await expectWhole(url, heard);
  });

  it('refuses the launch at once, and says of a canary that is stored all the same that it was not sent', async () => {
    const url = await newLedgerUrl();
    const way = await createWay(url);
    const heard = await openHeard(way.url);
    const { ledger, failures } = heard;

    const cut = way.cut(at);
    const launching = ledger.launch(draft(1));
    await expect(launching).rejects.toMatchObject({ reason: 'ledger', retryable: true });
    await cut;
    expect(ledger.isWritable()).toBe(false);
    const second = await ledger.launch(draft(2));
    await ledger.append([{ id: idOf(second), fact: accepted() }]);

    const first = await ledger.find(draft(1).id);
    expect(first && outcomeOf(first)).toBe(at === 'commit' ? undefined : 'unsent');
    expect(first?.refusal?.reason).toBe(at === 'commit' ? undefined : 'ledger');
    expect(second.launch.sequence).toBe(at === 'commit' ? 1 : 2);
    expect(ledger.open().map(idOf)).toEqual([idOf(second)]);
    expect(failures).toEqual(['write']);
    await expectWhole(url, heard);
  });

  it('does the same again and again, whatever shares the transaction', async () => {
    const url = await newLedgerUrl();
    const way = await createWay(url);
    const heard = await openHeard(way.url);
    const { ledger } = heard;
    let launched = 0;

    for (let round = 1; round <= 6; round += 1) {
      const cut = way.cut(at);
      const known = ledger.open().map(idOf);
      const work = [
        ledger.launch(draft(round)),
        ...known.map((id) => ledger.append([{ id, fact: facts[round % facts.length]! }])),
        ledger.recordLook({ observer: 'o', horizon: START + round, cursor: round, facts: [] }),
      ];
      await cut;
      const [launch, ...others] = await Promise.allSettled(work);
      expect(launch?.status).toBe('rejected');
      expect(others.every(({ status }) => status === 'fulfilled')).toBe(true);
      await ledger.launch(draft(100 + round));
      launched += 1;
    }

    expect(ledger.open()).toHaveLength(launched);
    expect(ledger.observerState('o')).toEqual({ horizon: START + 6, cursor: 6 });
    await expectWhole(url, heard);
  });
});

const facts: readonly Fact[] = [accepted(), sighted(), sighted(3_000, '2', 'closed')];

describe.each(['fast', 'immediate'] as const)('a server that restarts (%s) under load', (mode) => {
  it('is told of, stops the launches, and costs nothing that was acknowledged', async () => {
    const server = await startPostgres();
    atEnd(() => server.remove());
    const url = await server.createDatabase();
    const heard = await openHeard(url);
    const { ledger, events, failures } = heard;
    const acknowledged: string[] = [];
    const appended: Promise<unknown>[] = [];
    const load = { isOn: true };
    const refused = createSignal();
    const restarted = createSignal();
    const work = async (lane: number): Promise<void> => {
      for (let number = lane; load.isOn; number += 10) {
        try {
          const { id } = (await ledger.launch(draft(number))).launch;
          acknowledged.push(id);
          appended.push(ledger.append([{ id, fact: accepted() }]));
        } catch {
          refused.give();
          await restarted.given;
        }
      }
    };
    const whenHeard = (count: number): Promise<void> =>
      new Promise((resolve) => {
        const stop = ledger.subscribe(() => {
          if (events.length < count) return;
          stop();
          resolve();
        });
      });

    const lanes = [1, 2, 3, 4].map(work);
    await whenHeard(40);
    await server.stop(mode);
    await refused.given;
    expect(ledger.isWritable()).toBe(false);
    await server.start();
    restarted.give();
    await whenHeard(events.length + 40);
    load.isOn = false;
    await Promise.all(lanes);
    await Promise.all(appended);

    expect(ledger.isWritable()).toBe(true);
    expect(failures.length).toBeGreaterThan(0);
    const launched = events.filter(({ fact }) => fact.type === 'launched');
    const taken = new Set(events.filter((e) => e.fact.type === 'accepted').map((e) => e.launch.id));
    expect(acknowledged.filter((id) => !taken.has(id))).toEqual([]);
    expect(new Set(launched.map(({ launch }) => launch.id)).size).toBe(launched.length);
    await expectWhole(url, heard);
  });
});

function createSignal(): { readonly given: Promise<void>; give(): void } {
  let give = (): void => undefined;
  const given = new Promise<void>((resolve) => (give = resolve));
  return { given, give: () => give() };
}
