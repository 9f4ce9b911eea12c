import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  clockFact,
  inboxFact,
  loginFact,
  misfiledFact,
  NOT_COUNTED,
  readFact,
  tidyFact,
  type Rights,
} from '../facts.ts';
import type { ObserverFacts, ObserverReport } from '../observer.ts';
import { MonitorError } from '../../base/errors.ts';
import type { MaildirConfig } from './config.ts';
import { explain } from './failure.ts';
import type { Listed, Spool } from './spool.ts';
import type { SpoolWatch } from './watch.ts';

/** Tells what is there. @throws MonitorError */
export async function checkSpool(
  config: MaildirConfig,
  { spool, watch }: { readonly spool: Spool; readonly watch: SpoolWatch },
): Promise<ObserverReport> {
  const listed: Listed[] = [];
  for (const folder of spool.folders) listed.push(await spool.list(folder));
  const there = listed.filter(({ path }) => path !== undefined);
  if (config.tidy.manner !== 'keep') for (const { path } of there) await requireWriting(path ?? '');
  await watch.follow(there.map(({ path }) => path ?? ''));
  const described = there.map(
    ({ folder, listing }) => `${folder.name} = ${folder.place} (${listing.size} mails)`,
  );
  return {
    summary: `${config.path}: ${described.join(', ')}`,
    warnings: await warningsOf(config, there, { spool, watch }),
    facts: await factsOf(config, there, { spool, watch }),
  };
}

/** Local files are dated by our own clock. */
const SAME_CLOCK = { low: 0, high: 0 };

async function factsOf(
  config: MaildirConfig,
  there: readonly Listed[],
  { spool, watch }: { readonly spool: Spool; readonly watch: SpoolWatch },
): Promise<ObserverFacts> {
  const spots = there.map(({ folder: { name, place } }) => ({ name, place }));
  const isPushed = watch.watched() === there.length;
  const count = there.length === 1 ? '1 folder' : `${there.length} folders`;
  const news = isPushed ? 'new mail is pushed (inotify)' : 'no push';
  const clock = clockFact((await spool.isLocal()) ? SAME_CLOCK : undefined, 'files on a network');
  return {
    login: loginFact(
      null,
      `nobody logs in: ${config.path} is read as user ${process.getuid?.() ?? '?'}`,
    ),
    read: readFact(`${count}; ${news}`),
    tidy: tidyFact(config.tidy, await rightsOf(there)),
    inbox: inboxFact(spots, 'no folder is watched as inbox'),
    misfiled: misfiledFact(spots, { state: 'warn', why: 'no Junk or Spam folder is there' }),
    clock: clock.offset === null ? clock : { ...clock, text: 'that of this machine' },
    rate: NOT_COUNTED,
  };
}

async function rightsOf(there: readonly Listed[]): Promise<Rights> {
  const none = { close: false, delete: false } as const;
  try {
    for (const { path } of there) await requireWriting(path ?? '');
  } catch (error) {
    if (!(error instanceof MonitorError)) throw error;
    return { ...none, why: 'files may not be unlinked' };
  }
  return { ...none, delete: true, why: 'files may be unlinked; a Maildir has no archive' };
}

async function requireWriting(path: string): Promise<void> {
  for (const part of ['new', 'cur']) {
    try {
      await access(join(path, part), constants.W_OK);
    } catch (error) {
      throw explain(error, join(path, part));
    }
  }
}

async function warningsOf(
  config: MaildirConfig,
  there: readonly Listed[],
  { spool, watch }: { readonly spool: Spool; readonly watch: SpoolWatch },
): Promise<readonly string[]> {
  const warnings: string[] = [];
  const places = there.map(({ folder }) => folder.place);
  if (!places.includes('inbox')) warnings.push('no folder is watched as inbox');
  if (!places.includes('spam'))
    warnings.push('no Junk or Spam folder is there: a canary filtered as spam would be overdue');
  if (watch.watched() < there.length)
    warnings.push('new mail is not pushed (inotify): it is noticed by looking only');
  if (!(await spool.isLocal()))
    warnings.push('it is on a network: mail is noticed by looking, and file times are not ours');
  const { uid } = await stat(config.path);
  const own = process.getuid?.();
  if (own !== 0 && own !== uid)
    warnings.push('it belongs to somebody else: reading changes the access times of files');
  return warnings;
}
