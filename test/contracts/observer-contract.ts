import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createContract, type ObserverBench, type ObserverHarness } from './observer/bench.ts';
import { describeChecking } from './observer/checking.ts';
import { describeFailing } from './observer/failing.ts';
import { describeHostileMail } from './observer/hostile.ts';
import { describeSeeing } from './observer/seeing.ts';
import { describeStopping } from './observer/stopping.ts';
import { describeTidying } from './observer/tidying.ts';

/** The rules every observer keeps. `harness` brings a real system to observe. */
export function describeObserverContract(harness: ObserverHarness): void {
  describe(`the ${harness.type} observer keeps the observer's contract`, () => {
    let bench: ObserverBench;
    beforeAll(() => harness.start());
    afterAll(() => harness.stop());
    beforeEach(async () => {
      bench = await harness.open();
    });

    const contract = createContract(harness, () => bench);
    describeSeeing(contract);
    describeHostileMail(contract);
    describeStopping(contract);
    describeFailing(contract);
    describeChecking(contract);
    describeTidying(contract);

    const reasons = harness.skip ?? {};
    test(`leaves out ${Object.keys(reasons).length} cases, each by its name and with a reason`, () => {
      expect([...contract.leftOut].sort()).toEqual(Object.keys(reasons).sort());
      for (const reason of Object.values(reasons)) expect(reason).toMatch(/\w+ \w+/);
    });
  });
}
