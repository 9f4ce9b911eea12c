import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createSystemRandom } from '../../../src/base/system.ts';
import type { Place } from '../../../src/domain/sighting.ts';
import { MaildirConfig } from '../../../src/observers/maildir/config.ts';
import { createMaildirObserver } from '../../../src/observers/maildir/index.ts';
import type { Observer } from '../../../src/observers/observer.ts';
import type { ObserverBench } from '../../contracts/observer/bench.ts';
import { contractClock } from '../../contracts/observer/looks.ts';
import type { MailRig, RigUser } from '../../support/rig/mail-rig.ts';
import { maildirOf } from '../../support/rig/maildir.ts';
import { TEST_KEYS } from '../../support/test-launch.ts';

const FOLDERS: Readonly<Partial<Record<Place, string>>> = { spam: 'Junk', trash: 'Trash' };

/** A mailbox of the rig, to be observed by its files. */
export function maildirBench(rig: MailRig, user: RigUser): ObserverBench {
  const path = maildirOf(rig, user);
  return {
    port: rig.imapPort,
    secrets: [user.password],
    create: () => maildirObserver(path),
    deliver: (message, place = 'inbox') => rig.deliver(user, message, FOLDERS[place]),
    state: () => stateOf(path),
    restart: () => rig.restartDovecot(),
  };
}

/** `keys` of the configuration file, over the usual ones. */
export function maildirObserver(
  path: string,
  keys: Readonly<Record<string, unknown>> = {},
  clock = contractClock,
): Observer {
  const config = MaildirConfig.parse({ type: 'maildir', path, ...keys });
  const tools = { clock, random: createSystemRandom(), keys: TEST_KEYS };
  return createMaildirObserver('spool', config, tools);
}

/** Names, sizes and times of all mails, the last access included. */
export async function stateOf(path: string): Promise<string> {
  const lines: string[] = [];
  for (const file of await readdir(path, { recursive: true })) {
    if (!/(?:^|\/)(?:new|cur|tmp)\//.test(file)) continue;
    const { size, atimeNs, mtimeNs, ctimeNs, mode } = await lstat(join(path, file), {
      bigint: true,
    });
    lines.push([file, size, atimeNs, mtimeNs, ctimeNs, mode].join(' '));
  }
  return lines.sort().join('\n');
}
