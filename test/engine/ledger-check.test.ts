import { expect, it } from 'vitest';
import { startLedgerCheck } from '../../src/engine/ledger-check.ts';
import { createFakeClock } from '../support/fake-clock.ts';

it('writes at once and every 5 s, also after a write that failed', async () => {
  const clock = createFakeClock();
  const start = clock.now();
  const writes: number[] = [];
  const ledger = {
    checkWritable: () => Promise.resolve(writes.push((clock.now() - start) / 1_000) % 2 === 0),
  };

  const loop = startLedgerCheck({ clock, ledger });
  await clock.advance(15_000);
  await loop.stop();
  await clock.advance(15_000);

  expect(writes).toEqual([0, 5, 10, 15]);
});
