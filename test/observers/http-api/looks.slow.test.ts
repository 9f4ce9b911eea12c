import { describe, expect, it, onTestFinished } from 'vitest';
import { Secret } from '../../../src/base/secret.ts';
import type { Observer } from '../../../src/observers/observer.ts';
import { failureOf, idsOf, lookFrom } from '../../contracts/observer/looks.ts';
import { testCanary } from '../../contracts/observer/mails.ts';
import { serveWorld } from '../../support/helpscout-server.ts';
import { API_KEY, SmallApi, type Paging } from '../../support/small-api.ts';
import { httpApiObserver } from './bench.ts';

const VIEW = { items: 'data.notes', places: ['inbox'] };
const VIEWS: Readonly<Record<Paging, Readonly<Record<string, unknown>>>> = {
  page: { ...VIEW, path: '/notes?since={since:s}&page={page}' },
  'last-page': { ...VIEW, path: '/notes?since={since:s}&page={page}', last_page: 'pages' },
  cursor: {
    ...VIEW,
    path: '/notes',
    body: { since: '{since:s}', cursor: '{cursor}' },
    cursor: 'after',
  },
  next: { ...VIEW, path: '/notes?since={since:s}', next: 'links.next' },
  link: { ...VIEW, path: '/notes?since={since:s}', next_link: true },
  newest: { ...VIEW, path: '/notes?page={page}', newest_first: true },
};
const FIELDS = {
  id: 'id',
  subject: 'title',
  text: 'body',
  created_at: 'received',
  place: 'folder',
};
const PLACES = { in: 'inbox', junk: 'spam' };

interface Scene {
  readonly api: SmallApi;
  readonly open: (keys?: Readonly<Record<string, unknown>>) => Observer;
}

async function start(paging: Paging): Promise<Scene> {
  const api = new SmallApi(paging);
  const server = await serveWorld(api);
  onTestFinished(() => server.stop());
  const open = (keys: Readonly<Record<string, unknown>> = {}): Observer => {
    const observer = httpApiObserver({
      url: `http://127.0.0.1:${server.port}/api`,
      headers: { 'X-Api-Key': API_KEY },
      views: { notes: VIEWS[paging] },
      ...{ fields: FIELDS, places: PLACES, time_unit: 'ms', remaining_header: 'X-Left' },
      ...keys,
    });
    onTestFinished(() => observer.close());
    return observer;
  };
  return { api, open };
}

const check = (observer: Observer): ReturnType<Observer['check']> =>
  observer.check(new AbortController().signal);

describe.each(Object.keys(VIEWS) as Paging[])('pages by %s', (paging) => {
  it('all of them are read, and the next look reads the overlap again', async () => {
    const { api, open } = await start(paging);
    const canaries = Array.from({ length: 8 }, () => testCanary());
    api.addOld(40);
    for (const { token } of canaries) api.add(token.token);
    const observer = open();

    const look = await lookFrom(observer);
    const asked = api.log.length;
    const late = testCanary();
    api.add(late.token.token);
    const next = await lookFrom(observer, look.cursor);

    expect(look).toMatchObject({ complete: true, mismatches: {} });
    expect(idsOf(look)).toEqual(canaries.map(({ token }) => token.id).sort());
    expect(asked).toBeLessThanOrEqual(4);
    expect(look.requests).toBe(asked);
    expect(idsOf(next)).toEqual([late.token.id]);
  });

  it('a limit in the middle leaves the rest to the next look, which is not complete', async () => {
    const { api, open } = await start(paging);
    const canaries = Array.from({ length: 8 }, () => testCanary());
    for (const { token } of canaries) api.add(token.token);
    api.left = 2;
    const first = await lookFrom(open());
    api.left = Infinity;

    const second = await lookFrom(open(), first.cursor);
    const third = await lookFrom(open(), second.cursor);

    expect([first, second, third].map(({ complete }) => complete)).toEqual([false, false, true]);
    expect([...idsOf(first), ...idsOf(second)].sort()).toEqual(
      canaries.map(({ token }) => token.id).sort(),
    );
  });
});

describe('any API', () => {
  it('a limit at once is said, with when it may be tried again', async () => {
    const { api, open } = await start('page');
    api.left = 0;

    const error = await failureOf(lookFrom(open()));

    expect(error).toMatchObject({ reason: 'rate-limited', retryable: true, retryAfterMs: 1_000 });
  });

  it('a key in a header whose file holds another one by now is read again', async () => {
    const { api, open } = await start('page');
    const canary = testCanary();
    api.add(canary.token.token);
    const observer = open({ headers: { 'X-Api-Key': new Secret('the old key', () => API_KEY) } });

    const look = await lookFrom(observer);

    expect(idsOf(look)).toEqual([canary.token.id]);
  });

  it('places and unknown ones; an item without an id is passed over', async () => {
    const { api, open } = await start('page');
    const [junk, odd] = [testCanary(), testCanary()];
    api.add(junk.token.token, { folder: 'junk' });
    api.add(odd.token.token, { folder: 'attic' });

    const look = await lookFrom(open());
    const nameless = await check(open({ fields: { ...FIELDS, id: 'nothing' } }));

    const places = look.observations.map(({ token, place }) => [token.id, place] as const);
    expect(new Map(places)).toEqual(
      new Map([
        [junk.token.id, 'spam'],
        [odd.token.id, 'other'],
      ]),
    );
    expect(nameless.warnings).toContain(
      'fields.id gives nothing for 2 items: they are passed over',
    );
  });

  it('check tells on one line what the first page gave, and which fields cannot be read', async () => {
    const { api, open } = await start('page');
    api.add('Aardvark', { body: 'Aardvark' });
    api.add('Aardvark', { body: 'Aardvark' });
    const fields = { ...FIELDS, created_at: 'title', subject: 'nothing', text: '@' };

    const right = await check(open());
    const wrong = await check(open({ fields }));

    expect(right.summary).toMatch(/^127\.0\.0\.1:\d+: first pages: notes 2 items, clock /);
    expect(right.warnings).toEqual([]);
    expect(wrong.warnings).toEqual([
      'fields.subject gives nothing in any of 2 items',
      'fields.text cannot be read in 2 of 2 items',
      'fields.created_at cannot be read in 2 of 2 items',
    ]);
    expect(JSON.stringify([right, wrong])).not.toMatch(/Aardvark|planted/);
  });

  it.each([
    ['items', { items: 'data.notes[' }],
    ['last_page', { last_page: ')' }],
  ])('what is no expression is said when the observer is made: %s', async (key, view) => {
    const { open } = await start('last-page');
    const views = { notes: { ...VIEWS['last-page'], ...view } };

    expect(() => open({ views })).toThrow(`views.notes.${key} is no JMESPath expression`);
  });

  it('an expression that grows without end is stopped, and can run no code', async () => {
    const { api, open } = await start('page');
    api.add('Aardvark');
    const growing = Array.from({ length: 40 }, () => '[@, @][]').join(' | ');
    const views = { notes: { ...VIEWS.page, items: growing } };
    const fields = { ...FIELDS, subject: 'constructor', text: 'constructor.constructor' };

    const error = await failureOf(lookFrom(open({ views })));
    const look = await lookFrom(open({ fields }));

    expect(error).toMatchObject({ reason: 'config', retryable: false });
    expect(error.message).toContain('takes more than two seconds');
    expect(look).toMatchObject({ complete: true, observations: [] });
  });

  it.each(['http://elsewhere.test/api/notes', 'https://elsewhere.test/', '//elsewhere.test/x'])(
    'a next page at another host is not asked for, which would get our key: %s',
    async (link) => {
      const { api, open } = await start('next');
      api.add('Aardvark');
      const views = { notes: { ...VIEWS.next, next: `'${link}'` } };

      const error = await failureOf(lookFrom(open({ views })));

      expect(error).toMatchObject({ reason: 'bad-reply' });
      expect(error.message).toContain('the next page is at another host');
      expect(api.log).toHaveLength(1);
    },
  );

  it('a reply that does not say how many pages there are is not the last one', async () => {
    const { api, open } = await start('page');
    const canaries = Array.from({ length: 4 }, () => testCanary());
    for (const { token } of canaries) api.add(token.token);

    const look = await lookFrom(open({ views: { notes: { ...VIEWS.page, last_page: 'pages' } } }));

    expect(look.complete).toBe(true);
    expect(look.observations).toHaveLength(4);
  });

  it('a page that leads to itself is the last one', async () => {
    const { api, open } = await start('next');
    api.add('Aardvark');
    const next = `'/api/notes?since=1796005883&at=0'`;

    const look = await lookFrom(open({ views: { notes: { ...VIEWS.next, next } } }));

    expect(look.complete).toBe(true);
    expect(api.log).toHaveLength(2);
  });
});
