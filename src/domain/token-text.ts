import { decodeWords } from 'postal-mime';
import { MARK, TOKEN_LENGTH, verifyToken, type Token, type TokenKeys } from './token.ts';

/** No more of a text is read; headers and the first text part of a canary are far shorter. */
const TEXT_LIMIT = 64 * 1_024;
/** Candidate words tried in one text: a mail made of nothing but marks costs this many HMACs and no more. */
const CANDIDATE_LIMIT = 32;

/**
 * Also in the middle of a word: taking out a tag joins what stood on both of
 * its sides. The signature tells ours from chance.
 */
const CANDIDATES = new RegExp(`${MARK}[sbm][a-z2-7]{${TOKEN_LENGTH - MARK.length - 1}}`, 'gi');
const MARKED = new RegExp(`(?<![A-Za-z0-9])${MARK}[sbm][a-z2-7]{12}`, 'i');
/** Tags, and what is invisible: soft hyphen, zero-width space, joiners and byte order mark, as entity or character. */
const WRAPPING =
  /<[^<>]{0,1000}>|&(?:shy|zwnj|zwj|ZeroWidthSpace|NoBreak|#173|#820[345]|#8288|#65279|#x0{0,2}ad|#x200[bcd]|#x2060|#xfeff);|[\u00ad\u200b-\u200d\u2060\ufeff]/gi;
const SOFT_BREAK = /=[ \t]*\r?\n/g;
const FOLD = /\r?\n[ \t]+/g;

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
  const readings = readingsOf(text.slice(0, TEXT_LIMIT));
  const candidates = new Set<string>();
  for (const reading of readings) {
    for (const [word] of reading.matchAll(CANDIDATES)) {
      if (candidates.size < CANDIDATE_LIMIT) candidates.add(word.toLowerCase());
    }
  }
  const tokens = [...candidates]
    .map((word) => verifyToken(word, keys))
    .filter((token) => token !== undefined);
  const isMarked = readings.some((reading) => MARKED.test(reading));
  return { tokens, hasForeignMark: tokens.length === 0 && isMarked };
}

/** The text as it stands, and with each kind of wrapping taken off; each different one once. */
function readingsOf(text: string): readonly string[] {
  const lines = [
    text,
    text.replace(FOLD, ''),
    text.includes('=?') ? decodeWords(text.replace(FOLD, ' ')) : text,
    text.replace(SOFT_BREAK, ''),
  ];
  return [...new Set([...lines, ...lines.map((line) => line.replace(WRAPPING, ''))])];
}
