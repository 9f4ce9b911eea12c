import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { Fact } from '../../../src/observers/observer.ts';
import type { Contract } from './bench.ts';
import { lookFrom } from './looks.ts';

/** What `check` says. */
export function describeChecking(contract: Contract): void {
  const { contractCase, create, harness } = contract;
  const { signal } = new AbortController();

  describe('check', () => {
    contractCase('says on one line what it found', async () => {
      const report = await create().check(signal);

      expect(report.summary).not.toContain('\n');
      expect(report.warnings).toEqual([]);
      for (const secret of contract.bench().secrets) expect(inspect(report)).not.toContain(secret);
    });

    contractCase('tells login, rights, places, clock and limit, or why it cannot', async () => {
      const before = await contract.bench().state();

      const { facts } = await create().check(signal);

      const { login, read, tidy, inbox, misfiled, clock, rate } = facts;
      for (const { state, text } of [login, read, tidy, inbox, misfiled, clock] satisfies Fact[]) {
        expect(text).toMatch(/^[^\n]{3,}$/);
        expect(['ok', 'unknown']).toContain(state);
      }
      if (login.as !== null) expect(login.text).toContain(login.as);
      for (const name of inbox.names) expect(inbox.text).toContain(name);
      if (inbox.names.length === 0) expect(inbox.text).toMatch(/^not looked at: it only hears/);
      const isSpamWatched = harness.places.includes('spam');
      if (isSpamWatched) expect(misfiled).toMatchObject({ state: 'ok' });
      else expect(misfiled.text).toMatch(/not looked at: \w+ \w+/);
      if (clock.offset === null) expect(clock).toMatchObject({ state: 'unknown' });
      else expectSameClock(clock.offset);
      // Nobody may do what the observer cannot; whoever may, or is not told, must be able to.
      expect(tidy.mayDelete !== false).toBe(harness.manners.includes('delete'));
      if (!harness.manners.includes('close')) expect(tidy.mayClose).not.toBe(true);
      for (const said of [rate.limit, rate.remaining]) expect(said ?? 0).toBeGreaterThanOrEqual(0);
      expect(await contract.bench().state()).toBe(before);
    });

    test('a test push is one that it takes, and tells of nothing', async () => {
      const observer = create();
      const request = observer.testHook?.();

      expect(request === undefined).toBe(observer.hook === undefined);
      if (request === undefined || observer.hook === undefined) return;
      const cut = { ...request, body: Buffer.concat([request.body, Buffer.from(' ')]) };
      const answers = [observer.hook(request), observer.hook(cut)];
      const look = await lookFrom(observer);

      expect(answers).toEqual(['taken', 'bad_signature']);
      expect(look).toMatchObject({ observations: [], mismatches: {} });
    });
  });
}

/** All of it is on this machine; a quantum of our own clock beside it. */
function expectSameClock({ low, high }: { readonly low: number; readonly high: number }): void {
  expect(low).toBeLessThanOrEqual(50);
  expect(high).toBeGreaterThanOrEqual(-50);
  expect(high - low).toBeLessThanOrEqual(3_000);
}
