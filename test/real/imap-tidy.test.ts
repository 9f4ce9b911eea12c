import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Litter, Observer, TidyManner, TidyResult } from '../../src/observers/observer.ts';
import { failureOf, lookFrom } from '../contracts/observer/looks.ts';
import { foreignMail, testCanary } from '../contracts/observer/mails.ts';
import { openImapObserver, type ImapObserverOptions } from '../observers/imap/bench.ts';
import { startMailRig, type MailRig, type RigUser } from '../support/rig/mail-rig.ts';
import { startProxy } from '../support/tcp-proxy.ts';

/*
 * What IMAP makes easy to get wrong: mail that others have marked as deleted, numbers that mean
 * another mail by now, folders that moved. The common rules are in test/contracts/observer/tidying.ts.
 */

let rig: MailRig;
let user: RigUser;
beforeAll(async () => {
  rig = await startMailRig({
    dovecot: 'namespace inbox {\n  mailbox Archive {\n    special_use = \\Archive\n  }\n}\n',
  });
});
afterAll(() => rig.stop());
beforeEach(async () => {
  user = await rig.addUser();
  await doveadm('mailbox create Archive');
});

const doveadm = (command: string, ...args: readonly string[]): Promise<string> =>
  rig.doveadm([...command.split(' '), '-u', user.user, ...args]);
const open = (keys: ImapObserverOptions['keys'] = {}, port = rig.imapPort): Observer =>
  openImapObserver(user, { port, keys });

async function tidy(
  litter: Litter,
  manner: TidyManner,
  observer = open(),
): Promise<TidyResult | undefined> {
  return observer.tidy?.(litter, { manner, signal: new AbortController().signal });
}

/** A canary as a look names it where it arrived. */
async function arrived(folder?: string, observer = open()): Promise<Litter> {
  const { cursor } = await lookFrom(observer);
  await rig.deliver(user, testCanary().message, folder);
  const [seen] = (await lookFrom(observer, cursor)).observations;
  if (seen === undefined) throw new Error('the canary did not arrive');
  return { token: seen.token, externalId: seen.externalId, place: seen.place };
}

/** Folder, UID and flags of every mail there is. */
async function mails(): Promise<string[]> {
  const text = await rig.doveadm([
    '-f',
    'tab',
    'fetch',
    '-u',
    user.user,
    'mailbox uid flags',
    'all',
  ]);
  const [, ...lines] = text.trimEnd().split('\n');
  return lines
    .map((line) =>
      line
        .replaceAll('\t', ' ')
        .replace(/ ?\\Recent/g, '')
        .trim(),
    )
    .sort();
}

describe('tidying over IMAP', () => {
  test('mail that others have marked as deleted is not expunged by it', async () => {
    await rig.deliver(user, foreignMail());
    await rig.deliver(user, foreignMail(), 'Junk');
    const litter = await arrived();
    const misfiled = await arrived('Junk');
    await doveadm('flags add', '\\Deleted', 'mailbox', 'INBOX', 'uid', '1');
    await doveadm('flags add', '\\Deleted', 'mailbox', 'Junk', 'uid', '1');

    const results = [await tidy(litter, 'delete'), await tidy(misfiled, 'delete')];

    expect(results).toEqual(['done', 'done']);
    expect(await mails()).toEqual(['INBOX 1 \\Deleted', 'Junk 1 \\Deleted']);
  });

  test('a foreign mail under the number of a canary is left alone, flags and all', async () => {
    const litter = await arrived();
    await rig.deliver(user, foreignMail());
    const before = await mails();
    const [folder = '', validity = ''] = litter.externalId.split('/');
    const externalId = `${folder}/${validity}/2`;

    const results = [
      await tidy({ ...litter, externalId }, 'delete'),
      await tidy({ ...litter, externalId }, 'close'),
    ];

    expect(results).toEqual(['not_ours', 'not_ours']);
    expect(await mails()).toEqual(before);
  });

  test('an answer that quotes the canary is not ours', async () => {
    const litter = await arrived();
    const reply = `From: a@b.test\nSubject: Re: mailcanary ${litter.token.token}\nIn-Reply-To: <${litter.token.token}@x>\n\nthanks\n`;
    await rig.deliver(user, reply);
    const [folder = '', validity = ''] = litter.externalId.split('/');

    const result = await tidy({ ...litter, externalId: `${folder}/${validity}/2` }, 'delete');

    expect(result).toBe('not_ours');
    expect(await mails()).toHaveLength(2);
  });

  test('under a new UIDVALIDITY the old numbers mean nothing', async () => {
    const litter = await arrived();
    await doveadm('mailbox update', '--uid-validity', '4711', 'INBOX');
    const before = await mails();

    expect(await tidy(litter, 'delete')).toBe('gone');
    expect(await mails()).toEqual(before);
  });

  test('a folder that went is gone with its mails', async () => {
    await doveadm('mailbox create', 'Sorted');
    const keys = { folders: { INBOX: 'inbox', Sorted: 'inbox' } };
    const litter = await arrived('Sorted', open(keys));
    await doveadm('mailbox rename', 'Sorted', 'Elsewhere');

    expect(await tidy(litter, 'delete', open(keys))).toBe('gone');
    expect(await mails()).toEqual(['Elsewhere 1']);
  });

  test('close moves it to the archive, as read; there it is closed already', async () => {
    await rig.deliver(user, foreignMail());
    const observer = open();
    const litter = await arrived();

    const result = await tidy(litter, 'close', observer);
    const archived = await lookFrom(open({ folders: { INBOX: 'inbox', Archive: 'closed' } }));
    const [copy] = archived.observations;
    const again = await tidy({ ...litter, externalId: copy?.externalId ?? '' }, 'close', observer);

    expect([result, again]).toEqual(['done', 'done']);
    expect(copy?.externalId).toMatch(/^Archive\/\d+\/1$/);
    expect(await mails()).toEqual(['Archive 1 \\Seen', 'INBOX 1']);
  });

  test('close goes to the folder that is named, and says so when there is none', async () => {
    await doveadm('mailbox create', 'Done.2026');
    const litter = await arrived();

    const error = await failureOf(
      Promise.resolve(tidy(litter, 'close', open({ archive: 'Nowhere' }))),
    );
    const result = await tidy(litter, 'close', open({ archive: 'Done.2026' }));

    expect(error).toMatchObject({ reason: 'config', retryable: false });
    expect(error.message).toMatch(/^there is no folder "Nowhere"; there are: Archive, /);
    expect(result).toBe('done');
    expect(await mails()).toEqual(['Done.2026 1 \\Seen']);
  });

  test('check says what would be missing', async () => {
    const { signal } = new AbortController();
    const good = await open({ tidy: 'close' }).check(signal);
    const error = await failureOf(open({ tidy: 'close', archive: 'Nowhere' }).check(signal));

    expect(good.summary).toContain('INBOX = inbox');
    expect(good.facts.tidy).toMatchObject({ state: 'ok', mayClose: true, mayDelete: true });
    expect(good.facts.tidy.text).toBe(
      'close after 1h; INBOX may be changed, closed mail goes to Archive',
    );
    expect(error.message).toContain('there is no folder "Nowhere"');
  });

  test('a connection that ended is opened again; what it was about is still done', async () => {
    const proxy = await startProxy({ target: { port: rig.imapPort } });
    const observer = open({}, proxy.port);
    const [first, second, third] = [await arrived(), await arrived(), await arrived()];
    await tidy(first, 'delete', observer);
    proxy.setRules({ on: 'client-bytes', do: 'reset' });

    const error = await failureOf(Promise.resolve(tidy(second, 'delete', observer)));
    proxy.setRules();
    const results = [await tidy(second, 'delete', observer), await tidy(third, 'delete', observer)];
    await proxy.stop();

    expect(error.reason).toBe('unreachable');
    expect(results).toEqual(['done', 'done']);
    expect(await mails()).toEqual([]);
  });
});
