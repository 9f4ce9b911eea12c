import { MonitorError, type Reason } from '../../base/errors.ts';
import { parseHops, parseMailDate } from '../../domain/hops.ts';
import { recogniseTokens } from '../../domain/token-text.ts';
import type { TokenKeys } from '../../domain/token.ts';
import {
  foreignMessageId,
  judgeLetter,
  parseHeaders,
  type Finding,
  type Headers,
} from '../letter.ts';
import type { Observation } from '../observer.ts';
import type { Feed, FeedItem } from './feed.ts';

/** Whether it may be ours, or pretends to be. All other mail is passed over and not remembered. */
export function isMarked({ headers, text }: FeedItem, keys: TokenKeys): boolean {
  const shown = [...headers.values()].map((values) => values.join('\n'));
  return [...shown, text].some((part) => isMarkedText(part, keys));
}

/** Whether our word or a token stands in a text. */
export function isMarkedText(text: string, keys: TokenKeys): boolean {
  const { tokens, hasForeignMark } = recogniseTokens(text, keys);
  return tokens.length > 0 || hasForeignMark || /mailcanary/i.test(text.slice(0, 1_000));
}

export interface Judgement {
  readonly finding: Finding;
  /** What to report where it is an arrival. */
  readonly observation: Observation | undefined;
}

/** By the headers of the original mail where `source` has them, else by what the list shows. */
export function judge(item: FeedItem, source: Headers | undefined, keys: TokenKeys): Judgement {
  const whole = item.isWhole ? item.headers : source;
  const finding = judgeLetter(whole ?? item.headers, keys, item.text);
  if (finding.type !== 'arrival') return { finding, observation: undefined };
  const { externalId, place, stamp } = item;
  const observation = {
    token: finding.token,
    externalId,
    place,
    stamp,
    hops: parseHops(whole?.get('received') ?? []),
    foreignMessageId: whole === undefined ? null : foreignMessageId(whole, finding.token),
    mailDate: parseMailDate(whole?.get('date')?.[0] ?? '') ?? null,
  };
  return { finding, observation };
}

/** The headers of the mail as it came, where they can be had. */
export interface Source {
  readonly headers: Headers | undefined;
  /** False where another time may have more luck. */
  readonly isFinal: boolean;
}

/** Of one that was not asked for. */
export const NOT_NOW: Source = { headers: undefined, isFinal: false };

/** What another time says the same: it is kept for some days only, or is not what it should be. */
const FINAL: readonly Reason[] = ['config', 'bad-reply'];

/** Hops are a gift: no look fails for them. */
export async function sourceOf(feed: Feed, item: FeedItem, signal: AbortSignal): Promise<Source> {
  try {
    return { headers: await feed.source?.(item, signal), isFinal: true };
  } catch (error) {
    if (!(error instanceof MonitorError) || error.reason === 'aborted') throw error;
    return { headers: undefined, isFinal: FINAL.includes(error.reason) };
  }
}

/** The headers of a whole mail; its text is passed over. */
export function headersOfSource(source: string): Headers {
  const end = /\r?\n\r?\n/.exec(source)?.index;
  return parseHeaders(Buffer.from(source.slice(0, end), 'latin1'));
}
