import { createHmac } from 'node:crypto';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Secret } from '../../../src/base/secret.ts';
import { WebhookConfig } from '../../../src/observers/webhook/config.ts';
import { createWebhookObserver } from '../../../src/observers/webhook/index.ts';
import type { HookAnswer, Look, Observer } from '../../../src/observers/observer.ts';
import { failureOf, idsOf, lookFrom } from '../../contracts/observer/looks.ts';
import { foreignMail, testCanary, type TestCanary } from '../../contracts/observer/mails.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createFakeRandom } from '../../support/fake-random.ts';
import { TEST_KEYS } from '../../support/test-launch.ts';

const SECRET = 'between-us-and-the-helpdesk';
const KEYS = {
  type: 'webhook',
  webhook_secret: SECRET,
  fields: { id: 'ticket.id', subject: 'ticket.title', text: 'ticket.articles.0.body' },
};
const CONFIG = {
  ...KEYS,
  fields: { ...KEYS.fields, place: 'ticket.queue', time: 'ticket.created_at' },
  places: { Junk: 'spam' },
};

interface Push {
  readonly payload?: unknown;
  readonly secret?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Scene {
  readonly observer: Observer;
  readonly push: (wish: Push) => HookAnswer | undefined;
}

let processes = 1;

function open(config: object = CONFIG, seed = (processes += 1)): Scene {
  const tools = { clock: createFakeClock(), random: createFakeRandom(seed), keys: TEST_KEYS };
  const observer = createWebhookObserver('pushed', WebhookConfig.parse(config), tools);
  onTestFinished(() => observer.close());
  return {
    observer,
    push: ({ payload, secret = SECRET, headers }) => {
      const body = Buffer.from(JSON.stringify(payload));
      const hmac = createHmac('sha256', secret).update(body).digest('hex');
      return observer.hook?.({ headers: headers ?? { 'x-hub-signature-256': hmac }, body });
    },
  };
}

const ticketOf = (canary: TestCanary, more: object = {}): object => ({
  ticket: {
    ...{ id: 17, title: `mailcanary ${canary.token.token}`, articles: [{ body: canary.text }] },
    ...more,
  },
});

const seenOf = (look: Look) =>
  look.observations.map(({ token, externalId, place, stamp }) => ({
    ...{ id: token.id, externalId, place, at: stamp?.at ?? null },
  }));

describe('signatures', () => {
  /** Computed elsewhere: secret mZ9XbGHodX over {"id":1}. */
  test.each([
    ['sha1', 'hex', 'sha1=181260dd83306ea5adbaf92f1ffb6c4abe7321c9'],
    ['sha1', 'hex', '181260DD83306EA5ADBAF92F1FFB6C4ABE7321C9'],
    ['sha1', 'base64', 'GBJg3YMwbqWtuvkvH/tsSr5zIck='],
  ])('%s in %s: %s', (algorithm, encoding, said) => {
    const { observer } = open({
      ...KEYS,
      webhook_secret: 'mZ9XbGHodX',
      signature: { header: 'X-Own', algorithm, encoding },
      fields: { id: 'id', subject: 'subject' },
    });
    const ask = (value: string | undefined, body = '{"id":1}') =>
      observer.hook?.({ headers: { 'x-own': value }, body: Buffer.from(body) });

    expect(ask(said)).toBe('taken');
    expect(ask(said, '{"id":2}')).toBe('bad_signature');
    expect(ask(`${said}0`)).toBe('bad_signature');
    expect(ask('')).toBe('bad_signature');
    expect(ask(undefined)).toBe('bad_signature');
  });

  test('of another secret: refused, and no canary', async () => {
    const { observer, push } = open();

    expect(push({ payload: ticketOf(testCanary()), secret: 'guessed' })).toBe('bad_signature');
    expect(await lookFrom(observer)).toMatchObject({ observations: [], mismatches: {} });
  });

  test.each([[undefined], [null], [[]], ['text'], [{ ticket: {} }], [{ ticket: { id: {} } }]])(
    'signed nonsense is malformed: %j',
    (payload) => {
      expect(open().push({ payload: payload ?? null })).toBe('malformed');
    },
  );
});

describe('what a webhook tells', () => {
  const canary = testCanary();
  const at = Date.UTC(2026, 10, 24, 2, 0, 41);
  const spread = { id: canary.token.id, externalId: '17' };

  test.each([
    ['2026-11-24T02:00:41Z', at],
    ['2026-11-24 03:00:41.500 +0100', at + 500],
    [at / 1_000, at],
    [at, at],
    ['2026-11-24T02:00:41', null],
    ['yesterday', null],
    [null, null],
  ])('the time %j', async (said, told) => {
    const { observer, push } = open();
    push({ payload: ticketOf(canary, { created_at: said }) });

    const look = await lookFrom(observer);

    // Whether it is cut off or rounded is unknown: from a second before.
    const from = told === null ? null : told - 1_000;
    expect(seenOf(look)).toEqual([{ ...spread, place: 'inbox', at: from }]);
    expect(observer.capabilities.stampQuantumMs).toBe(2_000);
  });

  test.each([
    ['junk', 'spam'],
    ['Closed', 'closed'],
    ['second level', 'other'],
    ['', 'inbox'],
    [undefined, 'inbox'],
  ])('the place %j', async (queue, place) => {
    const { observer, push } = open();
    push({ payload: ticketOf(canary, { queue }) });

    expect(seenOf(await lookFrom(observer))).toEqual([{ ...spread, place, at: null }]);
  });

  test('a canary by its text, where the subject was rewritten', async () => {
    const { observer, push } = open();
    push({ payload: ticketOf(canary, { title: 'A mail' }) });

    expect(idsOf(await lookFrom(observer))).toEqual([canary.token.id]);
  });

  test('answers and forgeries are counted, mail of others is not remembered', async () => {
    const { observer, push } = open();
    const forged = testCanary([new Secret('the key of another mailcanary')]);
    push({ payload: ticketOf(canary, { title: `Re: mailcanary ${canary.token.token}` }) });
    push({ payload: ticketOf(forged) });
    push({
      payload: { ticket: { id: 18, title: 'An invoice', articles: [{ body: foreignMail() }] } },
    });

    const look = await lookFrom(observer);

    expect(look.observations).toEqual([]);
    expect(look.mismatches).toEqual({ reply: 1, foreign: 1 });
  });
});

describe('looks', () => {
  test('are never complete and read no place: silence proves nothing', async () => {
    const { observer } = open();

    const look = await lookFrom(observer);

    expect(look).toMatchObject({ complete: false, places: [], requests: 0, observations: [] });
    expect(look.failure).toBeUndefined();
    expect(observer.capabilities).toMatchObject({ pushOnly: true, push: true });
    expect('tidy' in observer).toBe(false);
  });

  test('give a push until it is stored, and then never again', async () => {
    const { observer, push } = open();
    const canary = testCanary();
    const { cursor } = await lookFrom(observer);
    push({ payload: ticketOf(canary) });

    const first = await lookFrom(observer, cursor);
    const notStored = await lookFrom(observer, cursor);
    const next = await lookFrom(observer, JSON.parse(JSON.stringify(first.cursor)));

    expect([first, notStored, next].map(idsOf)).toEqual([[canary.token.id], [canary.token.id], []]);
    expect(next.cursor).toEqual(first.cursor);
  });

  test('begin anew after a restart, whatever cursor the last process left', async () => {
    const [before, after] = [open(), open()];
    const canary = testCanary();
    before.push({ payload: ticketOf(testCanary()) });
    const { cursor } = await lookFrom(before.observer);
    after.push({ payload: ticketOf(canary) });

    expect(idsOf(await lookFrom(after.observer, cursor))).toEqual([canary.token.id]);
    for (const odd of [null, 7, { format: 99 }]) {
      expect(idsOf(await lookFrom(after.observer, odd))).toEqual([canary.token.id]);
    }
  });

  test('are woken by a canary, before or while somebody waits, and by nothing else', async () => {
    const { observer, push } = open();
    const stop = new AbortController();
    let woken = 0;
    const waiting = observer.news(stop.signal).then(() => (woken += 1));
    push({ payload: { ticket: { id: 18, title: 'An invoice' } } });
    await Promise.resolve();
    expect(woken).toBe(0);

    push({ payload: ticketOf(testCanary()) });
    await waiting;
    await observer.news(new AbortController().signal); // nothing has looked yet

    await lookFrom(observer);
    const idle = observer.news(stop.signal);
    stop.abort();
    await idle;
  });

  test('end with the observer', async () => {
    const { observer } = open();
    const news = observer.news(new AbortController().signal);

    await observer.close();
    await news;

    expect((await failureOf(lookFrom(observer))).reason).toBe('aborted');
  });

  test('check says what it cannot do', async () => {
    const { summary, warnings } = await open().observer.check(new AbortController().signal);

    expect(summary).toContain('cannot look');
    expect(warnings).toEqual([]);
  });
});
