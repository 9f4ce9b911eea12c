import type { WorldReply, WorldRequest } from './helpscout-records.ts';

export type Paging = 'page' | 'last-page' | 'cursor' | 'next' | 'link' | 'newest';

interface Note {
  readonly id: number;
  readonly title: string;
  readonly body: string;
  readonly received: number;
  readonly folder: string;
}

const DAY_MS = 86_400_000;
export const API_KEY = 'a-planted-api-key';

/**
 * A small API of no product, strict: what it does not know is an error. One list,
 * paged in one of the ways that APIs have, and a limit of requests.
 */
export class SmallApi {
  readonly log: string[] = [];
  /** Requests that are still allowed; then it answers 429 and wants to be left alone for a second. */
  left = Infinity;
  pageSize = 3;
  readonly #paging: Paging;
  readonly #notes: Note[] = [];

  constructor(paging: Paging) {
    this.#paging = paging;
  }

  add(title: string, note: Partial<Omit<Note, 'id'>> = {}): void {
    const id = 1_000 + this.#notes.length;
    this.#notes.push({ id, title, body: '', received: Date.now(), folder: 'in', ...note });
  }

  addOld(count: number): void {
    for (let n = 0; n < count; n += 1) this.add('Aardvark', { received: Date.now() - 30 * DAY_MS });
  }

  handle(request: WorldRequest): WorldReply {
    const url = new URL(request.path, 'http://small.test');
    this.log.push(`${request.method} ${url.pathname}${url.search}`);
    if (request.headers['x-api-key'] !== API_KEY) return this.#reply(401, { error: 'who?' });
    if (this.left <= 0) return this.#reply(429, { error: 'slowly' }, { 'retry-after': '1' });
    this.left -= 1;
    if (url.pathname !== '/api/notes') return this.#reply(404, { error: 'no such thing' });
    return this.#list(request, url.searchParams);
  }

  #list({ method, body }: WorldRequest, query: URLSearchParams): WorldReply {
    const isPost = this.#paging === 'cursor';
    if (method !== (isPost ? 'POST' : 'GET')) return this.#reply(405, { error: 'not so' });
    const wish = isPost ? (JSON.parse(body) as Record<string, unknown>) : Object.fromEntries(query);
    const { page, since, cursor, at, ...strange } = wish;
    if (Object.keys(strange).length > 0) return this.#reply(400, { error: Object.keys(strange) });
    if (this.#paging !== 'newest' && !(Number(since) > 1_000_000_000)) {
      return this.#reply(400, { error: 'since in seconds' });
    }
    if (cursor === '') return this.#reply(400, { error: 'an empty cursor' });
    const from = this.#paging === 'newest' ? 0 : Number(since) * 1_000;
    const found = this.#notes.filter(({ received }) => received >= from);
    if (this.#paging === 'newest') found.reverse();
    const start = Number(cursor ?? at ?? (Number(page ?? 1) - 1) * this.pageSize);
    return this.#page(found, start, query);
  }

  #page(found: readonly Note[], start: number, query: URLSearchParams): WorldReply {
    const end = start + this.pageSize;
    const notes = found.slice(start, end);
    const isLast = end >= found.length;
    const link = `/api/notes?since=${query.get('since') ?? ''}&at=${end}`;
    const more = {
      'last-page': { pages: Math.ceil(found.length / this.pageSize) },
      cursor: { after: isLast ? null : end },
      next: isLast ? {} : { links: { next: link } },
      page: {},
      link: {},
      newest: {},
    }[this.#paging];
    const headers = { link: `</api/notes?at=0>; rel="first", <${link}>; rel="next"` };
    const hasLink = this.#paging === 'link' && !isLast;
    return this.#reply(200, { data: { notes }, ...more }, hasLink ? headers : {});
  }

  #reply(status: number, body: object, headers: Record<string, string> = {}): WorldReply {
    const date = new Date().toUTCString();
    const left = Number.isFinite(this.left) ? { 'x-left': String(Math.max(0, this.left)) } : {};
    return {
      status,
      headers: { date, 'content-type': 'application/json', ...left, ...headers },
      body: JSON.stringify(body),
    };
  }
}
