import type { FetchMessageObject } from 'imapflow';
import type { Instant } from '../../base/clock.ts';
import { parseHeaders, type Headers } from '../letter.ts';

export {
  foreignMessageId,
  HEADERS_READ,
  judgeLetter,
  parseHeaders,
  type Finding,
  type Headers,
} from '../letter.ts';

/** One mail of a folder, reduced to what a look needs. */
export interface Letter {
  readonly uid: number;
  /** Marked \Deleted: gone for a person, still there until somebody expunges. */
  readonly deleted: boolean;
  /** INTERNALDATE, whole seconds. */
  readonly receivedAt: Instant | undefined;
  readonly headers: Headers;
}

/** A FETCH reply as a letter, or undefined for one without the mail (a flag change in between). */
export function readLetter(message: FetchMessageObject): Letter | undefined {
  const { uid, headers, internalDate, flags } = message;
  if (!Number.isSafeInteger(uid) || headers === undefined) return undefined;
  const at = internalDate instanceof Date ? internalDate.getTime() : Number.NaN;
  return {
    uid,
    deleted: flags?.has('\\Deleted') === true,
    receivedAt: Number.isFinite(at) ? at : undefined,
    headers: parseHeaders(headers),
  };
}
