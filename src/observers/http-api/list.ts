import { MonitorError } from '../../base/errors.ts';
import type { HttpReply } from '../http/exchange.ts';
import { parseJson } from '../http/failure.ts';
import type { View } from './config.ts';
import type { Evaluate, Expressions } from './expression.ts';
import { itemsOf, type ItemReader, type ReadItem } from './reply.ts';
import type { Position, Requests } from './requests.ts';
import { hasPlaceholder } from './template.ts';

/** One page of a list. */
export interface ListPage {
  /** Those that have an id. */
  readonly items: readonly ReadItem[];
  readonly nameless: number;
  /** Undefined at the last one. */
  readonly next: Position | undefined;
}

/** What the replies of one view mean. */
export interface ListReader {
  readonly name: string;
  readonly view: View;
  /** @throws MonitorError */
  read(reply: HttpReply, at: Position): ListPage;
}

export interface ListTools {
  readonly what: string;
  readonly expressions: Expressions;
  readonly readItem: ItemReader;
  readonly requests: Pick<Requests, 'linkPath'>;
}

/** @throws MonitorError `config` for what is no expression. */
export function createListReader(name: string, view: View, tools: ListTools): ListReader {
  const { what, expressions, readItem } = tools;
  const compile = (key: 'items' | 'last_page' | 'cursor' | 'next'): Evaluate | undefined => {
    const text = view[key];
    return text === undefined ? undefined : expressions.compile(text, `views.${name}.${key}`);
  };
  const pager = createPager(view, {
    lastPage: compile('last_page'),
    cursor: compile('cursor'),
    next: compile('next'),
  });
  const items = expressions.compile(view.items, `views.${name}.items`);
  const [usual = 'inbox'] = view.places;
  return {
    name,
    view,
    read(reply, at) {
      const body = parseJson(reply.body);
      if (body === undefined) {
        throw new MonitorError(`${what}: ${name} is no JSON`, {
          reason: 'bad-reply',
          retryable: true,
        });
      }
      return expressions.within(() => {
        const read = itemsOf(items(body), `${what}: views.${name}`).map((value) =>
          readItem(value, usual),
        );
        const named = read.filter(({ item }) => item.externalId !== '');
        const next = pager({ reply, body, at, isEmpty: read.length === 0 }, tools.requests);
        return { items: named, nameless: read.length - named.length, next };
      });
    },
  };
}

interface PageEnd {
  readonly reply: HttpReply;
  readonly body: unknown;
  readonly at: Position;
  readonly isEmpty: boolean;
}

type Pager = (end: PageEnd, requests: Pick<Requests, 'linkPath'>) => Position | undefined;

/** How the next page is found; a page that leads to itself is the last one. */
function createPager(
  view: View,
  {
    lastPage,
    cursor,
    next,
  }: Readonly<Record<'lastPage' | 'cursor' | 'next', Evaluate | undefined>>,
): Pager {
  const isPaged = hasPlaceholder(`${view.path} ${JSON.stringify(view.body ?? {})}`, 'page');
  return ({ reply, body, at, isEmpty }, { linkPath }) => {
    if (isPaged) {
      const page = at.page ?? view.first_page;
      const last = numberOf(lastPage?.(body));
      const isEnd = last === undefined ? isEmpty : page >= last;
      return isEnd ? undefined : { page: page + 1 };
    }
    if (cursor !== undefined) {
      const given = wordOf(cursor(body));
      return given === '' || given === at.cursor ? undefined : { cursor: given };
    }
    const link = view.next_link ? linkOf(reply) : wordOf(next?.(body));
    if (link === '') return undefined;
    const path = linkPath(link);
    return path === at.next ? undefined : { next: path };
  };
}

function wordOf(given: unknown): string {
  return typeof given === 'string' || typeof given === 'number' ? String(given) : '';
}

/** Undefined where it is none: a reply that does not say is not the last one for that. */
function numberOf(given: unknown): number | undefined {
  const number = Number(wordOf(given) || Number.NaN);
  return Number.isNaN(number) ? undefined : number;
}

/** The target of `rel=next` (RFC 8288); empty where there is none. */
function linkOf({ headers }: HttpReply): string {
  const links = (headers['link'] ?? '').matchAll(
    /<([^<>]*)>((?:\s*;\s*[\w*]+=(?:"[^"]*"|[^;,"]*))*)/g,
  );
  for (const [, target = '', parameters = ''] of links) {
    if (/;\s*rel="?(?:[^"]*\s)?next(?:\s[^"]*)?"?(?:\s*;|\s*$)/i.test(parameters)) return target;
  }
  return '';
}
