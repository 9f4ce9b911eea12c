import { MonitorError } from '../../base/errors.ts';
import type { TokenKeys } from '../../domain/token.ts';
import type { Litter, TidyManner, TidyResult } from '../observer.ts';
import type { ImapConfig } from './config.ts';
import type { Line } from './connection.ts';
import { listFolders, planArchive } from './folders.ts';
import { openToChange, readMails } from './reading.ts';

/** A copy by its name: folder, UIDVALIDITY, UID. A folder's path may have slashes. */
const COPY = /^(.+)\/([1-9]\d*)\/([1-9]\d*)$/s;

export interface TidyOptions {
  readonly manner: TidyManner;
  readonly keys: TokenKeys;
  readonly config: Pick<ImapConfig, 'archive'>;
}

/**
 * Cleans one mail away, by its UID within its UIDVALIDITY, after its token was read there again.
 * Nothing else in the folder is touched; other people's \Deleted mail least of all.
 *
 * @throws MonitorError
 */
export async function tidyMail(
  line: Line,
  litter: Litter,
  options: TidyOptions,
): Promise<TidyResult> {
  const [, path = '', uidValidity, digits] = COPY.exec(litter.externalId) ?? [];
  const uid = Number(digits);
  if (path === '' || !Number.isSafeInteger(uid)) return 'gone'; // no name of ours: nothing can be there
  requireExactness(line, options.manner);
  const archive = options.manner === 'close' ? await findArchive(line, options.config) : undefined;
  const folder = await openToChange(line, path);
  if (folder === undefined || String(folder.uidValidity) !== uidValidity) return 'gone';
  // A server may add replies about other mails.
  const mails = await readMails(line, [uid], options.keys);
  const mail = mails.find(({ letter }) => letter.uid === uid);
  if (mail === undefined) return 'gone';
  const { finding } = mail;
  if (finding.type !== 'arrival' || finding.token.token !== litter.token.token) return 'not_ours';
  if (archive === undefined) await deleteMail(line, uid);
  else await moveMail(line, uid, archive);
  return 'done';
}

/**
 * A plain EXPUNGE (RFC 9051 section 6.4.3) would take away all that anybody has marked as deleted, and imapflow
 * falls back on it; so neither is ever asked for where the server cannot do better.
 *
 * @throws MonitorError `config`
 */
export function requireExactness(line: Line, manner: TidyManner): void {
  const { capabilities } = line.client;
  if (capabilities.has('UIDPLUS') || (manner === 'close' && capabilities.has('MOVE'))) return;
  const wanted = manner === 'close' ? 'neither MOVE nor UIDPLUS' : 'no UIDPLUS';
  throw new MonitorError(
    `${line.context.server} has ${wanted}, so a single mail cannot be taken away without others: write tidy: keep`,
    { reason: 'config', retryable: false },
  );
}

/** @throws MonitorError `config`; `instead` is what to write then. */
export function requireUidPlus(line: Line, instead: string): void {
  if (line.client.capabilities.has('UIDPLUS')) return;
  throw new MonitorError(
    `${line.context.server} has no UIDPLUS, so a single mail cannot be taken away without others: write ${instead}`,
    { reason: 'config', retryable: false },
  );
}

/** The path of the folder for closed mail. @throws MonitorError `config` where there is none. */
export async function findArchive(
  line: Line,
  config: Pick<ImapConfig, 'archive'>,
): Promise<string> {
  line.archive ??= planArchive(await listFolders(line), config.archive);
  return line.archive;
}

async function deleteMail(line: Line, uid: number): Promise<void> {
  // UID STORE +FLAGS (\Deleted), then UID EXPUNGE of this one (RFC 4315)
  const isDone = await line.client.messageDelete(String(uid), { uid: true });
  if (!isDone) throw refused(line, 'to delete it');
}

/** Read, so that nobody's count of unread mail has it, and out of the way. */
async function moveMail(line: Line, uid: number, archive: string): Promise<void> {
  const isSeen = await line.client.messageFlagsAdd(String(uid), ['\\Seen'], { uid: true });
  if (!isSeen) throw refused(line, 'to mark it as read');
  if (line.folder?.path === archive) return;
  const moved = await line.client.messageMove(String(uid), archive, { uid: true });
  if (moved === false) throw refused(line, `to move it to "${archive}"`);
}

/** imapflow answers with false whatever was in the way, a lost connection included. */
function refused(line: Line, what: string): MonitorError {
  const { server } = line.context;
  if (line.closed.aborted || !line.client.usable) {
    const message = `${server}: the connection broke, asked ${what}`;
    return new MonitorError(message, { reason: 'unreachable', retryable: true });
  }
  const message = `${server} refused ${what}, a canary in "${line.folder?.path ?? ''}"`;
  return new MonitorError(message, { reason: 'refused', retryable: true });
}
