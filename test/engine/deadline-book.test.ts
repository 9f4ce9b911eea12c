import { expect, it } from 'vitest';
import { bookDeadlines } from '../../src/engine/deadline-book.ts';
import { DEADLINE_MARGIN_MS } from '../../src/engine/pace.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { openTestLedger } from '../support/test-ledger.ts';
import { TEST_POLICY, testLaunch } from '../support/test-launch.ts';

const capabilities = { minPauseMs: 10, indexLagMs: 2_000, push: false, stampQuantumMs: null };
const { suspectAfterMs, lateAfterMs } = TEST_POLICY;

it('knows the deadlines of its observer, as canaries come, change and go', async () => {
  const clock = createFakeClock();
  const ledger = await openTestLedger(clock);
  const start = clock.now();
  const accept = async (sequence: number, observer: string, at: number): Promise<string> => {
    const { launch } = await ledger.launch(
      testLaunch({ launchedAt: at, sequence, route: { observer } }),
    );
    const acceptance = { at: { low: at, high: at }, queueId: null, serverMessageId: null };
    await ledger.append([{ id: launch.id, fact: { type: 'accepted', acceptance } }]);
    return launch.id;
  };
  const early = await accept(1, 'helpdesk', start);
  const book = bookDeadlines({ ledger, observer: { name: 'helpdesk', capabilities } });
  await accept(2, 'other', start - 1_000);
  await accept(3, 'helpdesk', start + 5_000);
  const first = start + suspectAfterMs;
  const lookAt = first + capabilities.indexLagMs + DEADLINE_MARGIN_MS;

  expect([book.hasPassed(first - 1), book.hasPassed(first)]).toEqual([false, true]);
  expect(book.next(start)).toBe(first);
  expect(book.next(lookAt - 1)).toBe(first);
  expect(book.next(lookAt)).toBe(first + 5_000);

  await ledger.append([{ id: early, fact: { type: 'suspected', at: first } }]);
  expect(book.hasPassed(first)).toBe(false);
  expect(book.next(lookAt + 5_000)).toBe(start + lateAfterMs);

  book.close();
  await ledger.close();
});
