import { onTestFinished } from 'vitest';
import type { Look, Observer } from '../../../src/observers/observer.ts';
import { testCanary, type TestCanary } from '../../contracts/observer/mails.ts';
import { contractClock } from '../../contracts/observer/looks.ts';
import { serveWorld, type WorldServer } from '../../support/helpscout-server.ts';
import { HelpscoutWorld, type WorldOptions } from '../../support/helpscout-world.ts';
import { helpscoutObserver, type HelpscoutObserverOptions } from './bench.ts';

/** A world behind a socket and an observer of it, ended with the test. */
export interface Scene {
  readonly world: HelpscoutWorld;
  readonly server: WorldServer;
  readonly observer: Observer;
  /** Another observer of the same world. */
  readonly open: (options?: HelpscoutObserverOptions) => Observer;
  /** Delivers a canary; answers it with its conversation. */
  readonly deliver: (
    status?: 'active' | 'closed' | 'spam',
  ) => Promise<TestCanary & { readonly id: number }>;
}

export async function startScene(
  options: Partial<WorldOptions> & { readonly observer?: HelpscoutObserverOptions } = {},
): Promise<Scene> {
  const { observer: wishes, ...rest } = options;
  const world = new HelpscoutWorld({ clock: contractClock, ...rest });
  const server = await serveWorld(world);
  onTestFinished(() => server.stop());
  const open = (more: HelpscoutObserverOptions = {}): Observer => {
    const { appId, appSecret, mailboxId } = world;
    const place = { port: server.port, mailboxId, appId, appSecret };
    const observer = helpscoutObserver(place, { ...wishes, ...more });
    onTestFinished(() => observer.close());
    return observer;
  };
  return {
    world,
    server,
    observer: open(),
    open,
    async deliver(status = 'active') {
      const canary = testCanary();
      return { ...canary, id: await world.deliver(canary.message, status) };
    },
  };
}

export const placesOf = (look: Look): readonly string[] =>
  look.observations.map(({ place }) => place);
