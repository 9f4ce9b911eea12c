import { onTestFinished } from 'vitest';
import type { Clock } from '../../../src/base/clock.ts';
import { silentLogger } from '../../../src/base/logger.ts';
import { createSystemRandom } from '../../../src/base/system.ts';
import type { Place } from '../../../src/domain/sighting.ts';
import { ImapConfig } from '../../../src/observers/imap/config.ts';
import { createImapObserver } from '../../../src/observers/imap/index.ts';
import type { Observer } from '../../../src/observers/observer.ts';
import type { BenchOptions, ObserverBench } from '../../contracts/observer/bench.ts';
import { contractClock } from '../../contracts/observer/looks.ts';
import type { MailRig, RigUser } from '../../support/rig/mail-rig.ts';
import { TEST_KEYS } from '../../support/test-launch.ts';

const FOLDERS: Readonly<Partial<Record<Place, string>>> = { spam: 'Junk', trash: 'Trash' };

/** A mailbox of the rig, to be observed over IMAP. */
export function imapBench(rig: MailRig, user: RigUser): ObserverBench {
  return {
    port: rig.imapPort,
    secrets: [user.password],
    create: (options) => imapObserver(user, { port: rig.imapPort, ...options }),
    deliver: (message, place = 'inbox') => rig.deliver(user, message, FOLDERS[place]),
    state: () =>
      rig.doveadm(['fetch', '-u', user.user, 'mailbox guid uid flags size.physical', 'all']),
    restart: () => rig.restartDovecot(),
  };
}

export interface ImapObserverOptions extends BenchOptions {
  readonly clock?: Clock;
  /** Keys of the configuration file, over the usual ones. */
  readonly keys?: Readonly<Record<string, unknown>>;
}

export function imapObserver(user: RigUser, options: ImapObserverOptions): Observer {
  const { port = 0, wrongPassword = false, timeoutMs = 10_000 } = options;
  const config = ImapConfig.parse({
    type: 'imap',
    url: `imap://127.0.0.1:${port}`,
    user: user.user,
    password: wrongPassword ? `${user.password}-not` : user.password,
    timeout: `${timeoutMs}ms`,
    ...options.keys,
  });
  return createImapObserver('plain', config, {
    clock: options.clock ?? contractClock,
    random: createSystemRandom(),
    keys: TEST_KEYS,
    logger: options.logger ?? silentLogger,
  });
}

/** One that is closed when the test ends. */
export function openImapObserver(user: RigUser, options: ImapObserverOptions): Observer {
  const observer = imapObserver(user, options);
  onTestFinished(() => observer.close());
  return observer;
}
