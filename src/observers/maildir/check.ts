import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ObserverReport } from '../observer.ts';
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
  };
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
