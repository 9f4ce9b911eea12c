import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { mkdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Look, Observer } from '../../../src/observers/observer.ts';
import {
  contractClock as clock,
  copiesOf,
  failureOf,
  idsOf,
  lookAgain,
  lookFrom,
} from '../../contracts/observer/looks.ts';
import { foreignMail, testCanary } from '../../contracts/observer/mails.ts';
import { stateOf } from './bench.ts';
import { createSpoolFolder, type TestSpool } from './spool.ts';

let spool: TestSpool;
beforeEach(async () => {
  spool = await createSpoolFolder();
});

const placesOf = (look: Look): string[] => look.observations.map(({ place }) => place);
const inPart = (part: string, name: string): string => join(spool.path, part, name);

/** A look until one is complete; most canaries of them all. */
async function lookThrough(observer: Observer): Promise<readonly Look[]> {
  const looks: Look[] = [];
  do looks.push(await lookFrom(observer, looks.at(-1)?.cursor));
  while (looks.at(-1)?.complete === false && looks.length < 20);
  return looks;
}

describe('a Maildir that is looked at', () => {
  test('a mail that is read, flagged and moved on to cur is the same copy', async () => {
    const observer = spool.open();
    const { cursor } = await lookFrom(observer);
    const file = await spool.deliver(testCanary().message);
    const seen = await lookFrom(observer, cursor);
    const name = basename(file);
    await rename(file, inPart('cur', `${name}:2,`));
    const read = await lookFrom(observer, seen.cursor);
    await rename(inPart('cur', `${name}:2,`), inPart('cur', `${name}:2,FS`));

    const flagged = await lookFrom(observer, read.cursor);
    const afterwards = await lookFrom(spool.open(), cursor);

    expect(copiesOf(seen)).toEqual([name]);
    expect([read, flagged].map(({ observations }) => observations)).toEqual([[], []]);
    expect(copiesOf(afterwards)).toEqual([name]);
  });

  test('the stamp is the time of the delivery, and is not given once that may have changed', async () => {
    const before = clock.now();
    const file = await spool.deliver(testCanary().message);
    const after = clock.now();
    const fresh = await lookFrom(spool.open());
    await rename(file, inPart('cur', `${basename(file)}:2,S`));

    const read = await lookFrom(spool.open());

    const stamp = fresh.observations[0]?.stamp;
    expect(stamp?.source).toBe('ctime');
    expect(stamp?.at).toBeGreaterThan(before - 2 * (stamp?.quantumMs ?? 0));
    expect(stamp?.at).toBeLessThanOrEqual(after + 1);
    expect(fresh.clockOffset).toBeDefined();
    expect(read.observations[0]?.stamp).toBeNull();
  });

  test('looks leave no trace, not even in the time of the last access', async () => {
    const files = [await spool.deliver(testCanary().message), await spool.deliver(foreignMail())];
    // older than the last change: an ordinary reading would renew it (relatime)
    const longAgo = new Date(clock.now() - 3 * 86_400_000);
    for (const file of files) await utimes(file, longAgo, new Date(clock.now()));
    const before = await stateOf(spool.path);
    const observer = spool.open();

    const look = await lookFrom(observer);
    await observer.check(new AbortController().signal);

    expect(look.observations).toHaveLength(1);
    expect(await stateOf(spool.path)).toBe(before);
  });

  test('a delivery is heard of at once, and what came before the ear was there is not missed', async () => {
    const observer = spool.open();
    const { signal } = new AbortController();
    const { cursor } = await lookFrom(observer);
    const canary = testCanary();
    const news = observer.news(signal);
    await spool.deliver(canary.message);

    await news;
    const look = await lookFrom(observer, cursor);
    await spool.deliver(foreignMail());
    await observer.news(signal); // heard of although nobody waited

    expect(idsOf(look)).toEqual([canary.token.id]);
  });

  test('news ends when the observer is closed', async () => {
    const observer = spool.open();
    await lookFrom(observer);
    const news = observer.news(new AbortController().signal);

    await observer.close();
    await news;

    expect((await failureOf(lookFrom(observer))).reason).toBe('aborted');
  });

  test('folders are places, in both layouts, and one that is moved there is a move', async () => {
    await spool.makeFolder('.Junk');
    await spool.makeFolder('Done');
    const observer = spool.open({ folders: { INBOX: 'inbox', Junk: 'spam', Done: 'closed' } });
    const { cursor } = await lookFrom(observer);
    const file = await spool.deliver(testCanary().message);
    const arrived = await lookFrom(observer, cursor);
    await rename(file, join(spool.path, '.Junk', 'cur', `${basename(file)}:2,`));
    const moved = await lookFrom(observer, arrived.cursor);
    await spool.deliver(testCanary().message, { folder: 'Done' });

    const closed = await lookFrom(observer, moved.cursor);

    expect([arrived, moved, closed].map(placesOf)).toEqual([['inbox'], ['spam'], ['closed']]);
    expect(closed.places.map(({ place }) => place)).toEqual(['inbox', 'spam', 'closed']);
  });

  test('a Junk folder that is made later is read from then on', async () => {
    const observer = spool.open();
    const { cursor } = await lookFrom(observer);
    await spool.makeFolder('.Junk');
    await spool.deliver(testCanary().message, { folder: '.Junk' });

    const look = await lookFrom(observer, cursor);

    expect(look.complete).toBe(true);
    expect(placesOf(look)).toEqual(['spam']);
  });

  test('a folder that is renamed makes looks incomplete, and says which', async () => {
    await spool.makeFolder('.Sorted');
    const observer = spool.open({ folders: { INBOX: 'inbox', Sorted: 'other' } });
    const { cursor } = await lookFrom(observer);
    await rename(join(spool.path, '.Sorted'), join(spool.path, '.Elsewhere'));
    const canary = testCanary();
    await spool.deliver(canary.message);

    const look = await lookFrom(observer, cursor);
    await rename(join(spool.path, '.Elsewhere'), join(spool.path, '.Sorted'));
    const again = await lookFrom(observer, look.cursor);

    expect(idsOf(look)).toEqual([canary.token.id]);
    expect(look).toMatchObject({ complete: false, failure: { reason: 'config' } });
    expect(again.complete).toBe(true);
  });

  test('a Maildir that is not there is told, and found when it comes back', async () => {
    const observer = spool.open();
    const { cursor } = await lookFrom(observer);
    await rename(spool.path, `${spool.path}-away`);

    const error = await failureOf(lookFrom(observer, cursor));
    await rename(`${spool.path}-away`, spool.path);
    const canary = testCanary();
    await spool.deliver(canary.message);
    const look = await lookAgain(observer, cursor);

    expect(error.reason).toBe('config');
    expect(error.message).toContain(spool.path);
    expect(idsOf(look)).toEqual([canary.token.id]);
  });

  test('what is no mail is passed over: pipes, links, folders, hidden files', async () => {
    execFileSync('mkfifo', [inPart('new', '1.pipe')]);
    await mkdir(inPart('cur', '2.folder'));
    await writeFile(join(spool.path, 'elsewhere'), testCanary().message);
    await symlink(join(spool.path, 'elsewhere'), inPart('new', '3.link'));
    await writeFile(inPart('new', '.4.hidden'), testCanary().message);
    await writeFile(inPart('new', '5.empty'), '');

    const look = await lookFrom(spool.open());

    expect(look).toMatchObject({ complete: true, observations: [] });
  });

  test('a mail whose subject was rewritten is found by its body', async () => {
    const { token } = testCanary();
    const encoded = Buffer.from(`Token: ${token.token}\n`).toString('base64');
    await spool.deliver(
      `From: g@elsewhere.test\nSubject: [#12] mailcanary\nMIME-Version: 1.0\nContent-Transfer-Encoding: base64\n\n${encoded}\n`,
    );

    expect(idsOf(await lookFrom(spool.open()))).toEqual([token.id]);
  });

  test('a look while nothing comes costs a few questions and changes no cursor', async () => {
    const observer = spool.open();
    for (let n = 0; n < 50; n += 1) await spool.deliver(foreignMail());
    const first = await lookFrom(observer);
    const past = new Date(clock.now() - 60_000);
    for (const part of ['new', 'cur', '.']) await utimes(join(spool.path, part), past, past);
    const settled = await lookFrom(observer, first.cursor);

    const quiet = await lookFrom(observer, settled.cursor);

    expect(quiet.requests).toBe(3);
    expect(quiet.cursor).toEqual(settled.cursor);
    expect(quiet.cursor).toEqual(first.cursor);
  });

  test('of 600 mails no look reads more than its share, and the last one is complete', async () => {
    for (let n = 0; n < 600; n += 1) {
      writeFileSync(inPart('cur', `${1_000_000 + n}.M${n}.host:2,S`), 'Subject: x\n\n');
    }
    const canary = testCanary();
    await spool.deliver(canary.message, { name: '1.M1.host' });

    const looks = await lookThrough(spool.open());

    expect(looks.map(({ complete }) => complete)).toEqual([false, true]);
    expect(looks.flatMap(idsOf)).toEqual([canary.token.id]);
    for (const look of looks) expect(look.requests).toBeLessThan(1_100);
  });

  test('a copy that is deleted, or only marked so, is none any more', async () => {
    const observer = spool.open();
    const canary = testCanary();
    const { cursor } = await lookFrom(observer);
    const first = await spool.deliver(canary.message);
    const second = await spool.deliver(canary.message);
    const both = await lookFrom(observer, cursor);
    await rm(first);
    await rename(second, inPart('cur', `${basename(second)}:2,ST`));
    const third = await spool.deliver(canary.message);

    const look = await lookFrom(observer, both.cursor);

    expect(copiesOf(both)).toHaveLength(2);
    expect(copiesOf(look)).toEqual([basename(third)]);
  });

  test('mails that are renamed all the time are all seen', async () => {
    const observer = spool.open();
    const canaries = Array.from({ length: 30 }, () => testCanary());
    const { cursor } = await lookFrom(observer);
    const files = await Promise.all(canaries.map(({ message }) => spool.deliver(message)));
    const flag = async (file: string): Promise<void> => {
      const name = inPart('cur', `${basename(file)}:2,`);
      await rename(file, name);
      for (const flags of ['S', 'FS', 'RS', '']) {
        await rename(name, `${name}${flags}x`);
        await rename(`${name}${flags}x`, name);
      }
    };

    const renaming = Promise.all(files.map(flag));
    let look = await lookFrom(observer, cursor);
    const ids = idsOf(look);
    await renaming;
    look = await lookFrom(observer, look.cursor);

    expect([...ids, ...idsOf(look)].sort()).toEqual(canaries.map(({ token }) => token.id).sort());
    expect(look.complete).toBe(true);
  });
});

describe('check', () => {
  test('says what is there, and what is missing', async () => {
    await spool.deliver(foreignMail());
    const { signal } = new AbortController();

    const report = await spool.open().check(signal);
    const error = await failureOf(spool.open({ folders: { Archive: 'closed' } }).check(signal));

    expect(report.summary).toBe(`${spool.path}: INBOX = inbox (1 mails)`);
    expect(report.warnings).toEqual([
      'no Junk or Spam folder is there: a canary filtered as spam would be overdue',
    ]);
    expect(error).toMatchObject({ reason: 'config', retryable: false });
    expect(error.message).toContain('there is no folder "Archive"');
  });
});
