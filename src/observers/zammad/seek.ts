import * as z from 'zod';
import type { Instant } from '../../base/clock.ts';
import { MonitorError } from '../../base/errors.ts';
import { PAGE_SIZE, type Api } from './api.ts';
import { createdAt } from './reply.ts';

/** Between which pages the first ticket since an instant lies: `high` is not known at first. */
export const Seek = z
  .object({ low: z.int().positive(), high: z.int().positive().nullable() })
  .readonly();
export type Seek = z.output<typeof Seek>;

/** By doubling, and then by halves: a million tickets take some 27 requests for one ticket each. */
const LONGEST_SEEK = 60;

/**
 * The page to begin with, so that every ticket made since `from` (on Zammad's clock) is on it or after
 * it; where the limit of requests ends the search, how far it got.
 */
export async function seekPage(
  api: Pick<Api, 'tickets'>,
  options: {
    readonly from: Instant;
    readonly seek: Seek | undefined;
    readonly signal: AbortSignal;
  },
): Promise<{ readonly page: number } | { readonly seek: Seek }> {
  const { from, signal } = options;
  let { low, high } = options.seek ?? { low: 1, high: null };
  /** Whether a page begins with a ticket that is older. */
  const isBefore = async (page: number): Promise<boolean> => {
    const [first] = await api.tickets({ page: (page - 1) * PAGE_SIZE + 1, size: 1 }, signal);
    return first !== undefined && (createdAt(first) ?? -Infinity) < from;
  };
  for (let asked = 0; asked < LONGEST_SEEK; asked += 1) {
    if (high !== null && high - low <= 1) break;
    const page = high === null ? low * 2 : Math.floor((low + high) / 2);
    try {
      if (await isBefore(page)) low = page;
      else high = page;
    } catch (error) {
      const isSpent = error instanceof MonitorError && error.reason === 'rate-limited';
      if (isSpent && asked > 0) return { seek: { low, high } };
      throw error;
    }
  }
  return { page: low };
}

/**
 * Where the tickets after `settled` begin now, somewhere before `page`, which has later ones only: in steps that
 * double, and then by halves. Where the limit of requests ends the search, a page that is still too far, but less so.
 */
export async function seekBack(
  api: Pick<Api, 'tickets'>,
  options: { readonly settled: number; readonly page: number; readonly signal: AbortSignal },
): Promise<{ readonly page: number; readonly isFound: boolean }> {
  const { settled, signal } = options;
  let low = 0;
  let high = options.page;
  const isTooFar = async (page: number): Promise<boolean> => {
    const [first] = await api.tickets({ page: (page - 1) * PAGE_SIZE + 1, size: 1 }, signal);
    return (first?.id ?? Infinity) > settled;
  };
  try {
    for (let step = 1; low === 0; step *= 2) {
      const page = Math.max(1, high - step);
      if (page === 1 || !(await isTooFar(page))) low = page;
      else high = page;
    }
    while (high - low > 1) {
      const page = Math.floor((low + high) / 2);
      if (await isTooFar(page)) high = page;
      else low = page;
    }
    return { page: low, isFound: true };
  } catch (error) {
    const isSpent = error instanceof MonitorError && error.reason === 'rate-limited';
    if (!isSpent) throw error;
    return { page: high, isFound: false };
  }
}
