import type { Instant } from '../../base/clock.ts';
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
import type { Api } from './api.ts';
import { placeOf, stampOf, type Conversation, type Thread } from './reply.ts';

/** A thread that came by mail, in its conversation. */
export interface Letter {
  readonly conversation: Conversation;
  readonly thread: Thread;
  /** Later ones answer it, whatever they say. */
  readonly isFirst: boolean;
}

/** The threads that customers wrote, oldest first; notes, answers and line items are none. */
export function lettersOf(
  conversation: Conversation,
  threads: readonly Thread[],
): readonly Letter[] {
  return threads
    .filter(({ type, state }) => type === 'customer' && state !== 'draft')
    .sort((a, b) => a.createdAt.localeCompare(b.createdAt))
    .map((thread, index) => ({ conversation, thread, isFirst: index === 0 }));
}

/** Whether it may be ours, or pretends to be. All other mail is passed over and not remembered. */
export function isMarked({ conversation, thread }: Letter, keys: TokenKeys): boolean {
  return isMarkedText(conversation.subject, keys) || isMarkedText(thread.body, keys);
}

export function isMarkedText(text: string, keys: TokenKeys): boolean {
  const { tokens, hasForeignMark } = recogniseTokens(text, keys);
  return tokens.length > 0 || hasForeignMark || /mailcanary/i.test(text.slice(0, 1_000));
}

export interface Judgement {
  readonly finding: Finding;
  /** What to report where it is an arrival. */
  readonly observation: Observation | undefined;
}

/** By the headers of the original mail where `headers` has them, else by what the API shows. */
export function judge(letter: Letter, headers: Headers | undefined, keys: TokenKeys): Judgement {
  const { conversation, thread } = letter;
  const finding = judgeLetter(headers ?? shownHeaders(letter), keys, thread.body);
  if (finding.type !== 'arrival') return { finding, observation: undefined };
  const observation = {
    token: finding.token,
    externalId: `${conversation.id}:${thread.id}`,
    place: placeOf(conversation),
    stamp: stampOf(thread),
    hops: parseHops(headers?.get('received') ?? []),
    foreignMessageId: headers === undefined ? null : foreignMessageId(headers, finding.token),
    mailDate: dateOf(headers),
  };
  return { finding, observation };
}

/** The headers of the mail as it came to Help Scout, where they can be had. */
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
export async function originalHeaders(
  api: Pick<Api, 'source'>,
  { conversation, thread }: Letter,
  signal: AbortSignal,
): Promise<Source> {
  try {
    const source = await api.source(conversation.id, thread.id, signal);
    const end = /\r?\n\r?\n/.exec(source)?.index;
    return { headers: parseHeaders(Buffer.from(source.slice(0, end), 'latin1')), isFinal: true };
  } catch (error) {
    if (!(error instanceof MonitorError) || error.reason === 'aborted') throw error;
    return { headers: undefined, isFinal: FINAL.includes(error.reason) };
  }
}

/** The API shows a subject only; that a mail answers another can be seen by its place in the conversation. */
function shownHeaders({ conversation, isFirst }: Letter): Headers {
  const headers = new Map([['subject', [conversation.subject]]]);
  if (!isFirst) headers.set('in-reply-to', ['an earlier thread']);
  return headers;
}

function dateOf(headers: Headers | undefined): Instant | null {
  return parseMailDate(headers?.get('date')?.[0] ?? '') ?? null;
}
