import { describe, expect, it } from 'vitest';
import { conversations, json, openSandbox } from './support.ts';

describe('a conversation', () => {
  it('has threads, of which the original source can be had in two forms, for a while', async () => {
    const { ask, send, clock, sandbox } = await openSandbox();
    await send({ subject: 'sourced', text: 'words' });
    const path = '/v2/conversations/100200301/threads/456000001/original-source';

    const threads = (await (await ask('/v2/conversations/100200301/threads')).json()) as object;
    const raw = await ask(path, { headers: { Accept: 'message/rfc822' } });
    const text = await raw.text();
    const wrapped = (await (
      await ask(path, { headers: { Accept: 'application/json' } })
    ).json()) as object;

    expect(threads).toMatchObject({ _embedded: { threads: [{ id: 456_000_001 }] } });
    expect(JSON.stringify(threads)).not.toMatch(/message-?id/i);
    expect(raw.headers.get('content-type')).toBe('message/rfc822');
    expect(text).toMatch(/^Correlation-Id: S00000001\r\nX-Hs-Spam-Score/);
    expect(text).toMatch(
      /\r\nReceived: from \S+ \(\S+ \[127\.0\.0\.1\]\)\r\n\tby mx1\.sandbox\.test \(sandbox\) with ESMTP id S00000001\r\n\tfor <support@sandbox\.test>; Tue, 24 Nov 2026 02:00:00 \+0000\r\n/,
    );
    expect(text).toContain('\r\nSubject: sourced\r\n');
    expect(wrapped).toEqual({ original: text });
    expect((await ask(path, { headers: { Accept: 'text/html' } })).status).toBe(406);
    sandbox.dials.set({ helpdesk: { source: 60_000 } });
    await clock.advance(61_000);
    expect((await ask(path)).status).toBe(404);
  });

  it('goes on with a mail that answers it, and opens again', async () => {
    const { ask, send } = await openSandbox();
    await send({ subject: 'first', messageId: '<a@example.org>' });
    await ask('/v2/conversations/100200301', {
      method: 'PATCH',
      ...json({ op: 'replace', path: '/status', value: 'closed' }),
    });
    await send({ subject: 'Re: first', inReplyTo: '<a@example.org>' });

    const all = await conversations(await ask('/v2/conversations?status=all'));

    expect(all).toMatchObject([
      { id: 100_200_301, subject: 'first', threads: 2, status: 'active' },
    ]);
  });

  it.each([
    ['conversation', ['100200301/456000001', '100200302/456000002']],
    ['thread', ['100200301/456000001', '100200301/456000002']],
  ] as const)('comes twice as another %s', async (copies, ids) => {
    const { send, sandbox, clock } = await openSandbox();
    sandbox.dials.set({
      helpdesk: { copies, duplicates: 1, repeat: { type: 'fixed', ms: 1_000 } },
    });
    await send({ messageId: '<a@example.org>' });
    await clock.advance(1_000);

    const [mail] = sandbox.truth.all();

    expect(mail?.copies.map(({ externalId }) => externalId)).toEqual(ids);
  });

  it.each([
    ['ingested', '2026-11-24T02:00:10Z'],
    ['accepted', '2026-11-24T02:00:00Z'],
  ] as const)('is stamped with when it was %s, by the dial', async (stamp, createdAt) => {
    const { ask, send, sandbox, clock } = await openSandbox();
    sandbox.dials.set({ helpdesk: { stamp, delay: { type: 'fixed', ms: 10_000 } } });
    await send();
    await clock.advance(10_000);

    expect(await (await ask('/v2/conversations/100200301')).json()).toMatchObject({ createdAt });
  });

  it.each([
    ['gone', 404],
    ['kept', 200],
  ] as const)('that is deleted leaves the lists at once and is %s', async (deleted, status) => {
    const { ask, send, sandbox } = await openSandbox();
    sandbox.dials.set({ helpdesk: { deleted } });
    await send();

    const reply = await ask('/v2/conversations/100200301', { method: 'DELETE' });

    expect(reply.status).toBe(204);
    expect(await conversations(await ask('/v2/conversations?status=all'))).toEqual([]);
    expect((await ask('/v2/conversations/100200301')).status).toBe(status);
  });

  it('that was merged redirects to where it is now', async () => {
    const { ask, send, sandbox, helpdesk } = await openSandbox();
    await send();
    await send();
    sandbox.helpdesk.merge(100_200_301, 100_200_302);

    const reply = await ask('/v2/conversations/100200301');

    expect(reply.status).toBe(301);
    expect(reply.headers.get('location')).toBe(`${helpdesk.url}/v2/conversations/100200302`);
  });
});

describe('the account', () => {
  it('allows so many requests a minute, writes counting two', async () => {
    const { ask, clock, sandbox } = await openSandbox();
    sandbox.dials.set({ helpdesk: { limit: 4 } });
    await clock.advance(30_000);

    const first = await ask('/v2/users/me');
    const write = await ask('/v2/conversations/1', { method: 'DELETE' });
    const last = await ask('/v2/users/me');
    await clock.advance(59_000);
    const refused = await ask('/v2/users/me');
    await clock.advance(1_000);
    const again = await ask('/v2/users/me');

    const remaining = (reply: Response): string | null =>
      reply.headers.get('x-ratelimit-remaining-minute');
    expect([first, write, last, again].map(remaining)).toEqual(['3', '1', '0', '3']);
    expect([first.status, write.status, refused.status, again.status]).toEqual([
      200, 404, 429, 200,
    ]);
    expect(refused.headers.get('x-ratelimit-limit-minute')).toBe('4');
    expect(refused.headers.get('x-ratelimit-retry-after')).toBe('1');
    expect(refused.headers.get('retry-after')).toBeNull();
    expect(sandbox.helpdesk.requests()).toEqual({
      token: 1,
      list: 0,
      read: 4,
      write: 1,
      limited: 1,
    });
  });

  it('lives on a clock of its own, in whole seconds, which may jump', async () => {
    const { ask, send, sandbox } = await openSandbox();
    sandbox.dials.set({ helpdesk: { offset: -40_000 } });
    await send();
    const behind = await ask('/v2/conversations/100200301');
    sandbox.dials.set({ helpdesk: { offset: 3_600_000 } });
    const ahead = await ask('/v2/conversations/100200301');

    expect(behind.headers.get('date')).toBe('Tue, 24 Nov 2026 01:59:20 GMT');
    expect(ahead.headers.get('date')).toBe('Tue, 24 Nov 2026 03:00:00 GMT');
    expect(await behind.json()).toMatchObject({ createdAt: '2026-11-24T01:59:20Z' });
  });

  it('has one mailbox and one user', async () => {
    const { ask } = await openSandbox();

    expect(await (await ask('/v2/mailboxes')).json()).toMatchObject({
      _embedded: { mailboxes: [{ id: 85, email: 'support@sandbox.test' }] },
    });
    expect(await (await ask('/v2/users/me')).json()).toMatchObject({ type: 'user' });
  });
});

describe('faults', () => {
  it('hit what they are aimed at, and end after so many', async () => {
    const { ask, sandbox } = await openSandbox();
    const status = async (path: string): Promise<number> => (await ask(path)).status;
    await status('/v2/users/me');
    sandbox.dials.set({
      helpdesk: { fault: { do: 'status', status: 503, on: 'list', share: 1, times: 2 } },
    });

    expect(await status('/v2/users/me')).toBe(200);
    expect(await status('/v2/conversations')).toBe(503);
    expect(await status('/v2/conversations')).toBe(503);
    expect(await status('/v2/conversations')).toBe(200);
  });

  it.each(['garbage', 'cut', 'reset'] as const)(
    '%s breaks the reading of an answer',
    async (kind) => {
      const { ask, sandbox } = await openSandbox();
      await ask('/v2/users/me');
      sandbox.dials.set({
        helpdesk: { fault: { do: kind, status: 500, on: 'all', share: 1, times: 1 } },
      });

      const body = ask('/v2/users/me').then((reply) => reply.json());

      await expect(body).rejects.toThrow();
    },
  );

  it('a hanging answer ends with the sandbox', async () => {
    const { ask, sandbox } = await openSandbox();
    await ask('/v2/users/me');
    sandbox.dials.set({
      helpdesk: { fault: { do: 'hang', status: 500, on: 'all', share: 1, times: null } },
    });

    const hanging = ask('/v2/users/me').catch(() => 'ended');
    await sandbox.stop();

    expect(await hanging).toBe('ended');
  });
});
