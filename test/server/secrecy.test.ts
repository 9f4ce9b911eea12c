import { describe, expect, it } from 'vitest';
import { TOKEN_HEADER } from '../../src/domain/message.ts';
import { createBench, draft, sighted, START } from '../ledger/support.ts';
import { aProbe, glimpse, NOW } from './samples.ts';
import { basic, bearer, fakeControl, LOCKED, recorder, startSite } from './support.ts';

describe('secrecy', () => {
  it('the token of a canary is in no answer, wherever the world repeats it', async () => {
    const bench = await createBench();
    const ledger = await bench.open();
    const { launch } = await ledger.launch(draft(0));
    const { id, token } = launch;
    const echo = `550 <${token}@x> ${TOKEN_HEADER}: ${token.toUpperCase()}`;
    await ledger.append([
      {
        id,
        fact: {
          type: 'refused',
          refusal: { at: START, reason: 'refused', code: 550, detail: echo },
        },
      },
      {
        id,
        fact: {
          type: 'doubted',
          doubt: { at: { low: START, high: START }, reason: 'timeout', detail: echo },
        },
      },
      {
        id,
        fact: {
          type: 'accepted',
          acceptance: { at: { low: START, high: START }, queueId: token, serverMessageId: echo },
        },
      },
      { id, fact: sighted(10, token) },
    ]);
    const [canary] = await (await bench.view()).recent(1);
    const failure = { reason: 'bad-reply' as const, message: echo, since: NOW };
    const control = fakeControl({
      probes: () => [aProbe({ latest: [glimpse(canary!)] })],
      observers: () => [
        {
          name: 'o',
          type: 'imap',
          horizon: null,
          indexLagMs: 0,
          lookIntervalMs: 60_000,
          lastLookAt: null,
          failure,
        },
      ],
    });
    const logged: object[] = [];
    const site = await startSite({
      control,
      view: await bench.view(),
      config: LOCKED,
      logger: recorder(logged),
    });
    const paths = ['/', '/metrics', '/healthz', '/readyz', '/nowhere', `/canary/${id}`];
    const api = ['probes', 'observers', 'canaries', `canaries/${id}`].map(
      (path) => `/api/v1/${path}`,
    );
    const stray = [`/canary/${token}`, `/api/v1/canaries/${token}`, `/${token}?t=${token}`];

    for (const path of [...paths, ...api, ...stray]) {
      const { text, headers } = await site.get(path, { headers: bearer() });
      expect(text.toLowerCase(), path).not.toContain(token);
      expect(JSON.stringify(headers), path).not.toContain(token);
    }

    expect(JSON.stringify(logged).toLowerCase()).not.toContain(token);
    expect((await site.get(`/canary/${token}`, { headers: bearer() })).status).toBe(404);
    expect((await site.get(`/canary/${id}`, { headers: bearer() })).text).toContain('550');
  });

  it('the log has neither query nor credentials', async () => {
    const logged: object[] = [];
    const site = await startSite({ config: LOCKED, logger: recorder(logged) });

    await site.get('/?key=hunter2', { headers: basic('hunter2') });
    await site.get('/', { headers: bearer() });

    expect(logged.map((fields) => ('path' in fields ? fields.path : ''))).toEqual(['/', '/']);
    expect(JSON.stringify(logged)).not.toMatch(/hunter2|sesame|Bearer|Basic/);
  });
});
