import type { Instant } from '../../base/clock.ts';
import { MonitorError } from '../../base/errors.ts';
import { MARKER_HEADER } from '../../domain/marker.ts';
import type { TokenKeys } from '../../domain/token.ts';
import { textOf } from '../body.ts';
import type { Line, OpenFolder } from './connection.ts';
import type { FolderMark } from './cursor.ts';
import { explain } from './failure.ts';
import { missingFolder, listFolders } from './folders.ts';
import { HEADERS_READ, judgeLetter, readLetter, type Finding, type Letter } from './reply.ts';

/** Mails read in one folder in one look; what is beyond waits for the next one. */
export const MAILS_PER_LOOK = 500;
/** Bodies read in one folder in one look, and how much of each. */
const BODIES_PER_LOOK = 20;
const BODY_BYTES = 16 * 1_024;
const DAY_MS = 86_400_000;

export interface Found {
  readonly letter: Letter;
  readonly finding: Finding;
}

/** What is new in one folder. */
export interface Reading {
  readonly found: readonly Found[];
  readonly mark: FolderMark;
  /** Nothing new was left for the next look. */
  readonly finished: boolean;
}

export interface ReadingOptions {
  readonly keys: TokenKeys;
  /** How far the last look came; undefined at the first. */
  readonly mark: FolderMark | undefined;
  readonly since: Instant;
}

/** Opens a folder for reading only (EXAMINE): nothing in it changes by that, not even \Recent. */
export async function openFolder(line: Line, path: string): Promise<OpenFolder> {
  return open(line, path, { readOnly: true });
}

/**
 * Opens a folder for changes (SELECT), on a line that nobody looks by; undefined when it is gone. It stays open: CLOSE
 * (RFC 9051 section 6.4.1) would take away whatever anybody has marked as deleted.
 *
 * @throws MonitorError `refused` where the login may only read.
 */
export async function openToChange(line: Line, path: string): Promise<OpenFolder | undefined> {
  try {
    if (line.folder?.path !== path) return await open(line, path, { readOnly: false });
    // Or Dovecot answers for mail that came since as if it were not there.
    await refreshFolder(line);
    return line.folder;
  } catch (error) {
    if (error instanceof MonitorError && error.reason === 'config') return undefined;
    throw error;
  }
}

async function open(
  line: Line,
  path: string,
  options: { readonly readOnly: boolean },
): Promise<OpenFolder> {
  line.folder = undefined;
  try {
    const opened = await line.client.mailboxOpen(path, { ...options });
    const { uidValidity, uidNext, exists } = opened;
    if (!options.readOnly && opened.readOnly === true) throw onlyRead(line, path);
    const folder = { path, uidValidity: Number(uidValidity), uidNext, exists, grown: 0 };
    if (!isUid(folder.uidValidity) || !isUid(uidNext)) throw withoutUids(path);
    line.folder = folder;
    return folder;
  } catch (error) {
    throw await folderError(line, path, error);
  }
}

/** Asks for news of the open folder (NOOP); what is new shows in `grown`. */
export async function refreshFolder(line: Line): Promise<void> {
  const refusals = line.refusals();
  await line.client.noop();
  if (line.refusals() > refusals) throw refused(line, 'NOOP');
}

export interface FolderStatus extends FolderMark {
  readonly messages: number;
}

/** Of a folder that is not open. */
export async function folderStatus(line: Line, path: string): Promise<FolderStatus> {
  const query = { uidNext: true, uidValidity: true, messages: true };
  try {
    const status = await line.client.status(path, query);
    if (status === false) throw refused(line, `STATUS of "${path}"`);
    const { uidNext = 0, messages = 0 } = status;
    const uidValidity = Number(status.uidValidity);
    if (!isUid(uidValidity) || !isUid(uidNext)) throw withoutUids(path);
    return { uidValidity, uidNext, messages };
  } catch (error) {
    throw await folderError(line, path, error);
  }
}

/** The greatest UID of the mails in the open folder; 0 where there are none. */
export async function lastUid(line: Line): Promise<number> {
  if (line.folder?.exists === 0) return 0;
  let last = 0;
  for await (const { uid } of line.client.fetch('*', { uid: true })) last = Math.max(last, uid);
  return last;
}

/** Reads what is new in the open folder. */
export async function readFolder(
  line: Line,
  folder: OpenFolder,
  options: ReadingOptions,
): Promise<Reading> {
  const { uidValidity } = folder;
  const from = options.mark?.uidValidity === uidValidity ? options.mark.uidNext : undefined;
  const known = folder.grown;
  const unread = from === undefined ? folder.exists : Math.max(0, folder.uidNext - from);
  if (unread + known === 0) {
    const uidNext = Math.max(from ?? 0, folder.uidNext);
    return { found: [], mark: { uidValidity, uidNext }, finished: true };
  }
  const few = from !== undefined && unread + known <= MAILS_PER_LOOK;
  const uids = few ? undefined : await findUids(line, from, options.since);
  const batch = uids?.slice(0, MAILS_PER_LOOK);
  const range = batch === undefined ? `${from ?? 1}:*` : packUids(batch);
  const letters = range === '' ? [] : await fetchRange(line, range, from ?? 1);
  const found = await judgeAll(line, letters, options.keys);

  const finished = batch?.length === uids?.length;
  const last = Math.max(0, ...(uids ?? letters.map(({ uid }) => uid)).slice(-1));
  folder.uidNext = Math.max(folder.uidNext, last + 1);
  folder.grown = Math.max(0, folder.grown - known);
  const reached = finished ? Math.max(folder.uidNext, from ?? 0) : (batch?.at(-1) ?? last) + 1;
  return { found, mark: { uidValidity, uidNext: reached }, finished };
}

/** The mails of these UIDs in the open folder, read as a look reads them. `uids` ascend. */
export async function readMails(
  line: Line,
  uids: readonly number[],
  keys: TokenKeys,
): Promise<readonly Found[]> {
  return judgeAll(line, await fetchLetters(line, uids), keys);
}

/** The heads of these mails in the open folder. `uids` ascend. */
export function fetchLetters(line: Line, uids: readonly number[]): Promise<readonly Letter[]> {
  return fetchRange(line, packUids(uids), 1);
}

/** UIDs that are there and not \Deleted, of those given, in the open folder. */
export async function stillThere(
  line: Line,
  uids: readonly number[],
): Promise<ReadonlySet<number>> {
  const present = new Set<number>();
  const query = { uid: true, flags: true };
  for await (const { uid, flags } of line.client.fetch(packUids(uids), query, { uid: true }))
    if (flags?.has('\\Deleted') !== true) present.add(uid);
  return present;
}

/** A sequence set (RFC 9051 section 9): `1:3,7`. `uids` ascend. */
export function packUids(uids: readonly number[]): string {
  const runs: [first: number, last: number][] = [];
  for (const uid of uids) {
    const run = runs.at(-1);
    if (run !== undefined && run[1] === uid - 1) run[1] = uid;
    else runs.push([uid, uid]);
  }
  return runs.map(([first, last]) => (first === last ? `${first}` : `${first}:${last}`)).join(',');
}

/**
 * From a UID on, or (no mark: first look, or the server began to count anew)
 * by date. SINCE compares days in the server's own zone, hence a day more.
 */
async function findUids(
  line: Line,
  from: number | undefined,
  since: Instant,
): Promise<readonly number[]> {
  const query = from === undefined ? { since: new Date(since - DAY_MS) } : { uid: `${from}:*` };
  const uids = await line.client.search(query, { uid: true });
  if (uids === undefined || uids === false) throw refused(line, 'SEARCH');
  return uids.filter((uid) => uid >= (from ?? 1)).sort((a, b) => a - b);
}

/** `n:*` always answers with the last mail, even if its UID is less than n. */
async function fetchRange(line: Line, range: string, from: number): Promise<readonly Letter[]> {
  const letters: Letter[] = [];
  const headers = [...HEADERS_READ, MARKER_HEADER];
  const query = { uid: true, flags: true, internalDate: true, headers };
  for await (const message of line.client.fetch(range, query, { uid: true })) {
    const letter = readLetter(message);
    if (letter !== undefined && letter.uid >= from) letters.push(letter);
  }
  return letters.sort((a, b) => a.uid - b.uid);
}

async function judgeAll(
  line: Line,
  letters: readonly Letter[],
  keys: TokenKeys,
): Promise<readonly Found[]> {
  const found = letters.map((letter) => ({ letter, finding: judgeLetter(letter.headers, keys) }));
  const unclear = found.filter(({ finding }) => finding.type === 'look-inside');
  if (unclear.length === 0) return found;
  const uids = unclear.slice(0, BODIES_PER_LOOK).map(({ letter }) => letter.uid);
  const bodies = await fetchBodies(line, uids);
  return found.map(({ letter, finding }) => ({
    letter,
    finding:
      finding.type === 'look-inside'
        ? judgeLetter(letter.headers, keys, bodies.get(letter.uid) ?? '')
        : finding,
  }));
}

/** The first texts of a few mails (BODY.PEEK: they stay unseen). */
async function fetchBodies(
  line: Line,
  uids: readonly number[],
): Promise<ReadonlyMap<number, string>> {
  const query = {
    uid: true,
    headers: ['MIME-Version', 'Content-Type', 'Content-Transfer-Encoding'],
    bodyParts: [{ key: 'TEXT', maxLength: BODY_BYTES }],
  };
  const raw = new Map<number, Buffer>();
  for await (const message of line.client.fetch(packUids(uids), query, { uid: true })) {
    const body = message.bodyParts?.get('text');
    if (message.headers !== undefined && body !== undefined)
      raw.set(message.uid, Buffer.concat([message.headers, body]));
  }
  const texts = new Map<number, string>();
  for (const [uid, bytes] of raw) texts.set(uid, await textOf(bytes));
  return texts;
}

async function folderError(line: Line, path: string, error: unknown): Promise<Error> {
  const known = explain(error, line.context);
  if (!line.client.usable || !isMissing(error)) return known;
  const listed = await listFolders(line);
  // it may have come back meanwhile
  return listed.some((entry) => entry.path === path) ? known : missingFolder(path, listed);
}

/** What imapflow finds out by itself when SELECT or STATUS is refused. */
function isMissing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (
    ('mailboxMissing' in error && error.mailboxMissing === true) ||
    ('code' in error && error.code === 'NotFound')
  );
}

function isUid(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0;
}

function withoutUids(path: string): MonitorError {
  return new MonitorError(`the server gives no UIDNEXT or UIDVALIDITY for "${path}"`, {
    reason: 'bad-reply',
    retryable: true,
  });
}

function onlyRead(line: Line, path: string): MonitorError {
  const message = `${line.context.server}: this login may read "${path}" and not change it`;
  return new MonitorError(message, { reason: 'refused', retryable: true });
}

/** imapflow says no more than that there was no answer: it was a refusal, or the connection broke. */
function refused(line: Line, what: string): MonitorError {
  const isBroken = line.closed.aborted || !line.client.usable;
  const words = isBroken
    ? `${line.context.server}: no connection: it broke during ${what}`
    : `the server refused ${what}`;
  return new MonitorError(words, {
    reason: isBroken ? 'unreachable' : 'refused',
    retryable: true,
  });
}
