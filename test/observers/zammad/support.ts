import { onTestFinished } from 'vitest';
import type { Observer } from '../../../src/observers/observer.ts';
import { contractClock } from '../../contracts/observer/looks.ts';
import { testCanary, type TestCanary } from '../../contracts/observer/mails.ts';
import type { FakeClock } from '../../support/fake-clock.ts';
import { ZammadWorld, type ZammadWorldOptions } from '../../support/zammad-world.ts';
import { zammadObserver, type ZammadObserverOptions } from './bench.ts';

/** A world and an observer of it, without a socket in between. */
export interface Scene {
  readonly world: ZammadWorld;
  readonly observer: Observer;
  readonly deliver: (canary?: TestCanary) => TestCanary & { readonly id: number };
}

export function startScene(
  options: Partial<ZammadWorldOptions> & {
    readonly fakeClock?: FakeClock;
    readonly observer?: ZammadObserverOptions;
  } = {},
): Scene {
  const { observer: wishes, fakeClock, ...rest } = options;
  const clock = fakeClock ?? contractClock;
  const world = new ZammadWorld({ clock, ...rest });
  const observer = zammadObserver(
    { port: 1, token: world.token },
    {
      clock,
      ...wishes,
      exchange({ method, url, headers, body = '' }) {
        const path = url.pathname + url.search;
        const reply = world.handle({ method, path, headers, body });
        const now = clock.now();
        return Promise.resolve({ ...reply, requestedAt: now, receivedAt: now });
      },
    },
  );
  onTestFinished(() => observer.close());
  return {
    world,
    observer,
    deliver(canary = testCanary()) {
      const { message: raw, text: body } = canary;
      const subject = /^Subject: (.*)$/m.exec(raw)?.[1]?.trim() ?? '';
      return { ...canary, id: world.ingest({ raw, subject, body }) };
    },
  };
}
