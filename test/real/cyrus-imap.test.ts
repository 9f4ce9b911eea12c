import { afterAll, beforeAll } from 'vitest';
import { describeObserverContract } from '../contracts/observer-contract.ts';
import { imapObserver } from '../observers/imap/bench.ts';
import { startCyrus, type CyrusRig } from '../support/rig/cyrus.ts';

let rig: CyrusRig;
beforeAll(async () => {
  rig = await startCyrus();
});
afterAll(() => rig.stop());

const FOLDERS: Readonly<Record<string, string>> = { spam: 'Junk', trash: 'Trash' };

describeObserverContract({
  type: 'imap',
  places: ['spam', 'trash'],
  manners: ['close', 'delete'],
  start: () => Promise.resolve(),
  stop: () => Promise.resolve(),
  skip: {
    'a mail with headers of raw bytes does not break a look':
      'Cyrus takes no such mail (554 5.6.0)',
  },
  async open() {
    const user = await rig.addUser();
    return {
      port: rig.imapPort,
      secrets: [user.password],
      create: (options) => imapObserver(user, { port: rig.imapPort, ...options }),
      deliver: (message, place = 'inbox') => rig.deliver(user, message, FOLDERS[place]),
      state: () => rig.state(user),
      restart: () => rig.restart(),
    };
  },
});
