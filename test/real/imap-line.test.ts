import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import {
  contractClock as clock,
  failureOf,
  idsOf,
  lookAgain,
  lookFrom,
} from '../contracts/observer/looks.ts';
import { foreignMail, testCanary } from '../contracts/observer/mails.ts';
import { openImapObserver } from '../observers/imap/bench.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { startMailRig, type MailRig, type RigUser } from '../support/rig/mail-rig.ts';
import { startProxy, type TcpProxy } from '../support/tcp-proxy.ts';

const MINUTE_MS = 60_000;

describe('the imap observer and its connection', () => {
  let rig: MailRig;
  let user: RigUser;
  beforeAll(async () => {
    rig = await startMailRig();
  });
  afterAll(() => rig.stop());
  beforeEach(async () => {
    user = await rig.addUser();
  });

  async function proxied(): Promise<TcpProxy> {
    const proxy = await startProxy({ target: { port: rig.imapPort } });
    onTestFinished(() => proxy.stop());
    return proxy;
  }

  test('a push ends news, and the look after it sees the canary', async () => {
    const observer = openImapObserver(user, { port: rig.imapPort });
    const canary = testCanary();
    const { cursor } = await lookFrom(observer);

    const news = observer.news(new AbortController().signal);
    await rig.deliver(user, canary.message);
    await news;

    expect(idsOf(await lookFrom(observer, cursor))).toEqual([canary.token.id]);
  });

  test('mail that came between look and news is no secret to news', async () => {
    const observer = openImapObserver(user, { port: rig.imapPort });
    await lookFrom(observer);
    await rig.deliver(user, foreignMail());

    await observer.news(new AbortController().signal);
  });

  test('news is over at once when a look has left another folder open', async () => {
    const observer = openImapObserver(user, { port: rig.imapPort });
    const { cursor } = await lookFrom(observer);
    await rig.deliver(user, testCanary().message, 'Trash');
    const look = await lookFrom(observer, cursor);

    await observer.news(new AbortController().signal);
    const next = await lookFrom(observer, look.cursor);

    expect(look.observations).toHaveLength(1);
    expect(next).toMatchObject({ complete: true, observations: [], requests: 3 });
  });

  test('news without a connection waits until it is stopped', async () => {
    const observer = openImapObserver(user, { port: rig.imapPort });
    const stop = new AbortController();
    let over = false;
    const news = observer.news(stop.signal).then(() => (over = true));
    await clock.sleep(20);

    expect(over).toBe(false);
    stop.abort();
    await news;
  });

  test('news is over when the connection breaks, and the look after it connects', async () => {
    const proxy = await proxied();
    const observer = openImapObserver(user, { port: proxy.port });
    const canary = testCanary();
    const { cursor } = await lookFrom(observer);
    const news = observer.news(new AbortController().signal);

    proxy.resetAll();
    await news;
    await rig.deliver(user, canary.message);

    expect(idsOf(await lookFrom(observer, cursor))).toEqual([canary.token.id]);
    expect(proxy.connections().total).toBe(2);
  });

  test('an IDLE is renewed by a NOOP', async () => {
    const proxy = await proxied();
    const fake = createFakeClock(clock.now());
    const observer = openImapObserver(user, { port: proxy.port, clock: fake });
    await lookFrom(observer);
    const before = proxy.said('client').length;
    proxy.setRules({ on: 'server-line', match: /^\+ /, at: 'after', do: { delayMs: 0 }, times: 2 });
    const stop = new AbortController();
    const news = observer.news(stop.signal);
    await proxy.whenRuleFired(1);

    await fake.whenAsleep();
    await fake.advance(4 * MINUTE_MS + 1);
    await proxy.whenRuleFired(2);
    stop.abort();
    await news;

    const said = proxy.said('client').slice(before);
    expect(said.map((line) => line.replace(/^[0-9A-Z]+ (?=[A-Z])/, ''))).toEqual([
      'IDLE',
      'DONE',
      'NOOP',
      'IDLE',
    ]);
  });

  test('a line that went dead without a word is found out and left', async () => {
    const proxy = await proxied();
    const fake = createFakeClock(clock.now());
    const observer = openImapObserver(user, { port: proxy.port, clock: fake });
    const { cursor } = await lookFrom(observer);
    proxy.setRules({ on: 'server-line', match: /^\+ /, at: 'after', do: 'stall' });
    const news = observer.news(new AbortController().signal);
    await proxy.whenRuleFired();
    const canary = testCanary();
    await rig.deliver(user, canary.message);

    await fake.whenAsleep();
    await fake.advance(4 * MINUTE_MS + 1);
    await fake.whenAsleep();
    await fake.advance(MINUTE_MS + 1);
    await news;

    expect(idsOf(await lookFrom(observer, cursor))).toEqual([canary.token.id]);
    expect(proxy.connections().total).toBe(2);
  });

  test('too early for another attempt is no attempt', async () => {
    const proxy = await proxied();
    const fake = createFakeClock(clock.now());
    const observer = openImapObserver(user, { port: proxy.port, clock: fake });
    proxy.setRules({ on: 'connect', do: 'reset', times: 3 });
    const waits: (number | undefined)[] = [];
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await failureOf(lookFrom(observer));
      const early = await failureOf(lookFrom(observer));
      waits.push(early.retryAfterMs);
      await fake.advance((early.retryAfterMs ?? 0) + 1);
    }

    const look = await lookFrom(observer);

    expect(look.complete).toBe(true);
    expect(proxy.connections().total).toBe(4);
    const [first = 0, second = 0, third = 0] = waits;
    expect(first).toBeGreaterThanOrEqual(750);
    expect(second).toBeGreaterThanOrEqual(1_500);
    expect(third).toBeGreaterThanOrEqual(3_000);
    expect(third).toBeLessThanOrEqual(4_000);
  });

  test('a look that stalls gives up in time and the next one connects anew', async () => {
    const proxy = await proxied();
    const observer = openImapObserver(user, { port: proxy.port, timeoutMs: 2_000 });
    const { cursor } = await lookFrom(observer);
    proxy.setRules({ on: 'client-line', match: /NOOP/, do: 'stall' });

    const error = await failureOf(lookFrom(observer, cursor));
    const look = await lookAgain(observer, cursor);

    expect(error).toMatchObject({ reason: 'timeout', retryable: true });
    expect(look.complete).toBe(true);
  });

  describe('over TLS', () => {
    const urlOf = (mode: 'imaps' | 'starttls'): Readonly<Record<string, unknown>> =>
      mode === 'imaps'
        ? { url: `imaps://localhost:${rig.imapsPort}` }
        : { url: `imap://localhost:${rig.imapPort}`, tls: 'starttls' };

    for (const mode of ['imaps', 'starttls'] as const) {
      test(`${mode}: with the right CA it looks and waits for news`, async () => {
        const keys = { ...urlOf(mode), ca_file: rig.caFile };
        const observer = openImapObserver(user, { keys });
        const canary = testCanary();
        const { cursor } = await lookFrom(observer);
        const news = observer.news(new AbortController().signal);
        await rig.deliver(user, canary.message);
        await news;

        const report = await observer.check(new AbortController().signal);

        expect(idsOf(await lookFrom(observer, cursor))).toEqual([canary.token.id]);
        expect(report.summary).toContain('TLSv1.3');
      });

      test(`${mode}: without it there is no login`, async () => {
        const proxy = await proxied();
        const observer = openImapObserver(user, { keys: urlOf(mode) });

        const error = await failureOf(lookFrom(observer));

        expect(error).toMatchObject({ reason: 'tls', retryable: false });
        expect(proxy.said('client').join()).not.toContain('LOGIN');
      });
    }

    test('a CA file that is not there is a fault of the configuration', async () => {
      const keys = { ...urlOf('imaps'), ca_file: '/nowhere/ca.pem' };

      const error = await failureOf(lookFrom(openImapObserver(user, { keys })));

      expect(error).toMatchObject({ reason: 'config', retryable: false });
    });

    test('TLS from the start against a plain port', async () => {
      const keys = { url: `imaps://localhost:${rig.imapPort}` };

      const error = await failureOf(lookFrom(openImapObserver(user, { keys })));

      expect(error.reason).toBe('tls');
    });
  });
});
