import { lstat, unlink } from 'node:fs/promises';
import type { TokenKeys } from '../../domain/token.ts';
import { judgeLetter, type Finding } from '../letter.ts';
import type { Litter, TidyResult } from '../observer.ts';
import { codeOf, explain } from './failure.ts';
import type { Entry } from './listing.ts';
import { withMail, type MailFile } from './reply.ts';
import type { Spool } from './spool.ts';

/** A file that is renamed between being read and being unlinked is looked up again. */
const ATTEMPTS = 5;

/** Unlinks the file of a canary after it was read again, and no other: it is the file that was read, by its inode. */
export async function tidyAway(
  { spool, keys }: { readonly spool: Spool; readonly keys: TokenKeys },
  { externalId, token }: Litter,
): Promise<TidyResult> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const [entry] = await spool.find(externalId);
    if (entry === undefined) return 'gone';
    const result = await withMail(entry, async (mail) => {
      const finding = await findingOf(mail, keys);
      const isOurs = finding.type === 'arrival' && finding.token.token === token.token;
      if (!isOurs) return 'not_ours';
      return (await unlinkExactly(entry, mail.inode)) ? 'done' : undefined;
    });
    if (result !== undefined) return result;
  }
  return 'gone';
}

async function findingOf(mail: MailFile, keys: TokenKeys): Promise<Finding> {
  const finding = judgeLetter(mail.headers, keys);
  return finding.type === 'look-inside'
    ? judgeLetter(mail.headers, keys, await mail.text())
    : finding;
}

/** False where another file, or none, has that name by now. */
async function unlinkExactly({ path }: Entry, inode: bigint): Promise<boolean> {
  try {
    const { ino } = await lstat(path, { bigint: true });
    if (ino !== inode) return false;
    await unlink(path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw explain(error, path);
  }
}
