import { createSystemClock, createSystemRandom } from '../../src/base/system.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { createDials } from '../../src/sandbox/dials.ts';
import { createImapServer } from '../../src/sandbox/imap/server.ts';
import { createMailbox } from '../../src/sandbox/imap/store.ts';
import type { ObserverBench } from '../contracts/observer/bench.ts';
import { describeObserverContract } from '../contracts/observer-contract.ts';
import { imapObserver } from '../observers/imap/bench.ts';

const FOLDERS: Readonly<Record<string, string>> = { spam: 'Junk', trash: 'Trash' };
const closers: (() => Promise<void>)[] = [];

/** A mailbox of the sandbox for each case, on a port of its own. */
async function openBench(): Promise<ObserverBench> {
  const clock = createSystemClock();
  const user = {
    user: 'control@sandbox.test',
    password: Buffer.from(createSystemRandom().bytes(9)).toString('hex'),
  };
  const dials = createDials();
  const mailbox = createMailbox(clock);
  const server = createImapServer({ mailbox, account: user, dials, clock, logger: silentLogger });
  const port = await server.start(0);
  closers.push(() => server.stop());
  return {
    port,
    secrets: [user.password],
    create: (options) => imapObserver({ ...user, address: user.user }, { port, ...options }),
    deliver(message, place = 'inbox') {
      mailbox.append(FOLDERS[place] ?? 'INBOX', Buffer.from(message));
      return Promise.resolve();
    },
    state() {
      const folders = mailbox.folders().map(({ name, messages }) => {
        const mails = [...messages.values()].map(({ uid, flags, raw }) => [
          uid,
          [...flags],
          raw.length,
        ]);
        return { name, mails };
      });
      return Promise.resolve(JSON.stringify(folders));
    },
    restart() {
      dials.set({ control: { line: 'down' } });
      dials.set({ control: { line: 'up' } });
      return Promise.resolve();
    },
  };
}

describeObserverContract({
  type: 'imap (on the mailbox of the sandbox)',
  places: ['spam', 'trash'],
  manners: ['delete'],
  start: () => Promise.resolve(),
  async stop() {
    await Promise.all(closers.map((close) => close()));
  },
  open: openBench,
});
