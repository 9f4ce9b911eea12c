import { describe, expect, it } from 'vitest';
import { accepted, createBench, draft, sighted, settled, START } from '../ledger/support.ts';
import { LONG, startSite, type TestSite } from './support.ts';

describe('canaries', () => {
  async function siteWithLedger(): Promise<{ site: TestSite; ids: readonly string[] }> {
    const bench = await createBench();
    const ledger = await bench.open();
    const first = await ledger.launch(draft(0));
    const second = await ledger.launch(draft(1, { route: { probe: 'other' } }));
    const { id } = first.launch;
    await ledger.append([accepted(), sighted(), settled()].map((fact) => ({ id, fact })));
    return {
      site: await startSite({ view: await bench.view() }),
      ids: [id, second.launch.id],
    };
  }

  it('lists them newest first, by probe, so many', async () => {
    const { site, ids } = await siteWithLedger();
    const idsAt = async (query: string): Promise<readonly string[]> => {
      const { text } = await site.get(`/api/v1/canaries${query}`);
      const { canaries } = JSON.parse(text) as { readonly canaries: readonly { id: string }[] };
      return canaries.map(({ id }) => id);
    };

    expect(await idsAt('')).toEqual([ids[1], ids[0]]);
    expect(await idsAt('?limit=1')).toEqual([ids[1]]);
    expect(await idsAt('?probe=support')).toEqual([ids[0]]);
    expect(await idsAt('?probe=nobody')).toEqual([]);
  });

  it('describes one with its events', async () => {
    const { site, ids } = await siteWithLedger();

    const record: unknown = JSON.parse((await site.get(`/api/v1/canaries/${ids[0]}`)).text);

    expect(record).toMatchObject({
      id: ids[0],
      probe: 'support',
      outcome: 'on_time',
      verdict: 'on_time',
      kind: 'scheduled',
      sent_at: new Date(START).toISOString(),
      latency_seconds: 1.715,
      latency_error_seconds: 0.255,
      events: [
        { fact: 'launched' },
        { fact: 'accepted', effects: [{ type: 'accepted' }] },
        { fact: 'sighted' },
        { fact: 'settled' },
      ],
    });
  });

  it('shows its time line', async () => {
    const { site, ids } = await siteWithLedger();

    const { status, text } = await site.get(`/canary/${ids[0]}`);

    expect(status).toBe(200);
    expect(text).toContain('Verdict: on time');
  });

  it.each([
    '?limit=0',
    '?limit=501',
    '?limit=1e9',
    '?limit=-1',
    '?limit=1&limit=2',
    '?probe=../x',
    '?probe[a]=b',
    `?probe=${LONG}`,
    '?what=ever',
    '?__proto__=1',
  ])('refuses the query %s', async (query) => {
    const site = await startSite();

    expect((await site.get(`/api/v1/canaries${query}`)).status).toBe(400);
  });
});
