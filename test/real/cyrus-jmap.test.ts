import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Place } from '../../src/domain/sighting.ts';
import type { Look, Observer } from '../../src/observers/observer.ts';
import { describeObserverContract } from '../contracts/observer-contract.ts';
import { copiesOf, failureOf, idsOf, lookFrom } from '../contracts/observer/looks.ts';
import { foreignMail, testCanary } from '../contracts/observer/mails.ts';
import { jmapObserver, openJmapObserver } from '../observers/jmap/bench.ts';
import { MOST_OBJECTS, startCyrus, type CyrusRig } from '../support/rig/cyrus.ts';
import type { RigUser } from '../support/rig/mail-rig.ts';

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

describe('the jmap observer and a real account', () => {
  let user: RigUser;
  beforeEach(async () => {
    user = await rig.addUser();
  });

  const open = (keys: Readonly<Record<string, unknown>> = {}): Observer =>
    openJmapObserver(user, { port: rig.httpPort, keys });
  const placesOf = (look: Look): string[] => look.observations.map(({ place }) => place);
  const move = (from: string, to: string): Promise<unknown> =>
    rig.withImap(user, async (client) => {
      await client.mailboxOpen(from);
      await client.messageMove('1:*', to);
    });
  const fill = (count: number): Promise<void> =>
    rig.withImap(user, async (client) => {
      for (let n = 0; n < count; n += 1) await client.append('INBOX', foreignMail());
    });
  /** A cursor that says that all is known up to a state. */
  const cursorAt = (state: string): unknown => ({
    format: 2,
    views: { mail: { state } },
    seen: [],
  });

  test('a look is one request, whether something came or not', async () => {
    const observer = open();
    const canary = testCanary();
    const first = await lookFrom(observer);

    const idle = await lookFrom(observer, first.cursor);
    await rig.deliver(user, canary.message);
    const seen = await lookFrom(observer, idle.cursor);
    const after = await lookFrom(observer, seen.cursor);

    expect([idle.requests, seen.requests, after.requests]).toEqual([1, 1, 1]);
    expect(idsOf(seen)).toEqual([canary.token.id]);
    expect(idle.cursor).toEqual(first.cursor);
    expect(seen.clockOffset).toBeDefined();
  });

  test('a state that the server does not know is read anew by date', async () => {
    const observer = open();
    const canary = testCanary();
    await rig.deliver(user, foreignMail());
    await rig.deliver(user, canary.message);

    for (const state of ['none of yours', '0', '999999999']) {
      const look = await lookFrom(observer, cursorAt(state));
      const next = await lookFrom(observer, look.cursor);

      expect(look.complete, state).toBe(true);
      if (state !== '999999999') expect(idsOf(look), state).toEqual([canary.token.id]);
      expect(next.observations, state).toEqual([]);
    }
  });

  test('more mails than the server gives at once are read in pieces, all of them', async () => {
    const observer = open();
    const empty = await lookFrom(observer);
    await fill(4 * MOST_OBJECTS + 10);
    const canary = testCanary();
    await rig.deliver(user, canary.message);

    for (const cursor of [empty.cursor, undefined]) {
      const looks = [await lookFrom(observer, cursor)];
      while (looks.at(-1)?.complete === false && looks.length < 9) {
        looks.push(await lookFrom(observer, looks.at(-1)?.cursor));
      }

      expect(looks.length).toBeGreaterThan(1);
      expect(looks.at(-1)?.complete).toBe(true);
      expect(looks[0]?.places).toEqual([]);
      expect(looks.flatMap(idsOf)).toEqual([canary.token.id]);
    }
  });

  test('a canary moved to Junk and back is one copy, in the new place', async () => {
    const observer = open();
    let { cursor } = await lookFrom(observer);
    await rig.deliver(user, testCanary().message);
    const arrived = await lookFrom(observer, cursor);
    cursor = arrived.cursor;
    await move('INBOX', 'Junk');
    const junk = await lookFrom(observer, cursor);
    await move('Junk', 'INBOX');

    const back = await lookFrom(observer, junk.cursor);

    expect([arrived, junk, back].map(placesOf)).toEqual([['inbox'], ['spam'], ['inbox']]);
    expect(copiesOf(junk)).toEqual(copiesOf(arrived));
  });

  test('mailboxes without a role are the places that they are said to be', async () => {
    const canary = testCanary();
    await rig.deliver(user, canary.message, 'Sorted');

    const usual = await lookFrom(open());
    const named = await lookFrom(open({ folders: { Sorted: 'inbox' } }));
    const error = await failureOf(lookFrom(open({ folders: { Tickets: 'inbox' } })));

    expect([usual, named].map(placesOf)).toEqual([['other'], ['inbox']]);
    expect(error).toMatchObject({ reason: 'config', retryable: false });
    expect(error.message).toBe(
      'there is no mailbox "Tickets"; there are: Archive, Inbox, Junk, Sorted, Trash',
    );
  });

  test('close moves it to the archive, as read; from spam it does not move', async () => {
    const observer = open();
    const { signal } = new AbortController();
    await rig.deliver(user, testCanary().message);
    await rig.deliver(user, testCanary().message, 'Junk');
    const { observations } = await lookFrom(observer);

    for (const litter of observations) {
      expect(await observer.tidy?.(litter, { manner: 'close', signal })).toBe('done');
    }

    const lines = (await rig.state(user)).split('\n');
    expect(lines.map((line) => line.replace(/ \d+ \d+/, '').replace(/ \\Recent/, ''))).toEqual([
      'Archive \\Seen',
      'Junk',
    ]);
  });

  test('a canary rewritten by a gateway is found by its body', async () => {
    const { token } = testCanary();
    const encoded = Buffer.from(`Token: ${token.token}\n`).toString('base64');
    await rig.deliver(
      user,
      `From: gateway@elsewhere.test\nSubject: [#12] mailcanary\nMIME-Version: 1.0\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\n${encoded}\n`,
    );

    expect(idsOf(await lookFrom(open()))).toEqual([token.id]);
  });

  test('check names server, clock and mailboxes, and that Debian has built it without push', async () => {
    const report = await open({ tidy: 'close' }).check(new AbortController().signal);

    expect(report.summary).toMatch(
      /^127\.0\.0\.1:\d+ \(without push, clock -?\d\.\d s off .*\): .*Inbox = inbox \(0 mails\)/,
    );
    expect(report.warnings).toEqual([]);
  });
});
