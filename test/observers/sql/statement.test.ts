import { describe, expect, it } from 'vitest';
import { placeholdersOf, queryFault, writeQuery } from '../../../src/observers/sql/statement.ts';
import { findEnd, findStart, type Peek } from '../../../src/observers/sql/start.ts';

const BOUNDS = { cursor: 41n, limit: 7 };

describe('queries', () => {
  it.each([
    ['select a from b where id > :cursor limit :limit', 'select a from b where id > 41 limit 7'],
    ['select :cursor::bigint, id::text limit :limit', 'select 41::bigint, id::text limit 7'],
    [`select ':cursor', "a:cursor", \`:limit\``, `select ':cursor', "a:cursor", \`:limit\``],
    ['select 1 -- :cursor\n, :limit /* :limit */', 'select 1 -- :cursor\n, 7 /* :limit */'],
    [`select 'it''s :limit', :limit`, `select 'it''s :limit', 7`],
    ['select $x$ :cursor $x$, :cursor', 'select $x$ :cursor $x$, 41'],
  ])('%s', (query, written) => {
    expect(writeQuery(query, BOUNDS)).toBe(written);
  });

  it.each([
    ['delete from t where id > :cursor limit :limit', 'does not begin with select or with'],
    ['-- hello\n /* you */ update t set a = 1', 'does not begin with select or with'],
    ['select * from t limit :limit', 'has no :cursor'],
    ["select ':limit' from t where id > :cursor", 'has no :limit'],
    [
      'select * from t where id > :cursor and at > :since limit :limit',
      'has :since, and only :cursor and :limit exist',
    ],
  ])('%s: %s', (query, fault) => {
    expect(queryFault(query)).toBe(fault);
  });

  it('a query that has both is none of these', () => {
    const query = 'with a as (select 1) select * from a where id > :cursor limit :limit -- :x';

    expect(queryFault(query)).toBeUndefined();
    expect(placeholdersOf(query)).toEqual(['cursor', 'limit']);
  });
});

describe('where to begin', () => {
  /** Rows with ids in steps of 3, one a second; a tenth of them has a time of its own. */
  function table(count: number): { readonly peek: Peek; readonly asked: () => number } {
    let asked = 0;
    const rows = Array.from({ length: count }, (_, n) => ({
      id: String(3 * n + 5),
      created_at: n % 10 === 3 ? '0' : String(n),
    }));
    return {
      asked: () => asked,
      peek: (above, limit) => {
        asked += 1;
        return Promise.resolve(rows.filter(({ id }) => BigInt(id) > above).slice(0, limit));
      },
    };
  }
  const timeOf = (row: Readonly<Record<string, string | null>>): number =>
    Number(row['created_at']);

  it('nothing that is new enough is left out, and little that is not is read', async () => {
    const { peek, asked } = table(5_000);

    const start = await findStart(peek, 4_000, timeOf);

    expect(start).toBeLessThan(3n * 4_000n + 5n);
    expect(start).toBeGreaterThan(3n * 3_900n);
    expect(asked()).toBeLessThan(60);
  });

  it('finds the last id, and where there is none the one below all', async () => {
    expect(await findEnd(table(5_000).peek)).toBe(3n * 4_999n + 5n);
    expect(await findEnd(table(0).peek)).toBe(-1n);
  });

  it('without times it is a thousand ids before the end', async () => {
    expect(await findStart(table(5_000).peek, 0, () => null)).toBe(3n * 4_999n + 5n - 1_000n);
  });
});
