import { decodeWords } from 'postal-mime';
import { MARK, TOKEN_LENGTH, verifyToken, type Token, type TokenKeys } from './token.ts';

/** No more of a text is read; headers and the first text part of a canary are far shorter. */
const TEXT_LIMIT = 64 * 1_024;
/** Candidate words tried in one text: a mail made of nothing but marks costs this many HMACs and no more. */
const CANDIDATE_LIMIT = 32;

const CANDIDATES = new RegExp(
  `(?<![A-Za-z0-9])${MARK}[sbm][a-z2-7]{${TOKEN_LENGTH - MARK.length - 1}}(?![A-Za-z0-9])`,
  'gi',
);
const MARKED = new RegExp(`(?<![A-Za-z0-9])${MARK}[sbm][a-z2-7]{12}`, 'i');

export interface Recognition {
  /** The tokens of ours that the text carries, each once, in the order of their first appearance. */
  readonly tokens: readonly Token[];
  /** The text carries something that looks like a token of some mailcanary, but not of this one. */
  readonly hasForeignMark: boolean;
}

/**
 * Finds our tokens in a header value or a body, whatever mail systems did to
 * it: folding, encoded words (RFC 2047, also a token split over two of them),
 * quoted-printable soft breaks (RFC 2045 section 6.7), HTML tags around or
 * inside the word, changed case, reply prefixes and subject tags.
 */
export function recogniseTokens(text: string, keys: TokenKeys): Recognition {
  const head = text.slice(0, TEXT_LIMIT);
  const candidates = new Set<string>();
  for (const reading of readingsOf(head)) {
    for (const [word] of reading.matchAll(CANDIDATES)) {
      if (candidates.size < CANDIDATE_LIMIT) candidates.add(word.toLowerCase());
    }
  }
  const tokens = [...candidates]
    .map((word) => verifyToken(word, keys))
    .filter((token) => token !== undefined);
  return { tokens, hasForeignMark: tokens.length === 0 && MARKED.test(head) };
}

/** The text as it stands, and with each kind of wrapping taken off; only where there is such wrapping. */
function readingsOf(text: string): readonly string[] {
  const readings = [text];
  const unfolded = text.replace(/\r?\n(?=[ \t])/g, '');
  if (unfolded.includes('=?')) readings.push(decodeWords(unfolded));
  if (/=\r?\n/.test(text)) readings.push(text.replace(/=[ \t]*\r?\n/g, ''));
  for (const reading of [...readings]) {
    if (reading.includes('<')) readings.push(reading.replace(/<[^<>]{0,1000}>/g, ''));
    if (reading.includes('&'))
      readings.push(reading.replace(/&(?:shy|#173|#xad|ZeroWidthSpace|#8203|#x200b);/gi, ''));
  }
  return readings;
}
