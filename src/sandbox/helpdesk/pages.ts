/** The page size of lists (25 by practice; the documentation does not say). */
export const PAGE_SIZE = 25;

export interface Page {
  /** The key in `_embedded`. */
  readonly key: string;
  /** Every item of every page. */
  readonly items: readonly object[];
  /** Which page, from 1. */
  readonly number: number;
  /** The URL of the list with its parameters, without `page`. */
  readonly url: URL;
}

/** One page of a list as HAL: without `_embedded` where it is empty. */
export function halPage(page: Page): object {
  const { key, items, number, url } = page;
  const totalPages = Math.ceil(items.length / PAGE_SIZE);
  const shown = items.slice((number - 1) * PAGE_SIZE, number * PAGE_SIZE);
  const to = (target: number): object => {
    const href = new URL(url);
    href.searchParams.set('page', String(target));
    return { href: href.href };
  };
  return {
    ...(shown.length === 0 ? {} : { _embedded: { [key]: shown } }),
    _links: {
      self: { href: url.href },
      first: to(1),
      ...(number > 1 && number <= totalPages ? { previous: to(number - 1) } : {}),
      ...(number < totalPages ? { next: to(number + 1) } : {}),
      last: to(Math.max(1, totalPages)),
      page: { href: `${url.origin}${url.pathname}{?page}`, templated: true },
    },
    page: { size: PAGE_SIZE, totalElements: items.length, totalPages, number },
  };
}
