import type { Conversation } from './conversation.ts';
import { badRequest, type ApiError } from './errors.ts';

/** Whether a conversation is meant. */
export type Matcher = (conversation: Conversation) => boolean;

/**
 * Parses what Help Scout takes as `query`: `(subject:"word" AND NOT body:"x")`,
 * `createdAt:[2026-01-01T00:00:00Z TO *]`, `modifiedAt:[NOW-1HOUR TO *]`. The
 * outer parentheses must be there. `nowMs` is the helpdesk's clock.
 *
 * @throws ApiError 400 for everything else
 */
export function parseQuery(text: string, nowMs: number): Matcher {
  const tokens = text.match(TOKEN) ?? [];
  const parser: Parser = { tokens, at: 0, nowMs };
  if (tokens.join('') !== text.replace(BLANK_OUTSIDE_QUOTES, '') || tokens[0] !== '(') {
    throw wrong(text);
  }
  try {
    const matcher = parseUnit(parser);
    if (parser.at === tokens.length) return matcher;
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error;
  }
  throw wrong(text);
}

const TOKEN = /\(|\)|[a-zA-Z]+:(?:"[^"]*"|\[[^\]]*\]|[^\s()"[\]]+)|AND|OR|NOT/g;
const BLANK_OUTSIDE_QUOTES = /\s+(?=(?:[^"[\]]|"[^"]*"|\[[^\]]*\])*$)/g;

interface Parser {
  readonly tokens: readonly string[];
  at: number;
  readonly nowMs: number;
}

class SyntaxFault extends Error {}

function parseAny(parser: Parser): Matcher {
  const choices = [parseAll(parser)];
  while (parser.tokens[parser.at] === 'OR') {
    parser.at += 1;
    choices.push(parseAll(parser));
  }
  return (conversation) => choices.some((choice) => choice(conversation));
}

function parseAll(parser: Parser): Matcher {
  const parts = [parseUnit(parser)];
  while (parser.tokens[parser.at] === 'AND') {
    parser.at += 1;
    parts.push(parseUnit(parser));
  }
  return (conversation) => parts.every((part) => part(conversation));
}

function parseUnit(parser: Parser): Matcher {
  const token = parser.tokens[parser.at];
  parser.at += 1;
  if (token === 'NOT') {
    const inner = parseUnit(parser);
    return (conversation) => !inner(conversation);
  }
  if (token === '(') {
    const inner = parseAny(parser);
    if (parser.tokens[parser.at] !== ')') throw new SyntaxFault();
    parser.at += 1;
    return inner;
  }
  return parseField(token ?? '', parser.nowMs);
}

function parseField(token: string, nowMs: number): Matcher {
  const colon = token.indexOf(':');
  const name = token.slice(0, colon).toLowerCase();
  const value = token.slice(colon + 1).replace(/^"|"$/g, '');
  switch (name) {
    case 'subject':
      return ({ subject }) => hasWords(subject, value);
    case 'body':
      return ({ threads }) => threads.some(({ body }) => hasWords(body, value));
    case 'email':
      return ({ threads }) =>
        threads.some(({ from }) => from.toLowerCase() === value.toLowerCase());
    case 'status':
      return ({ status }) => status === value;
    case 'number':
      return ({ number }) => String(number) === value;
    case 'id':
      return ({ id }) => String(id) === value;
    case 'createdat':
      return range(value, nowMs, ({ createdAt }) => createdAt);
    case 'modifiedat':
      return range(value, nowMs, ({ modifiedAt }) => modifiedAt);
    default:
      throw new SyntaxFault();
  }
}

/**
 * All words, in whatever order and case (legacy search reference). Words are
 * what stands between anything that is no letter and no digit: half a word, or
 * a token that is not one word, is not found.
 */
function hasWords(text: string, wanted: string): boolean {
  const words = new Set(wordsOf(text));
  const all = wordsOf(wanted);
  return all.length > 0 && all.every((word) => words.has(word));
}

function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

function range(text: string, nowMs: number, of: (conversation: Conversation) => number): Matcher {
  const [, from = '', to = ''] = /^\[(\S+) TO (\S+)\]$/.exec(text) ?? [];
  const low = boundary(from, -Infinity, nowMs);
  const high = boundary(to, Infinity, nowMs);
  return (conversation) => of(conversation) * 1_000 >= low && of(conversation) * 1_000 <= high;
}

const UNIT_MS: Readonly<Record<string, number>> = {
  MINUTE: 60_000,
  HOUR: 3_600_000,
  DAY: 86_400_000,
};

function boundary(text: string, open: number, nowMs: number): number {
  if (text === '*') return open;
  const relative = /^NOW(?:-(\d+)(MINUTE|HOUR|DAY)S?)?$/.exec(text);
  if (relative) return nowMs - Number(relative[1] ?? 0) * (UNIT_MS[relative[2] ?? ''] ?? 0);
  const ms = parseIsoSeconds(text);
  if (ms === undefined) throw new SyntaxFault();
  return ms;
}

/** `2018-05-04T12:00:03Z` and nothing else; milliseconds. */
export function parseIsoSeconds(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text)) return undefined;
  const ms = Date.parse(text);
  const exists =
    Number.isFinite(ms) && new Date(ms).toISOString().slice(0, 19) === text.slice(0, 19);
  return exists ? ms : undefined;
}

function wrong(text: string): ApiError {
  return badRequest({
    path: 'query',
    message: 'invalid query',
    rejectedValue: text,
    source: 'QUERY',
  });
}
