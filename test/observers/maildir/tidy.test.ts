import { readdir, rename, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { MaildirConfig } from '../../../src/observers/maildir/config.ts';
import type { Litter, TidyResult } from '../../../src/observers/observer.ts';
import { lookFrom } from '../../contracts/observer/looks.ts';
import { foreignMail, testCanary } from '../../contracts/observer/mails.ts';
import { createSpoolFolder, type TestSpool } from './spool.ts';

let spool: TestSpool;
beforeEach(async () => {
  spool = await createSpoolFolder();
});

async function arrived(): Promise<{ readonly litter: Litter; readonly file: string }> {
  const { message } = testCanary();
  const file = await spool.deliver(message);
  const look = await lookFrom(spool.open());
  const seen = look.observations.find(({ externalId }) => externalId === basename(file));
  if (seen === undefined) throw new Error('the canary did not arrive');
  return { litter: seen, file };
}

async function tidy(litter: Litter): Promise<TidyResult | undefined> {
  const { signal } = new AbortController();
  return spool.open().tidy?.(litter, { manner: 'delete', signal });
}

const files = async (): Promise<string[]> =>
  (await readdir(spool.path, { recursive: true })).filter((file) => /(new|cur)\/./.test(file));

describe('tidying a Maildir', () => {
  test('takes the file under the name that it has by now', async () => {
    const { litter, file } = await arrived();
    await spool.makeFolder('.Junk');
    await rename(file, join(spool.path, '.Junk', 'cur', `${basename(file)}:2,FS`));
    await spool.deliver(foreignMail(), { name: '9.foreign' });

    expect(await tidy(litter)).toBe('done');
    expect(await files()).toEqual(['new/9.foreign']);
  });

  test('a foreign mail under the name of a canary is left alone', async () => {
    const { litter, file } = await arrived();
    await writeFile(file, foreignMail());

    expect(await tidy(litter)).toBe('not_ours');
    expect(await files()).toEqual([`new/${basename(file)}`]);
  });

  test('an answer that quotes the canary is not ours', async () => {
    const { litter, file } = await arrived();
    const { token } = litter.token;
    await writeFile(
      file,
      `Subject: Re: mailcanary ${token}\nIn-Reply-To: <${token}@x>\n\nthanks\n`,
    );

    expect(await tidy(litter)).toBe('not_ours');
  });

  test('closing is refused where it is written down', () => {
    const parsed = MaildirConfig.safeParse({ type: 'maildir', path: '/x', tidy: 'close' });

    expect(parsed.error?.issues[0]?.message).toBe(
      'must be keep or delete: a Maildir has no archive of its own',
    );
  });
});
