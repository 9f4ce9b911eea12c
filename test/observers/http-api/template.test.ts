import { describe, expect, it } from 'vitest';
import { HttpApiConfig } from '../../../src/observers/http-api/config.ts';
import { fillJson, fillPath } from '../../../src/observers/http-api/template.ts';

const SINCE = Date.parse('2026-11-30T02:31:23.456Z');

describe('templates', () => {
  it.each([
    ['/a?s={since}', '/a?s=2026-11-30T02%3A31%3A23Z'],
    ['/a?s={since:iso_ms}', '/a?s=2026-11-30T02%3A31%3A23.456Z'],
    ['/a?s={since:s}&p={page}', '/a?s=1796005883&p=3'],
    ['/a?q=after:{since:ms}', '/a?q=after:1796005883456'],
    ['/a/{id:1}/b/{id:2}?x={id}', '/a/12/b/a%2Fb?x=12%3Aa%2Fb'],
    ['/a?cursor={cursor}&b=1', '/a?b=1'],
    ['/a?cursor={cursor}', '/a'],
  ])('%s', (template, expected) => {
    expect(fillPath(template, { since: SINCE, page: 3, id: '12:a/b' })).toBe(expected);
  });

  it('fills the texts of JSON, where a number’s placeholder alone is a number', () => {
    const body = {
      query: { field: 'created_at', operator: '>', value: '{since:s}' },
      page: ['{page}', 'page {page}', 7, null, true],
      cursor: '{cursor}',
    };

    expect(fillJson(body, { since: SINCE, page: 2 })).toEqual({
      query: { field: 'created_at', operator: '>', value: 1_796_005_883 },
      page: [2, 'page 2', 7, null, true],
      cursor: undefined,
    });
  });

  const view = { path: '/x', places: ['inbox'] };
  it.each([
    [{ path: 'x' }, 'views.a.path does not begin with /'],
    [{ path: '/x?{token}' }, 'views.a.path has {token}, and knows {since}, {page}, {cursor}'],
    [
      { path: '/x?{since:minutes}' },
      'views.a.path has {since:minutes}, and knows {since}, {page}, {cursor}',
    ],
    [{ last_page: 'pages' }, 'views.a.last_page needs {page} in the path or the body'],
    [{ cursor: 'next' }, 'views.a.cursor and {cursor} in the path or the body belong together'],
    [{ path: '/x?{page}', next: 'n' }, 'views.a has more than one way to the next page'],
  ])('%j is wrong', (keys, fault) => {
    const parsed = HttpApiConfig.safeParse({
      ...{ type: 'http', url: 'https://desk.example.com', fields: { id: 'id' } },
      views: { a: { ...view, ...keys } },
    });

    const faults = parsed.error?.issues.map(({ path, message }) => `${path.join('.')} ${message}`);
    expect(faults).toEqual([fault]);
  });

  it.each([
    [{}, 'auth names not one way to log in'],
    [{ bearer: 'x', user: 'a', password: 'b' }, 'auth names not one way to log in'],
    [{ user: 'a' }, 'auth has only one of user and password'],
  ])('auth: %j is wrong', (auth, fault) => {
    const parsed = HttpApiConfig.safeParse({
      ...{ type: 'http', url: 'https://desk.example.com', fields: { id: 'id' }, auth },
      views: { a: view },
    });

    const faults = parsed.error?.issues.map(({ path, message }) => `${path.join('.')} ${message}`);
    expect(faults).toEqual([fault]);
  });
});
