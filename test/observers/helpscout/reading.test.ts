import { expect, it } from 'vitest';
import { MonitorError } from '../../../src/base/errors.ts';
import type { Page, PageQuery } from '../../../src/observers/helpscout/api.ts';
import type { PassMark } from '../../../src/observers/feed/pass-mark.ts';
import type { Pass } from '../../../src/observers/feed/passes.ts';
import { readView } from '../../../src/observers/helpscout/reading.ts';
import { Conversation } from '../../../src/observers/helpscout/reply.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

const spent = new MonitorError('used up', { reason: 'rate-limited', retryable: true });

/** A list of one conversation a page, of which something may be wrong at some pages. */
function createList(pages: { total: number }, before: (query: PageQuery) => void) {
  const taken: string[] = [];
  const clock = createFakeClock();
  const list = (query: PageQuery): Promise<Page> => {
    try {
      before(query);
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
    const conversations = [Conversation.parse({ id: query.page })];
    const page = { size: 1, totalElements: pages.total, totalPages: pages.total };
    return Promise.resolve({
      page: { _embedded: { conversations }, page: { ...page, number: query.page } },
      threads: true,
    });
  };
  const tools = { clock, api: { list }, http: { offset: () => undefined }, indexLagMs: 0 };
  const read = (mark?: PassMark): Promise<Pass> =>
    readView(tools, {
      view: 'all',
      mark,
      since: clock.now(),
      signal: new AbortController().signal,
      take: ({ id }) => {
        taken.push(id);
        return Promise.resolve();
      },
    });
  return { read, taken };
}

it('keeps what it read when the limit of requests ends a pass, and goes on there', async () => {
  let left = 3;
  const { read, taken } = createList({ total: 5 }, () => {
    if (left === 0) throw spent;
    left -= 1;
  });

  const first = await read();
  left = 10;
  const second = await read(first.mark);
  const third = await read(second.mark);

  expect(first).toMatchObject({ finished: false, mark: { page: 4, total: 5 } });
  expect(taken).toEqual(['1', '2', '3', '4', '5', '1', '2', '3', '4', '5']);
  // A pass over several looks proves nothing by itself.
  expect([second.finished, third.finished]).toEqual([false, true]);
});

it('fails where not even one page may be asked for', async () => {
  const { read } = createList({ total: 5 }, () => {
    throw spent;
  });

  await expect(read()).rejects.toBe(spent);
});

it('reads the list again when conversations left it between the looks of a pass', async () => {
  const pages = { total: 5 };
  let left = 3;
  const { read } = createList(pages, () => {
    if (left === 0) throw spent;
    left -= 1;
  });
  const first = await read();

  left = 10;
  pages.total = 4; // what was at the fourth page is at the third now
  const second = await read(first.mark);

  expect(second).toMatchObject({ finished: false, mark: { from: first.mark.from, page: 1 } });
});
