import { afterAll, beforeAll } from 'vitest';
import type { Place } from '../../src/domain/sighting.ts';
import { describeObserverContract } from '../contracts/observer-contract.ts';
import { jmapObserver } from '../observers/jmap/bench.ts';
import { startCyrus, type CyrusRig } from '../support/rig/cyrus.ts';

let rig: CyrusRig;
beforeAll(async () => {
  rig = await startCyrus();
});
afterAll(() => rig.stop());

const FOLDERS: Readonly<Partial<Record<Place, string>>> = {
  spam: 'Junk',
  trash: 'Trash',
  closed: 'Archive',
  other: 'Sorted',
};

describeObserverContract({
  type: 'jmap',
  places: ['spam', 'trash', 'closed', 'other'],
  manners: ['close', 'delete'],
  isRaw: true,
  start: () => Promise.resolve(),
  stop: () => Promise.resolve(),
  skip: {
    'a mail with headers of raw bytes does not break a look':
      'Cyrus takes no such mail (554 5.6.0)',
  },
  async open() {
    const user = await rig.addUser();
    return {
      port: rig.httpPort,
      secrets: [user.password],
      create: (options) => jmapObserver(user, { port: rig.httpPort, ...options }),
      deliver: (message, place = 'inbox') => rig.deliver(user, message, FOLDERS[place]),
      state: () => rig.state(user),
      restart: () => rig.restart(),
    };
  },
});
