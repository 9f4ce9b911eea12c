import { describe, expect, it } from 'vitest';
import type { HttpReply } from '../../../src/observers/http/exchange.ts';
import { createOffsetBook } from '../../../src/observers/http/offset.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

function open() {
  const clock = createFakeClock();
  const book = createOffsetBook(clock);
  /** A reply of a host whose clock is off, after a round trip of 100 ms. */
  const reply = (offMs: number, headers: Record<string, string> = {}): HttpReply => ({
    status: 200,
    headers: { date: new Date(clock.now() - 50 + offMs).toUTCString(), ...headers },
    body: '',
    requestedAt: clock.now() - 100,
    receivedAt: clock.now(),
  });
  return { clock, book, reply };
}

describe("the other side's clock", () => {
  it('is unknown without a readable Date', () => {
    const { book, reply } = open();
    book.note({ ...reply(0), headers: {} });
    book.note({ ...reply(0), headers: { date: 'soon' } });
    book.note(reply(0, { age: '3' }));
    book.note(reply(0, { age: 'old' }));

    expect(book.offset()).toBeUndefined();
  });

  it('is known ever better, and holds the truth', async () => {
    const { clock, book, reply } = open();
    book.note(reply(40_000));
    const first = book.offset()!;
    for (let n = 0; n < 60; n += 1) {
      await clock.advance(7_777);
      book.note(reply(40_000));
    }
    const last = book.offset()!;

    expect(first.high - first.low).toBe(1_100);
    expect(last.high - last.low).toBeLessThan(400);
    expect(last.low).toBeLessThanOrEqual(40_000);
    expect(last.high).toBeGreaterThanOrEqual(40_000);
  });

  it('that is set is the hull and half a second, until the old replies are a quarter of an hour old', async () => {
    const { clock, book, reply } = open();
    book.note(reply(0));
    await clock.advance(60_000);
    book.note(reply(-90_000));
    const disputed = book.offset()!;
    await clock.advance(15 * 60_000 - 30_000);
    const settled = book.offset()!;

    expect(disputed.low).toBeLessThan(-90_000);
    expect(disputed.high).toBeGreaterThan(0);
    expect(settled.high).toBeLessThan(-88_000);
  });

  it('drifts by a hundred parts in a million without a dispute', async () => {
    const { clock, book, reply } = open();
    for (let n = 0; n < 200; n += 1) {
      book.note(reply((n * 4_321 * 100) / 1e6));
      await clock.advance(4_321);
    }
    const truth = (200 * 4_321 * 100) / 1e6;
    const { low, high } = book.offset()!;

    expect(high - low).toBeLessThan(700);
    expect(low).toBeLessThanOrEqual(truth);
    expect(high).toBeGreaterThanOrEqual(truth);
  });
});
