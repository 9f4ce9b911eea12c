import { expect, it } from 'vitest';
import { silentLogger } from '../../src/base/logger.ts';
import type { Canary } from '../../src/domain/canary.ts';
import { stageLatency, stuckAfter } from '../../src/domain/stage.ts';
import { createEngine } from '../../src/engine/engine.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createFakeRandom } from '../support/fake-random.ts';
import { createShelf } from '../support/shelf.ts';
import { openTestLedger } from '../support/test-ledger.ts';
import { TEST_KEYS, testLaunch } from '../support/test-launch.ts';

const SECOND = 1_000;
const MINUTE = 60_000;

it('a mailbox in front gives times, the helpdesk behind it decides, and what is between them is told', async () => {
  const clock = createFakeClock();
  const ledger = await openTestLedger(clock);
  const [mailbox, helpdesk] = [createShelf('mailbox', clock), createShelf('helpdesk', clock)];
  const engine = createEngine({
    clock,
    random: createFakeRandom(),
    keys: TEST_KEYS,
    ledger,
    logger: silentLogger,
    senders: new Map(),
    observers: new Map([
      ['mailbox', mailbox.observer],
      ['helpdesk', helpdesk.observer],
    ]),
  });
  await engine.start();
  const pass = async (ms: number, step = SECOND): Promise<void> => {
    for (let left = ms; left > 0; left -= step) await clock.advance(step);
  };
  const launch = async (sequence: number): Promise<Canary> => {
    const launchedAt = clock.now();
    const route = { front: ['mailbox'] };
    const canary = await ledger.launch(testLaunch({ sequence, launchedAt, route }));
    const at = { low: launchedAt, high: launchedAt };
    const acceptance = { at, queueId: null, serverMessageId: null };
    await ledger.append([{ id: canary.launch.id, fact: { type: 'accepted', acceptance } }]);
    return canary;
  };

  const comes = await launch(1);
  await pass(SECOND);
  const sticks = await launch(2);
  await pass(5 * SECOND);
  for (const canary of [comes, sticks]) mailbox.show(canary);
  await pass(15 * SECOND);
  const expected = ledger.openAt('mailbox').map(({ launch: { id } }) => id);
  helpdesk.show(comes);
  await pass(30 * SECOND);
  await pass(11 * MINUTE, 30 * SECOND);

  const [came, stuck] = [await ledger.find(comes.launch.id), await ledger.find(sticks.launch.id)];
  expect(expected).toEqual([]);
  expect(came).toMatchObject({ settlement: { verdict: 'on_time' }, copies: 1 });
  expect(came?.sightings.map(({ ingested }) => ingested.high - comes.launch.launchedAt)).toEqual([
    expect.closeTo(21 * SECOND, -4),
  ]);
  const latency = stageLatency(came!, came!.passages[0]!);
  expect(latency?.high).toBeGreaterThanOrEqual(5 * SECOND);
  expect(latency?.high).toBeLessThanOrEqual(8 * SECOND);
  expect(stuck).toMatchObject({ settlement: { verdict: 'overdue' }, sightings: [] });
  expect(stuckAfter(stuck!, clock.now())).toBe('mailbox');
  expect(stuckAfter(came!, clock.now())).toBeUndefined();
  // What lies in both is cleaned away at both.
  const query = { seenUntil: clock.now(), places: ['inbox'] as const };
  expect(await ledger.countLitter({ ...query, observer: 'mailbox' })).toBe(2);
  expect(await ledger.countLitter({ ...query, observer: 'helpdesk' })).toBe(1);
  await engine.stop();
  await ledger.close();
});
