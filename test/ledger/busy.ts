import { silentLogger } from '../../src/base/logger.ts';
import { createSystemClock } from '../../src/base/system.ts';
import { openLedger } from '../../src/ledger/open.ts';
import { createFakeRandom } from '../support/fake-random.ts';
import { testLaunch } from '../support/test-launch.ts';

/**
 * A process that keeps 24 canaries going until it is killed, and says on
 * standard output, for each thing acknowledged, `ID TYPE`.
 */
const [, , url = '', round = '0'] = process.argv;
const clock = createSystemClock();
const ledger = await openLedger({ url }, { clock, logger: silentLogger });
const random = createFakeRandom(1_000 + Number(round));

async function goOn(lane: number): Promise<never> {
  for (let number = 0; ; number += 1) {
    const launchedAt = clock.now();
    const tick = { scheduledAt: Number(round) * 1e9 + number * 100 + lane };
    const { launch } = await ledger.launch({ ...testLaunch({ launchedAt, random }), ...tick });
    const { id } = launch;
    process.stdout.write(`${id} launched\n`);
    const at = { low: launchedAt, high: clock.now() };
    const acceptance = { at, queueId: null, serverMessageId: null };
    await ledger.append([{ id, fact: { type: 'accepted', acceptance } }]);
    process.stdout.write(`${id} accepted\n`);
    const sighting = {
      externalId: id,
      place: 'inbox',
      ingested: at,
      seenAt: at.high,
      stamp: null,
      hops: [],
      foreignMessageId: null,
    } as const;
    const settlement = { verdict: 'on_time', at: clock.now(), horizon: null } as const;
    const facts = [
      { id, fact: { type: 'sighted', sighting } },
      { id, fact: { type: 'settled', settlement } },
    ] as const;
    await ledger.recordLook({ observer: 'helpdesk', horizon: launchedAt, cursor: number, facts });
    process.stdout.write(`${id} sighted\n${id} settled\n`);
  }
}

await Promise.all(Array.from({ length: 24 }, (_, lane) => goOn(lane)));
