import { describe, expect, it } from 'vitest';
import { conversations, json, openSandbox } from './support.ts';

describe('lists', () => {
  it('show active ones only unless asked, newest first', async () => {
    const { ask, send, clock } = await openSandbox();
    for (const subject of ['one', 'two', 'three']) {
      await send({ subject });
      await clock.advance(1_000);
    }
    await ask('/v2/conversations/100200302', {
      method: 'PATCH',
      ...json({ op: 'replace', path: '/status', value: 'closed' }),
    });

    const subjects = async (query: string): Promise<string[]> =>
      (await conversations(await ask(`/v2/conversations${query}`))).map(({ subject }) => subject);

    expect(await subjects('')).toEqual(['three', 'one']);
    expect(await subjects('?status=closed')).toEqual(['two']);
    expect(await subjects('?status=all&sortField=createdAt&sortOrder=asc')).toEqual([
      'one',
      'two',
      'three',
    ]);
    expect(await subjects('?status=all&sortField=modifiedAt')).toEqual(['two', 'three', 'one']);
    expect(await subjects('?status=all&modifiedSince=2026-11-24T02:00:03Z')).toEqual(['two']);
    expect(await subjects('?status=all&mailbox=85')).toHaveLength(3);
    expect(await subjects('?status=all&mailbox=86')).toEqual([]);
    expect(await subjects('?status=all&query=(subject:"TWO" OR subject:"thr")')).toEqual(['two']);
    expect(
      await subjects('?status=all&query=(NOT subject:"two" AND email:"ann@example.org")'),
    ).toEqual(['three', 'one']);
    expect(await subjects('?status=all&query=(createdAt:[2026-11-24T02:00:01Z TO *])')).toEqual([
      'three',
      'two',
    ]);
  });

  it('have 25 on a page, links, and no _embedded where they are empty', async () => {
    const { ask, send } = await openSandbox();
    const empty = (await (await ask('/v2/conversations?status=all')).json()) as object;
    await Promise.all(Array.from({ length: 26 }, () => send()));

    const first = (await (await ask('/v2/conversations?status=all')).json()) as {
      _embedded: { conversations: unknown[] };
      _links: { next: { href: string } };
    };
    const second = await ask(
      new URL(first._links.next.href).pathname + new URL(first._links.next.href).search,
    );
    const beyond = (await (await ask('/v2/conversations?status=all&page=3')).json()) as object;

    expect(empty).not.toHaveProperty('_embedded');
    expect(empty).toMatchObject({ page: { size: 25, totalElements: 0, totalPages: 0, number: 1 } });
    expect(first).toMatchObject({ page: { totalElements: 26, totalPages: 2, number: 1 } });
    expect(first._embedded.conversations).toHaveLength(25);
    expect(await conversations(second)).toHaveLength(1);
    expect(beyond).not.toHaveProperty('_embedded');
  });

  it('lie behind by the lag; a conversation itself does not', async () => {
    const { ask, send, clock, sandbox } = await openSandbox();
    sandbox.dials.set({ helpdesk: { lag: 5_000 } });
    await send();
    const listed = async (query: string): Promise<number> =>
      (await conversations(await ask(`/v2/conversations?${query}`))).length;

    expect(await listed('status=all')).toBe(0);
    expect((await ask('/v2/conversations/100200301')).status).toBe(200);
    await clock.advance(4_999);
    expect(await listed('status=all')).toBe(0);
    await clock.advance(1);
    expect(await listed('status=all')).toBe(1);

    await ask('/v2/conversations/100200301', {
      method: 'PATCH',
      ...json({ op: 'replace', path: '/status', value: 'closed' }),
    });
    expect(await listed('status=active')).toBe(1);
    await clock.advance(5_000);
    expect(await listed('status=active')).toBe(0);
  });

  it('show spam only when asked for it, or in "all" by the dial', async () => {
    const { ask, send, sandbox } = await openSandbox();
    sandbox.dials.set({ helpdesk: { misfile: 1 } });
    await send();
    const listed = async (query: string): Promise<number> =>
      (await conversations(await ask(`/v2/conversations?${query}`))).length;

    expect([await listed('status=all'), await listed('status=spam')]).toEqual([0, 1]);
    sandbox.dials.set({ helpdesk: { spam: 'in-all' } });
    expect([await listed('status=all'), await listed('status=active')]).toEqual([1, 0]);
  });

  it('take the embedding of threads, and unknown parameters by the dial', async () => {
    const { ask, send, sandbox } = await openSandbox();
    await send();
    sandbox.dials.set({ helpdesk: { parameters: 'lenient' } });

    const [plain] = await conversations(await ask('/v2/conversations?colour=red'));
    const [full] = await conversations(await ask('/v2/conversations?embed=threads'));

    expect(plain).not.toHaveProperty('_embedded');
    expect(full?._embedded?.threads).toMatchObject([
      { createdAt: '2026-11-24T02:00:00Z', type: 'customer' },
    ]);
  });
});
