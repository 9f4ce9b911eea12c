import { expect, test } from 'vitest';
import { createSharedWork } from '../../src/base/shared-work.ts';

/** Work that goes on until it is let go, and how often it was begun and stopped. */
function start() {
  const begun: AbortSignal[] = [];
  let release: (result: string) => void = () => undefined;
  const work = createSharedWork('the thing', (signal) => {
    begun.push(signal);
    return new Promise<string>((resolve) => (release = resolve));
  });
  return { work, begun, release: (result: string): void => release(result) };
}

const { signal } = new AbortController();

test('what is wanted by many at once is done once, and again for whoever comes later', async () => {
  const { work, begun, release } = start();

  const early = [work.join(signal), work.join(signal), work.join(signal)];
  release('first');
  const results = await Promise.all(early);
  const late = work.join(signal);
  release('second');

  expect(results).toEqual(['first', 'first', 'first']);
  expect(await late).toBe('second');
  expect(begun).toHaveLength(2);
});

test('one stops waiting without the others', async () => {
  const { work, begun, release } = start();
  const abort = new AbortController();

  const stopped = work.join(abort.signal);
  const waiting = work.join(signal);
  abort.abort();
  await expect(stopped).rejects.toMatchObject({ reason: 'aborted' });
  release('late');

  expect(await waiting).toBe('late');
  expect(begun.map(({ aborted }) => aborted)).toEqual([true]); // by its end, nobody being left
});

test('the last who stops waiting stops the work; who comes after that is not told so', async () => {
  const { work, begun, release } = start();
  const abort = new AbortController();

  const stopped = work.join(abort.signal);
  abort.abort();
  await expect(stopped).rejects.toMatchObject({ reason: 'aborted' });
  const next = work.join(signal);
  release('anew');

  expect(await next).toBe('anew');
  expect(begun).toHaveLength(2);
  expect(begun[0]?.aborted).toBe(true);
});

test('a failure is told to all, and the next one tries again', async () => {
  let attempts = 0;
  const work = createSharedWork('the thing', () => {
    attempts += 1;
    return attempts === 1 ? Promise.reject(new Error('broken')) : Promise.resolve('whole');
  });

  const results = await Promise.allSettled([work.join(signal), work.join(signal)]);

  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await work.join(signal)).toBe('whole');
});
