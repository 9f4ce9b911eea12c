import { TOKEN_HEADER } from '../domain/message.ts';
import { recogniseTokens } from '../domain/token-text.ts';
import type { Token, TokenKeys } from '../domain/token.ts';
import type { Mismatch } from './observer.ts';

/** Lower-case name to the values in the order of the mail, each on one line. */
export type Headers = ReadonlyMap<string, readonly string[]>;

/** The only headers that are ever asked for, where it can be said which. */
export const HEADERS_READ = [
  TOKEN_HEADER,
  'Message-ID',
  'Subject',
  'Received',
  'In-Reply-To',
  'References',
  'Auto-Submitted',
  'Return-Path',
  'Content-Type',
] as const;

/** What a mail is to us. */
export type Finding =
  | { readonly type: 'arrival'; readonly token: Token }
  | { readonly type: 'mismatch'; readonly kind: Mismatch }
  /** Its headers carry the mark of a canary, but no whole token: the body may. */
  | { readonly type: 'look-inside' }
  | { readonly type: 'nothing' };

const REPLY_SUBJECT =
  /^\s*(?:re|aw|sv|antw|r[ée]f|auto(?:matic)?[ -]?(?:reply|response|antwort)|out of office|abwesen\w*|undeliver\w+|delivery status)\b\s*(?:\[\d+\]|\(\d+\))?\s*:/i;

/** Takes any bytes: what is no header line is passed over. */
export function parseHeaders(raw: Uint8Array): Headers {
  const text = Buffer.from(raw).toString('latin1');
  const headers = new Map<string, string[]>();
  for (const line of text.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon < 1) continue;
    const name = line.slice(0, colon).trim().toLowerCase();
    const values = headers.get(name) ?? [];
    values.push(line.slice(colon + 1).trim());
    headers.set(name, values);
  }
  return headers;
}

/**
 * Whose mail it is. A canary that arrived carries its token in a header of its
 * own or in its own Message-ID, whatever else was done to it ("Re:", ticket
 * tags, References). Where both are lost, Subject and then body speak, but only
 * in a mail that answers nothing: an auto-reply or a bounce quotes our token
 * in the same places.
 *
 * `body`: the first text of the mail, where it was read.
 */
export function judgeLetter(headers: Headers, keys: TokenKeys, body?: string): Finding {
  const find = (name: string): ReturnType<typeof recogniseTokens> =>
    recogniseTokens((headers.get(name) ?? []).join('\n'), keys);
  const own = find(TOKEN_HEADER.toLowerCase());
  const id = find('message-id');
  const token = own.tokens[0] ?? id.tokens[0];
  if (token !== undefined) return { type: 'arrival', token };

  const subject = find('subject');
  const thread = [find('in-reply-to'), find('references')];
  const text = recogniseTokens(body ?? '', keys);
  const quoted = subject.tokens[0] ?? text.tokens[0];
  if (isAnswer(headers)) {
    const ours = quoted !== undefined || thread.some(({ tokens }) => tokens.length > 0);
    if (ours) return { type: 'mismatch', kind: 'reply' };
  } else if (quoted !== undefined) {
    return { type: 'arrival', token: quoted };
  }

  if (own.hasForeignMark) return { type: 'mismatch', kind: 'bad_signature' };
  const marked = [id, subject, ...thread, text].some((found) => found.hasForeignMark);
  if (!marked && !mentionsUs(headers)) return { type: 'nothing' };
  if (body === undefined && !isAnswer(headers)) return { type: 'look-inside' };
  return marked ? { type: 'mismatch', kind: 'foreign' } : { type: 'nothing' };
}

/** The mail's Message-ID, where it does not carry the token we gave it. */
export function foreignMessageId(headers: Headers, token: Token): string | null {
  const id = headers.get('message-id')?.[0] ?? '';
  return id === '' || id.toLowerCase().includes(token.token) ? null : id;
}

/** Says of itself that it answers or reports on another mail (RFC 5322 3.6.4, RFC 3834, RFC 3464). */
function isAnswer(headers: Headers): boolean {
  const has = (name: string, pattern: RegExp): boolean =>
    (headers.get(name) ?? []).some((value) => pattern.test(value));
  return (
    has('in-reply-to', /\S/) ||
    has('references', /\S/) ||
    has('auto-submitted', /^auto-(?:replied|notified)/i) ||
    has('content-type', /^multipart\/report/i) ||
    has('return-path', /^<>/) ||
    has('subject', REPLY_SUBJECT)
  );
}

/** Our word in the subject, though without a mark that could be read. */
function mentionsUs(headers: Headers): boolean {
  return (headers.get('subject') ?? []).some((value) => /mailcanary/i.test(value));
}
