import { ImapFlow } from 'imapflow';
import { describe, expect, it, onTestFinished } from 'vitest';
import { silentLogger } from '../../src/base/logger.ts';
import { createSystemClock } from '../../src/base/system.ts';
import { membersOf, readArgs } from '../../src/sandbox/imap/args.ts';
import { createDials, type Dials } from '../../src/sandbox/dials.ts';
import { createImapServer } from '../../src/sandbox/imap/server.ts';
import { createMailbox, type Mailbox } from '../../src/sandbox/imap/store.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';
import { connectLines, type LineClient } from '../unit-support/line-peers.ts';

const MAIL = 'Subject: one\r\nX-Long: a\r\n b\r\nTo: x@example.org\r\n\r\nbody\r\n';

interface Bench {
  readonly port: number;
  readonly mailbox: Mailbox;
  readonly dials: Dials;
  readonly clock: FakeClock;
}

async function openServer(): Promise<Bench> {
  const clock = createFakeClock();
  const dials = createDials();
  const mailbox = createMailbox(clock);
  const account = { user: 'me', password: 'pa ss"word' };
  const server = createImapServer({ mailbox, account, dials, clock, logger: silentLogger });
  const port = await server.start(0);
  onTestFinished(() => server.stop());
  return { port, mailbox, dials, clock };
}

/** Sends a command and hears up to its tagged answer. */
async function say(client: LineClient, text: string, tag = 'a'): Promise<string[]> {
  client.say(`${tag} ${text}`);
  const lines: string[] = [];
  for (;;) {
    const line = await client.hear();
    lines.push(line);
    if (line.startsWith(`${tag} `)) return lines;
  }
}

async function connect(port: number): Promise<LineClient> {
  const client = connectLines(port);
  onTestFinished(() => void client.socket.destroy());
  expect(await client.hear()).toBe('* OK sandbox ready');
  return client;
}

async function enter(bench: Bench, folder = 'INBOX'): Promise<LineClient> {
  const client = await connect(bench.port);
  expect((await say(client, 'LOGIN me "pa ss\\"word"')).at(-1)).toMatch(
    /^a OK \[CAPABILITY IMAP4rev1/,
  );
  expect((await say(client, `SELECT ${folder}`)).at(-1)).toBe('a OK [READ-WRITE] selected');
  return client;
}

describe('the control mailbox speaks IMAP strictly', () => {
  it.each([
    ['nonsense', 'FROBNICATE'],
    ['what it does not have', 'CREATE Archive'],
    ['two spaces', 'LIST  "" "*"'],
    ['too many words', 'NOOP now'],
    ['too few words', 'STATUS INBOX'],
    ['an unknown item', 'STATUS INBOX (MESSAGES SIZE)'],
    ['no message', 'FETCH 2 FLAGS'],
    ['message 0', 'FETCH 0 FLAGS'],
    ['an unknown part', 'FETCH 1 BODY.PEEK[1.MIME]'],
    ['ENVELOPE, which is not modelled', 'FETCH 1 ENVELOPE'],
    ['an open list', 'FETCH 1 (FLAGS'],
    ['an unknown search key', 'SEARCH LARGER 5'],
    ['a date that is none', 'SEARCH SINCE 2026-01-01'],
    ['an unknown flag', 'STORE 1 +FLAGS (\\Recent)'],
    ['a second login', 'LOGIN me x'],
  ])('%s is BAD', async (_what, command) => {
    const bench = await openServer();
    bench.mailbox.append('INBOX', Buffer.from(MAIL));
    const client = await enter(bench);

    expect((await say(client, command)).at(-1)).toMatch(/^a BAD /);
    expect((await say(client, 'NOOP')).at(-1)).toBe('a OK done');
  });

  it.each(['SELECT INBOX', 'LIST "" "*"', 'FETCH 1 FLAGS', 'IDLE'])(
    '%s before the login is BAD',
    async (command) => {
      const client = await connect((await openServer()).port);

      expect(await say(client, command)).toEqual(['a BAD not now']);
    },
  );

  it('logs in by LOGIN, literal and PLAIN, and refuses the wrong password', async () => {
    const { port } = await openServer();
    const plain = Buffer.from('\u0000me\u0000pa ss"word').toString('base64');
    const [one, two, three, wrong] = await Promise.all([1, 2, 3, 4].map(() => connect(port)));

    one!.say('a LOGIN {2}');
    expect(await one!.hear()).toBe('+ go on');
    one!.say('me {10}');
    expect(await one!.hear()).toBe('+ go on');
    one!.say('pa ss"word');
    expect(await one!.hear()).toMatch(/^a OK /);
    expect((await say(two!, `AUTHENTICATE PLAIN ${plain}`))[0]).toMatch(/^a OK /);
    three!.say('a AUTHENTICATE PLAIN');
    expect(await three!.hear()).toBe('+ ');
    three!.say(plain);
    expect(await three!.hear()).toMatch(/^a OK /);
    expect(await say(wrong!, 'LOGIN me no')).toEqual(['a NO [AUTHENTICATIONFAILED] wrong']);
  });

  it('answers what is asked of a mail, and PEEK does not mark it', async () => {
    const bench = await openServer();
    bench.mailbox.append('INBOX', Buffer.from(MAIL));
    const client = await enter(bench);
    const fetch = async (items: string): Promise<string> =>
      (await say(client, `UID FETCH 1 ${items}`)).join('|');

    expect(await fetch('(FLAGS INTERNALDATE RFC822.SIZE)')).toBe(
      `* 1 FETCH (UID 1 FLAGS () INTERNALDATE " 5-Jan-2026 09:00:00 +0000" RFC822.SIZE ${MAIL.length})|a OK done`,
    );
    expect(await fetch('BODY.PEEK[HEADER.FIELDS (subject "X-Long")]')).toBe(
      '* 1 FETCH (UID 1 BODY[HEADER.FIELDS (subject X-Long)] {31}|Subject: one|X-Long: a| b||)|a OK done',
    );
    expect(await fetch('BODY.PEEK[TEXT]<1.3>')).toBe(
      '* 1 FETCH (UID 1 BODY[TEXT]<1> {3}|ody)|a OK done',
    );
    expect(await fetch('FLAGS')).toContain('FLAGS ()');
    expect(await fetch('BODY[TEXT]')).toBe(
      '* 1 FETCH (UID 1 BODY[TEXT] {6}|body| FLAGS (\\Seen))|a OK done',
    );
  });

  it('searches', async () => {
    const bench = await openServer();
    for (const subject of ['one', 'two', 'three']) {
      bench.mailbox.append('INBOX', Buffer.from(MAIL.replace('one', subject)));
      await bench.clock.advance(86_400_000);
    }
    bench.mailbox.setFlags('INBOX', 2, new Set(['\\Seen']));
    const client = await enter(bench);
    const found = async (keys: string): Promise<string | undefined> =>
      (await say(client, `UID SEARCH ${keys}`))[0];

    expect(await found('ALL')).toBe('* SEARCH 1 2 3');
    expect(await found('SINCE 6-Jan-2026')).toBe('* SEARCH 2 3');
    expect(await found('BEFORE 6-Jan-2026')).toBe('* SEARCH 1');
    expect(await found('UID 2:*')).toBe('* SEARCH 2 3');
    expect(await found('UID 9:*')).toBe('* SEARCH 3');
    expect(await found('UNSEEN NOT SUBJECT "thr"')).toBe('* SEARCH 1');
    expect(await found('OR SEEN HEADER Subject thREE')).toBe('* SEARCH 2 3');
    expect(await found('SUBJECT nothing')).toBe('* SEARCH');
  });

  it('tells of changes when it may, and keeps numbers while it must', async () => {
    const bench = await openServer();
    for (let mail = 0; mail < 3; mail += 1) bench.mailbox.append('INBOX', Buffer.from(MAIL));
    const client = await enter(bench);
    bench.mailbox.expunge('INBOX', [1]);
    bench.mailbox.append('INBOX', Buffer.from(MAIL));
    bench.mailbox.setFlags('INBOX', 3, new Set(['\\Flagged']));

    expect(await say(client, 'FETCH 3 UID')).toEqual([
      '* 3 FETCH (UID 3)',
      '* 3 FETCH (UID 3 FLAGS (\\Flagged))',
      '* 4 EXISTS',
      'a OK done',
    ]);
    expect(await say(client, 'NOOP')).toEqual(['* 1 EXPUNGE', 'a OK done']);
    expect(await say(client, 'FETCH 3 UID')).toEqual(['* 3 FETCH (UID 4)', 'a OK done']);
  });

  it('deletes with UIDPLUS, moves, and changes nothing under EXAMINE', async () => {
    const bench = await openServer();
    for (let mail = 0; mail < 4; mail += 1) bench.mailbox.append('INBOX', Buffer.from(MAIL));
    const { uidValidity } = bench.mailbox.find('Trash')!;
    const client = await enter(bench);

    expect(await say(client, 'UID STORE 1:2 +FLAGS.SILENT (\\deleted)')).toEqual(['a OK done']);
    expect(await say(client, 'UID EXPUNGE 2:3')).toEqual(['* 2 EXPUNGE', 'a OK done']);
    expect(await say(client, 'UID MOVE 3 Trash')).toEqual([
      `* OK [COPYUID ${uidValidity} 3 1] moved`,
      '* 2 EXPUNGE',
      'a OK done',
    ]);
    expect(await say(client, 'UID MOVE 4 Nowhere')).toEqual(['a NO [TRYCREATE] no such folder']);
    await say(client, 'EXAMINE INBOX');
    for (const command of ['EXPUNGE', 'STORE 1 FLAGS (\\Seen)', 'MOVE 1 Trash']) {
      expect((await say(client, command))[0]).toMatch(/^a NO \[READ-ONLY\]/);
    }
    await say(client, 'FETCH 1 BODY[]');
    expect([...bench.mailbox.find('INBOX')!.messages.values()]).toMatchObject([
      { uid: 1, flags: new Set(['\\Deleted']) },
      { uid: 4, flags: new Set() },
    ]);
  });

  it('pushes news in IDLE, as late as the dial says', async () => {
    const bench = await openServer();
    const client = await enter(bench);
    client.say('a IDLE');
    expect(await client.hear()).toBe('+ idling');

    bench.mailbox.append('INBOX', Buffer.from(MAIL));
    expect(await client.hear()).toBe('* 1 EXISTS');
    bench.dials.set({ control: { push: 30_000 } });
    bench.mailbox.append('INBOX', Buffer.from(MAIL));
    await bench.clock.advance(29_999);
    bench.mailbox.append('Junk', Buffer.from(MAIL));
    client.say('DONE');
    expect(await client.hear()).toBe('* 2 EXISTS');
    expect(await client.hear()).toBe('a OK done');
  });

  it('is slow, silent or down by the dials', async () => {
    const bench = await openServer();
    const client = await enter(bench);

    bench.dials.set({ control: { pause: 5_000 } });
    client.say('a NOOP');
    await bench.clock.whenAsleep();
    await bench.clock.advance(5_000);
    expect(await client.hear()).toBe('a OK done');
    bench.dials.set({ control: { pause: 0 } });
    client.say('b IDLE');
    expect(await client.hear()).toBe('+ idling');
    bench.dials.set({ control: { line: 'silent' } });
    bench.mailbox.append('INBOX', Buffer.from(MAIL));
    bench.dials.set({ control: { line: 'up' } });
    bench.mailbox.append('INBOX', Buffer.from(MAIL));
    expect(await client.hear()).toBe('* 2 EXISTS'); // the first one was told to nobody
    bench.dials.set({ control: { line: 'down' } });
    expect(await client.ended).toMatch(/end|ECONNRESET/);
    const refused = connectLines(bench.port);
    expect(await refused.ended).toBe('ECONNRESET');
  });

  it('ends a connection that sends no end of a command', async () => {
    const client = await connect((await openServer()).port);

    client.say(`a LOGIN {999999999}`);

    expect(await client.hear()).toBe('* BYE too long');
    expect(await client.ended).toBe('end');
  });

  it('serves imapflow: folders with their use, mail, IDLE', async () => {
    const clock = createSystemClock();
    const mailbox = createMailbox(clock);
    const account = { user: 'me', password: 'secret' };
    const dials = createDials();
    const server = createImapServer({ mailbox, account, dials, clock, logger: silentLogger });
    const port = await server.start(0);
    onTestFinished(() => server.stop());
    const client = new ImapFlow({
      ...{ host: '127.0.0.1', port, secure: false, doSTARTTLS: false, logger: false },
      auth: { user: 'me', pass: 'secret' },
    });
    await client.connect();

    const folders = await client.list();
    await client.mailboxOpen('INBOX');
    const grown = new Promise<{ count: number }>((resolve) => client.once('exists', resolve));
    void client.idle();
    mailbox.append('INBOX', Buffer.from(MAIL));
    const { count } = await grown;
    const message = await client.fetchOne('1', { uid: true, source: true, flags: true });
    const moved = await client.messageMove('1', 'Trash', { uid: true });
    await client.logout();

    expect(folders.map(({ path, specialUse }) => [path, specialUse])).toEqual([
      ['INBOX', '\\Inbox'],
      ['Junk', '\\Junk'],
      ['Trash', '\\Trash'],
    ]);
    expect(count).toBe(1);
    expect(message && message.source?.toString()).toBe(MAIL);
    expect(moved && moved.uidMap?.get(1)).toBe(1);
    expect(mailbox.find('Trash')?.messages.size).toBe(1);
  });
});

describe('sequence sets', () => {
  it.each([
    ['1', [1]],
    ['2:3', [2, 3]],
    ['3:2', [2, 3]],
    ['*', [9]],
    ['4:*', [9]],
    ['20:*', [9]],
    ['*:3', [3, 9]],
    ['1,9,7', [1, 9]],
  ])('%s', (text, expected) => {
    expect(membersOf(readArgs(text).numberSet(), [1, 2, 3, 9])).toEqual(expected);
  });
});
