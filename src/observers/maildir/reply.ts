import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import type { Stamp } from '../../domain/sighting.ts';
import { textOf } from '../body.ts';
import { HEADERS_READ, parseHeaders, type Headers } from '../letter.ts';
import { codeOf, explain } from './failure.ts';
import type { Entry } from './listing.ts';

/** A mail's file, open for reading only. */
export interface MailFile {
  readonly headers: Headers;
  /** Names the file itself, whatever it is called by now. */
  readonly inode: bigint;
  readonly stamp: Stamp | null;
  /** The first text of the body, decoded; reads a little more. */
  readonly text: () => Promise<string>;
}

/** The kernel notes times in steps of its tick, at most so long. */
export const STAMP_QUANTUM_MS = 10;
/** Header and body are read up to here, in bytes; the header in pieces of these sizes. */
const HEADER_SIZES = [16, 128, 1_024].map((kib) => kib * 1_024);
const BODY_BYTES = 16 * 1_024;
const NAMES = new Set([...HEADERS_READ, 'Date'].map((name) => name.toLowerCase()));

/** Opens a mail, hands it to `work` and closes it; undefined when it is not there any more, or is no file. @throws MonitorError */
export async function withMail<T>(
  entry: Entry,
  work: (mail: MailFile) => Promise<T>,
): Promise<T | undefined> {
  const { path } = entry;
  let file: FileHandle | undefined;
  try {
    file = await openQuietly(path);
    const stat = await file.stat({ bigint: true });
    if (!stat.isFile()) return undefined;
    const size = Number(stat.size);
    const { bytes, end } = await readHeader(file, size);
    const opened = file;
    return await work({
      headers: headersRead(bytes.subarray(0, end)),
      inode: stat.ino,
      stamp: entry.isNew ? stampOf(Number(stat.ctimeNs) / 1e6) : null,
      text: async () => textOf(await readFrom(opened, Math.min(size, end + BODY_BYTES))),
    });
  } catch (error) {
    // `ELOOP`: a link, which no delivery makes
    if (['ENOENT', 'ELOOP', 'ENXIO'].includes(codeOf(error))) return undefined;
    throw explain(error, path);
  } finally {
    await file?.close();
  }
}

/** Without a trace, where that is allowed: the time of the last access stays for the owner and for root. */
async function openQuietly(path: string): Promise<FileHandle> {
  // a pipe would wait for a writer
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  try {
    return await open(path, flags | constants.O_NOATIME);
  } catch (error) {
    if (codeOf(error) !== 'EPERM') throw error;
    return open(path, flags);
  }
}

/**
 * While a file is in `new`, its last change is its delivery: the rename from
 * `tmp`. Afterwards each flag changes that time, so that it says nothing.
 */
function stampOf(changedAt: number): Stamp {
  return { at: changedAt, quantumMs: STAMP_QUANTUM_MS, source: 'ctime' };
}

async function readHeader(
  file: FileHandle,
  size: number,
): Promise<{ readonly bytes: Buffer; readonly end: number }> {
  let bytes: Buffer = Buffer.alloc(0);
  for (const wanted of HEADER_SIZES) {
    bytes = await readFrom(file, Math.min(size, wanted));
    const end = headerEnd(bytes);
    if (end !== undefined) return { bytes, end };
    if (bytes.length < wanted) break;
  }
  return { bytes, end: bytes.length };
}

async function readFrom(file: FileHandle, size: number): Promise<Buffer> {
  const bytes = Buffer.alloc(size);
  let filled = 0;
  while (filled < size) {
    const { bytesRead } = await file.read(bytes, filled, size - filled, filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}

function headerEnd(bytes: Buffer): number | undefined {
  const ends = ['\n\n', '\r\n\r\n'].map((mark) => bytes.indexOf(mark)).filter((at) => at >= 0);
  return ends.length === 0 ? undefined : Math.min(...ends);
}

function headersRead(bytes: Uint8Array): Headers {
  return new Map([...parseHeaders(bytes)].filter(([name]) => NAMES.has(name)));
}
