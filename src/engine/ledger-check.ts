import type { Clock } from '../base/clock.ts';
import { startLoop, type Loop } from '../base/loop.ts';
import type { Ledger } from '../ledger/ledger.ts';

const EVERY_MS = 5_000;

/** The loop that writes something every 5 s, so that a dead disk shows without traffic (semantics C5). */
export function startLedgerCheck(tools: {
  readonly clock: Clock;
  readonly ledger: Pick<Ledger, 'checkWritable'>;
}): Loop {
  const { clock, ledger } = tools;
  return startLoop({
    clock,
    async round() {
      await ledger.checkWritable();
      return EVERY_MS;
    },
  });
}
