import { describe, expect, test } from 'vitest';
import { withDeadline } from '../../src/base/deadline.ts';
import { createFakeClock } from '../support/fake-clock.ts';

/** A body that ends only when it is told to. */
function never(): { body: (signal: AbortSignal) => Promise<never>; signals: AbortSignal[] } {
  const signals: AbortSignal[] = [];
  return {
    signals,
    body: (signal) => {
      signals.push(signal);
      return new Promise(() => undefined);
    },
  };
}

describe('withDeadline', () => {
  test('gives what the body gives, and leaves no timer behind', async () => {
    const clock = createFakeClock();
    let pending = 0;
    const counting = {
      ...clock,
      sleep(ms: number, signal?: AbortSignal) {
        pending += 1;
        return clock.sleep(ms, signal).finally(() => (pending -= 1));
      },
    };

    const answer = await withDeadline({ clock: counting, ms: 1_000, what: 'IMAP' }, () =>
      Promise.resolve('answer'),
    );

    expect(answer).toBe('answer');
    await clock.advance(0);
    expect(pending).toBe(0);
  });

  test('passes on what the body throws, also when it throws at once', async () => {
    const clock = createFakeClock();
    const deadline = { clock, ms: 1_000, what: 'IMAP' };

    await expect(
      withDeadline(deadline, () => Promise.reject(new Error('no such mailbox'))),
    ).rejects.toThrow('no such mailbox');
    await expect(
      withDeadline(deadline, () => {
        throw new Error('not even started');
      }),
    ).rejects.toThrow('not even started');
  });

  test('at the deadline it stops the body and says what did not answer', async () => {
    const clock = createFakeClock();
    const { body, signals } = never();

    const outcome = expect(
      withDeadline({ clock, ms: 1_500, what: 'the look at INBOX' }, body),
    ).rejects.toMatchObject({
      message: 'the look at INBOX gave no answer within 1.5 s',
      reason: 'timeout',
      retryable: true,
    });
    await clock.advance(1_499.999);
    expect(signals[0]?.aborted).toBe(false);
    await clock.advance(0.001);

    await outcome;
    expect(signals[0]?.aborted).toBe(true);
  });

  test('does not wait for a body that ignores its signal, nor stumbles over its late failure', async () => {
    const clock = createFakeClock();
    let fail: (error: Error) => void = () => undefined;
    const outcome = expect(
      withDeadline({ clock, ms: 1_000, what: 'IMAP' }, () => {
        return new Promise<never>((_resolve, reject) => {
          fail = reject;
        });
      }),
    ).rejects.toMatchObject({ reason: 'timeout' });

    await clock.advance(1_000);
    await outcome;
    fail(new Error('much too late'));

    await clock.advance(60_000); // an unhandled rejection would fail the run
  });

  test('the outer signal stops it: aborted, not a timeout', async () => {
    const clock = createFakeClock();
    const outer = new AbortController();
    const { body, signals } = never();

    const outcome = expect(
      withDeadline({ clock, ms: 1_000, what: 'IMAP', signal: outer.signal }, body),
    ).rejects.toMatchObject({ message: 'IMAP was stopped', reason: 'aborted', retryable: true });
    await clock.whenAsleep();
    outer.abort();

    await outcome;
    expect(signals[0]?.aborted).toBe(true);
  });

  test('an outer signal that has fired already stops it at once', async () => {
    const clock = createFakeClock();
    const { body, signals } = never();

    await expect(
      withDeadline({ clock, ms: 1_000, what: 'IMAP', signal: AbortSignal.abort() }, body),
    ).rejects.toMatchObject({ reason: 'aborted' });
    expect(signals[0]?.aborted).toBe(true);
  });

  test('an outer signal that fires after the end changes nothing', async () => {
    const clock = createFakeClock();
    const outer = new AbortController();
    let inner: AbortSignal | undefined;

    await withDeadline({ clock, ms: 1_000, what: 'IMAP', signal: outer.signal }, (signal) => {
      inner = signal;
      return Promise.resolve();
    });
    outer.abort();
    await clock.advance(2_000);

    expect(inner?.aborted).toBe(false);
  });
});
