import { describe, expect, test } from 'vitest';
import { failureOf, lookAgain, lookFrom } from '../../contracts/observer/looks.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { startScene } from './support.ts';

const { signal } = new AbortController();

describe('the login', () => {
  test('is renewed when the token has expired, and when it was revoked', async () => {
    const { observer, world } = await startScene();
    const first = await lookFrom(observer);
    world.revokeTokens();
    const second = await lookFrom(observer, first.cursor);

    expect(second.complete).toBe(true);
    expect(world.log.filter((line) => line.endsWith('/oauth2/token'))).toHaveLength(2);
  });

  test('a minute before its end', async () => {
    const clock = createFakeClock();
    const { observer, world } = await startScene({ clock, observer: { clock } });
    world.tokenLifetimeSeconds = 300;
    const look = () => observer.look({ cursor: undefined, since: clock.now(), signal });
    await look();
    await clock.advance(239_000);
    await look();
    const before = world.log.filter((line) => line.endsWith('token')).length;
    await clock.advance(1_000);
    await look();

    expect(before).toBe(1);
    expect(world.log.filter((line) => line.endsWith('token'))).toHaveLength(2);
    expect(world.log).toHaveLength(2 + 3 * 2);
  });

  test('a key that was revoked is auth, and is not tried at once again', async () => {
    const { observer, world } = await startScene();
    const { cursor } = await lookFrom(observer);
    world.revokeTokens();
    world.appSecret = 'another-one';

    const error = await failureOf(lookFrom(observer, cursor));
    const asked = world.log.length;
    const early = await failureOf(lookFrom(observer, cursor));
    world.appSecret = 'a-planted-app-secret';

    expect(error).toMatchObject({ reason: 'auth', retryable: false });
    expect(error.message).not.toContain('planted');
    expect(early.retryAfterMs).toBeGreaterThan(500);
    expect(world.log).toHaveLength(asked);
    expect((await lookAgain(observer, cursor)).complete).toBe(true);
  });

  test('check names inbox, clock and limit, and warns', async () => {
    const { open, world } = await startScene({ limitPerMinute: 400 });
    world.offsetMs = 40_000;

    const { summary, warnings, facts } = await open({ config: { index_lag: '5s' } }).check(signal);

    expect(summary).toMatch(
      /inbox Support <support@example\.test>, spam readable, clock \d\d\.\d s off/,
    );
    expect(summary).toMatch(/\d+ requests left this minute$/);
    expect(warnings).toHaveLength(3);
    expect(facts).toMatchObject({ clock: { state: 'warn' }, rate: { limit: 400 } });
    const absent = open({ config: { mailbox_id: 86 } }).check(signal);
    expect(await failureOf(absent)).toMatchObject({ reason: 'config', retryable: false });
  });
});
