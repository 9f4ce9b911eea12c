import { createSystemClock } from '../../src/base/system.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { openLedger } from '../../src/ledger/open.ts';
import { testLaunch } from '../support/test-launch.ts';

export interface OutageOptions {
  readonly ledger: string;
  readonly probes: readonly string[];
  /** Accepted and missing, launched one after the other until a minute ago, once a minute each probe. */
  readonly canaries: number;
}

const MINUTE = 60_000;
/** They share transactions. */
const AT_ONCE = 1_000;

/** Leaves a ledger as after a long outage: nothing has arrived for hours. */
export async function fillWithOutage(options: OutageOptions): Promise<void> {
  const { probes, canaries } = options;
  const clock = createSystemClock();
  const ledger = await openLedger(
    { url: `sqlite:${options.ledger}` },
    { clock, logger: silentLogger },
  );
  const first = clock.now() - MINUTE - (canaries / probes.length) * MINUTE;
  for (const probe of probes) await ledger.activate(probe, 'default');
  for (let done = 0; done < canaries; done += AT_ONCE) {
    const numbers = Array.from({ length: Math.min(AT_ONCE, canaries - done) }, (_, n) => done + n);
    await Promise.all(
      numbers.map(async (sequence) => {
        const launchedAt = first + (sequence / probes.length) * MINUTE;
        const probe = probes[sequence % probes.length]!;
        const route = { probe, sender: 'relay', observer: 'mailbox' };
        const { launch } = await ledger.launch(testLaunch({ launchedAt, sequence, route }));
        const at = { low: launchedAt, high: launchedAt + 5 };
        const acceptance = { at, queueId: null, serverMessageId: null };
        await ledger.append([{ id: launch.id, fact: { type: 'accepted', acceptance } }]);
      }),
    );
  }
  await ledger.close();
}
