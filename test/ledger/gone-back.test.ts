import { expect, it } from 'vitest';
import { silentLogger } from '../../src/base/logger.ts';
import { createLedger } from '../../src/ledger/durable.ts';
import { createMemoryStore } from '../../src/simulation/memory-store.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { accepted, draft, idOf } from './support.ts';

/** A ledger over a database that a standby may take over. */
async function openOverStandby() {
  const [primary, standby] = [createMemoryStore(), createMemoryStore()];
  let current = primary;
  const ledger = await createLedger(
    { ...primary, write: (body) => current.write(body) },
    { clock: createFakeClock(), logger: silentLogger },
  );
  return { ledger, standby, takeOver: () => void (current = standby) };
}

it('cannot be written once the database has forgotten what was durable', async () => {
  const { ledger, standby, takeOver } = await openOverStandby();
  const id = idOf(await ledger.launch(draft(1)));
  await ledger.append([{ id, fact: accepted() }]);

  takeOver();
  const launch = ledger.launch(draft(2));

  await expect(launch).rejects.toThrow('so this one has to be started anew');
  expect(ledger.isWritable()).toBe(false);
  expect([...standby.canaries()]).toEqual([]);
  await ledger.close();
});

it('goes on over a database that is as it was left, also after commits without an event', async () => {
  const { ledger } = await openOverStandby();

  await ledger.checkWritable();
  const id = idOf(await ledger.launch(draft(1)));
  await ledger.checkWritable();
  await ledger.append([{ id, fact: accepted() }]);

  expect(await ledger.checkWritable()).toBe(true);
  await ledger.close();
});
