import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeObserverContract } from '../contracts/observer-contract.ts';
import { imapObserver, openImapObserver } from '../observers/imap/bench.ts';
import { startCyrus, type CyrusRig } from '../support/rig/cyrus.ts';
import type { RigUser } from '../support/rig/mail-rig.ts';

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

describe('check tells rights by ACL', () => {
  const { signal } = new AbortController();
  const factsOf = async (user: RigUser, keys: Record<string, unknown> = {}) =>
    openImapObserver(user, { port: rig.imapPort, keys }).check(signal);

  test('all of them, whether something is to be tidied or not', async () => {
    const user = await rig.addUser();

    const [keeps, closes] = [await factsOf(user), await factsOf(user, { tidy: 'close' })];

    const may = { state: 'ok', mayClose: true, mayDelete: true };
    const allowed = 'by ACL, delete: allowed; close: allowed';
    expect(keeps.facts.tidy).toMatchObject({ ...may, text: `copies are kept; ${allowed}` });
    expect(closes.facts.tidy).toMatchObject({
      ...may,
      text: `close after 1h; ${allowed}, closed mail goes to Archive`,
    });
    expect(closes.warnings).toEqual([]);
  });

  test('what is lacking, by folder: to delete, to close, to read', async () => {
    const user = await rig.addUser();
    await rig.setRights(user, 'INBOX', 'lrswipkxtca');
    await rig.setRights(user, 'Junk', 'lkxca');

    const [keeps, deletes] = [
      await factsOf(user),
      await factsOf(user, { tidy: 'delete', positive_control: 'append' }),
    ];

    const lacks = 'by ACL, delete: lacks INBOX e, Junk rte; close: lacks INBOX e';
    expect(keeps.facts.tidy).toMatchObject({ mayClose: false, mayDelete: false });
    expect(keeps.facts.tidy.text).toBe(`copies are kept; ${lacks}`);
    expect(deletes.facts.tidy).toMatchObject({ state: 'warn', text: `delete after 1h; ${lacks}` });
    expect(deletes.facts.read).toEqual({ state: 'warn', text: 'by ACL, may not be read: Junk' });
    expect(deletes.warnings).toEqual([
      `tidy: delete needs the right to change the folders: ${lacks}`,
      'positive_control: append lacks INBOX e, by ACL',
      'looks will fail: the login may not read Junk',
    ]);
  });
});
