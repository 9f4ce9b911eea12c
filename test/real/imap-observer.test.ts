import { mkdir, utimes, writeFile, chown } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Look, Observer } from '../../src/observers/observer.ts';
import { MAILS_PER_LOOK } from '../../src/observers/imap/reading.ts';
import { describeObserverContract } from '../contracts/observer-contract.ts';
import {
  contractClock as clock,
  copiesOf,
  failureOf,
  idsOf,
  lookAgain,
  lookFrom,
} from '../contracts/observer/looks.ts';
import { foreignMail, testCanary } from '../contracts/observer/mails.ts';
import { imapBench, openImapObserver, type ImapObserverOptions } from '../observers/imap/bench.ts';
import { startMailRig, type MailRig, type RigUser } from '../support/rig/mail-rig.ts';

let rig: MailRig;
beforeAll(async () => {
  rig = await startMailRig();
});
afterAll(() => rig.stop());

describeObserverContract({
  type: 'imap',
  places: ['spam', 'trash'],
  manners: ['close', 'delete'],
  start: () => Promise.resolve(),
  stop: () => Promise.resolve(),
  async open() {
    const user = await rig.addUser();
    await rig.doveadm(['mailbox', 'create', '-u', user.user, 'Archive']);
    return imapBench(rig, user);
  },
});

describe('the imap observer and the state of a mailbox', () => {
  let user: RigUser;
  beforeEach(async () => {
    user = await rig.addUser();
  });

  const open = (keys: ImapObserverOptions['keys'] = {}): Observer =>
    openImapObserver(user, { port: rig.imapPort, keys });
  const doveadm = (command: string, ...args: readonly string[]): Promise<string> =>
    rig.doveadm([...command.split(' '), '-u', user.user, ...args]);
  const placesOf = (look: Look): string[] => look.observations.map(({ place }) => place);

  test('a look while nothing comes costs a NOOP and a STATUS of each other folder', async () => {
    const observer = open();
    const canary = testCanary();
    const first = await lookFrom(observer);

    const idle = await lookFrom(observer, first.cursor);
    await rig.deliver(user, canary.message);
    const seen = await lookFrom(observer, idle.cursor);
    const after = await lookFrom(observer, seen.cursor);

    expect([idle.requests, seen.requests, after.requests]).toEqual([3, 4, 3]);
    expect(idsOf(seen)).toEqual([canary.token.id]);
  });

  test('a canary that arrives while others are expunged is seen', async () => {
    const observer = open();
    for (let n = 0; n < 3; n += 1) await rig.deliver(user, foreignMail());
    const { cursor } = await lookFrom(observer);
    const canary = testCanary();
    await doveadm('expunge', 'mailbox', 'INBOX', '1');
    await rig.deliver(user, canary.message);

    const look = await lookFrom(observer, cursor);
    await doveadm('expunge', 'mailbox', 'INBOX', 'all');
    const empty = await lookFrom(observer, look.cursor);
    const late = testCanary();
    await rig.deliver(user, late.message);

    expect(idsOf(look)).toEqual([canary.token.id]);
    expect(empty).toMatchObject({ complete: true, observations: [] });
    expect(idsOf(await lookFrom(observer, empty.cursor))).toEqual([late.token.id]);
  });

  test('a canary moved to Junk or Trash is one copy, in the new place', async () => {
    const observer = open();
    const canary = testCanary();
    let { cursor } = await lookFrom(observer);
    await rig.deliver(user, canary.message);
    cursor = (await lookFrom(observer, cursor)).cursor;

    await doveadm('move', 'Junk', 'mailbox', 'INBOX', 'all');
    const junk = await lookFrom(observer, cursor);
    await doveadm('move', 'Trash', 'mailbox', 'Junk', 'all');
    const trash = await lookFrom(observer, junk.cursor);
    await doveadm('move', 'INBOX', 'mailbox', 'Trash', 'all');
    const back = await lookFrom(observer, trash.cursor);

    expect([junk, trash, back].map(placesOf)).toEqual([['spam'], ['trash'], ['inbox']]);
  });

  test('a copy whose original is only marked as deleted is a move too', async () => {
    const observer = open();
    const canary = testCanary();
    const { cursor } = await lookFrom(observer);
    await rig.deliver(user, canary.message);
    const seen = await lookFrom(observer, cursor);
    await doveadm('copy', 'Trash', 'mailbox', 'INBOX', 'all');
    await doveadm('flags add', '\\Deleted', 'mailbox', 'INBOX', 'all');

    const moved = await lookFrom(observer, seen.cursor);
    const atOnce = await lookFrom(open(), cursor);

    expect(placesOf(moved)).toEqual(['trash']);
    expect(placesOf(atOnce)).toEqual(['trash']);
  });

  test('a copy in another folder is a second one', async () => {
    const observer = open();
    const { cursor } = await lookFrom(observer);
    await rig.deliver(user, testCanary().message);
    const seen = await lookFrom(observer, cursor);
    await doveadm('copy', 'Junk', 'mailbox', 'INBOX', 'all');

    const look = await lookFrom(observer, seen.cursor);

    expect(placesOf(look).sort()).toEqual(['inbox', 'spam']);
    expect(look.complete).toBe(true);
  });

  test('a new UIDVALIDITY is read again by date, under new external ids', async () => {
    const observer = open();
    const canary = testCanary();
    await rig.deliver(user, canary.message);
    const old = await lookFrom(observer);
    await doveadm('mailbox update', '--uid-validity', '4711', 'INBOX');

    const fresh = await lookAgain(open(), old.cursor);
    const later = testCanary();
    await rig.deliver(user, later.message);
    const look = await lookAgain(observer, old.cursor);
    const next = await lookFrom(open(), look.cursor);

    expect(fresh.complete).toBe(true);
    expect(idsOf(fresh)).toEqual([canary.token.id]);
    expect(copiesOf(fresh)).toEqual([expect.stringMatching(/^INBOX\/4711\/\d+$/)]);
    expect(idsOf(look)).toContain(later.token.id);
    expect(next.observations).toEqual([]);
  });

  test('several folders, some of them one place', async () => {
    for (const name of ['Sorted', 'Tickets.Done']) await doveadm('mailbox create', name);
    const folders = { Sorted: 'inbox', INBOX: 'inbox', 'Tickets.Done': 'closed' };
    const observer = open({ folders });
    const canaries = [testCanary(), testCanary(), testCanary()];
    const { cursor } = await lookFrom(observer);
    for (const [index, name] of ['INBOX', 'Sorted', 'Tickets.Done'].entries())
      await rig.deliver(user, canaries[index]?.message ?? '', name);

    const look = await lookFrom(observer, cursor);

    expect(look.places.map(({ place }) => place)).toEqual(['inbox', 'closed']);
    expect(placesOf(look)).toEqual(['inbox', 'inbox', 'closed']);
    expect(idsOf(look)).toEqual(canaries.map(({ token }) => token.id).sort());
  });

  test('a folder that is renamed leaves the others readable and the look incomplete', async () => {
    await doveadm('mailbox create', 'Sorted');
    const observer = open({ folders: { INBOX: 'inbox', Sorted: 'other' } });
    const canary = testCanary();
    const { cursor } = await lookFrom(observer);
    await doveadm('mailbox rename', 'Sorted', 'Elsewhere');
    await rig.deliver(user, canary.message);

    const look = await lookFrom(observer, cursor);
    await doveadm('mailbox rename', 'Elsewhere', 'Sorted');
    const again = await lookFrom(observer, look.cursor);

    expect(idsOf(look)).toEqual([canary.token.id]);
    expect(look.complete).toBe(false);
    expect(look.places.map(({ place }) => place)).toEqual(['inbox']);
    expect(look.failure).toMatchObject({ reason: 'config', retryable: false });
    expect(look.failure?.message).toBe(
      'there is no folder "Sorted"; there are: Elsewhere, INBOX, Junk, Trash',
    );
    expect(again.complete).toBe(true);
  });

  test('a folder that never was is named, with those that are', async () => {
    const observer = open({ folders: { Spam: 'spam' } });
    const { signal } = new AbortController();

    const errors = [await failureOf(lookFrom(observer)), await failureOf(observer.check(signal))];

    for (const error of errors) {
      expect(error.reason).toBe('config');
      expect(error.message).toBe('there is no folder "Spam"; there are: INBOX, Junk, Trash');
    }
  });

  test('a rewritten canary is found by Subject, then by body', async () => {
    const observer = open();
    const bySubject = testCanary();
    const byBody = testCanary();
    const { cursor } = await lookFrom(observer);
    await rig.deliver(
      user,
      `From: gateway@elsewhere.test\nSubject: [SPAM?] mailcanary ${bySubject.token.token}\nMessage-ID: <new@gateway>\n\nHello\n`,
    );
    const encoded = Buffer.from(`Token: ${byBody.token.token}\n`).toString('base64');
    await rig.deliver(
      user,
      `From: gateway@elsewhere.test\nSubject: [#12] mailcanary ${byBody.token.token.slice(0, 30)}\nMIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=x\n\n--x\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\n${encoded}\n--x--\n`,
    );

    const look = await lookFrom(observer, cursor);

    expect(idsOf(look)).toEqual([bySubject.token.id, byBody.token.id].sort());
    expect(look.observations.map(({ foreignMessageId }) => foreignMessageId)).toContain(
      '<new@gateway>',
    );
    expect(look.mismatches).toEqual({});
  });

  test('Received headers become hops, and INTERNALDATE the stamp', async () => {
    const { message } = testCanary();
    await rig.deliver(
      user,
      `Received: from a.test by b.test; Tue, 24 Nov 2026 02:00:05 +0000\r\nReceived: from c.test by a.test; Tue, 24 Nov 2026 02:00:03 +0000\r\n${message}`,
    );

    const [seen] = (await lookFrom(open())).observations;

    expect(seen?.hops).toContainEqual(
      expect.objectContaining({ from: 'a.test', by: 'b.test', seconds: 2 }),
    );
    expect(seen?.stamp).toMatchObject({ quantumMs: 1_000, source: 'internaldate' });
  });

  describe('of 3,000 mails', () => {
    async function fill(count: number, at: Date): Promise<void> {
      const folder = join(rig.folder, 'dovecot', 'mail', user.user, 'Maildir', 'new');
      await mkdir(folder, { recursive: true });
      for (let n = 0; n < count; n += 1) {
        const file = join(folder, `${Math.floor(at.getTime() / 1_000)}.${n}.rig`);
        await writeFile(file, foreignMail());
        await utimes(file, at, at);
        await chown(file, 8, 8);
      }
    }

    test('all new: no look reads more than its share, and the last one is complete', async () => {
      await rig.deliver(user, foreignMail());
      await fill(3_000, new Date(clock.now()));
      const canary = testCanary();
      await rig.deliver(user, canary.message);
      const observer = open();

      const looks: Look[] = [];
      do looks.push(await lookFrom(observer, looks.at(-1)?.cursor));
      while (looks.at(-1)?.complete === false && looks.length < 20);

      expect(looks).toHaveLength(Math.ceil(3_002 / MAILS_PER_LOOK));
      for (const { endedAt, startedAt, requests } of looks) {
        expect(endedAt - startedAt).toBeLessThan(3_000);
        expect(requests).toBeLessThan(16);
      }
      expect(looks.flatMap(idsOf)).toEqual([canary.token.id]);
      expect(looks[0]?.places.map(({ place }) => place)).toEqual(['spam', 'trash']);
    });

    test('all old: the first look passes them over', async () => {
      await rig.deliver(user, foreignMail());
      await fill(3_000, new Date(clock.now() - 10 * 86_400_000));
      const canary = testCanary();
      await rig.deliver(user, canary.message);

      const look = await lookFrom(open());

      expect(look.complete).toBe(true);
      expect(idsOf(look)).toEqual([canary.token.id]);
    });
  });
});
