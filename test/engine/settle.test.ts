import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Fact } from '../../src/domain/canary.ts';
import { MonitorError } from '../../src/base/errors.ts';
import { outcomeOf, type Canary } from '../../src/domain/canary.ts';
import { startSettling, type Settling, type SettleTools } from '../../src/engine/settle.ts';
import { createTimeGuard } from '../../src/engine/time-guard.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';
import { openTestLedger } from '../support/test-ledger.ts';
import { testLaunch } from '../support/test-launch.ts';

const POLICY = {
  suspectAfterMs: 1_000,
  lateAfterMs: 10_000,
  lostAfterMs: 60_000,
  forgetAfterMs: 90_000,
};

let clock: FakeClock;
let ledger: Ledger;
let settling: Settling;
let removed: Set<string>;
beforeEach(async () => {
  clock = createFakeClock();
  ledger = await openTestLedger(clock);
  removed = new Set();
  const wasRemoved = (canary: Canary): boolean => removed.has(canary.launch.id);
  const guard = createTimeGuard(clock, ledger, ['helpdesk']);
  settling = startSettling({ clock, ledger, guard, wasRemoved });
});
afterEach(async () => {
  await settling.stop();
  await ledger.close();
});

async function launchAccepted(): Promise<string> {
  const { id } = (await ledger.launch(testLaunch({ launchedAt: clock.now(), policy: POLICY })))
    .launch;
  const acceptance = {
    at: { low: clock.now(), high: clock.now() },
    queueId: null,
    serverMessageId: null,
  };
  await ledger.append([{ id, fact: { type: 'accepted', acceptance } }]);
  return id;
}

async function look(facts: readonly Fact[] = [], id = ''): Promise<void> {
  const entries = facts.map((fact) => ({ id, fact }));
  await ledger.recordLook({
    observer: 'helpdesk',
    horizon: clock.now(),
    cursor: null,
    facts: entries,
  });
  settling.horizonMoved(clock.now());
}

/** Resolves with the canary once an event has made it fit. */
function whenKnown(id: string, fits: (canary: Canary) => boolean): Promise<Canary> {
  return new Promise((resolve) => {
    const check = async (): Promise<void> => {
      const canary = await ledger.find(id);
      if (canary === undefined || !fits(canary)) return;
      stop();
      resolve(canary);
    };
    const stop = ledger.subscribe(() => void check());
    void check();
  });
}

describe('settling', () => {
  it('is no crash of its loop when the ledger takes nothing more, and judges again what was not written', async () => {
    const id = await launchAccepted();
    await settling.stop();
    let refusals = 0;
    const refusing: SettleTools['ledger'] = {
      open: () => ledger.open(),
      observerState: (observer) => ledger.observerState(observer),
      subscribe: (hear) => ledger.subscribe(hear),
      async append(entries) {
        if (refusals > 0) return ledger.append(entries);
        refusals += 1;
        throw new MonitorError('it is closed', { reason: 'ledger', retryable: true });
      },
    };
    settling = startSettling({
      clock,
      ledger: refusing,
      guard: createTimeGuard(clock, ledger, ['helpdesk']),
    });

    await clock.advance(POLICY.lateAfterMs + 1);
    await look();
    await clock.advance(5_000);

    expect(refusals).toBe(1);
    expect((await ledger.find(id))?.settlement).toMatchObject({ verdict: 'overdue' });
  });

  it('judges nobody before it can be told who is paused and who was removed', async () => {
    const id = await launchAccepted();
    await settling.stop();
    let isKnown = false;
    const guard = createTimeGuard(clock, ledger, ['helpdesk']);
    settling = startSettling({
      ...{ clock, ledger, guard, mayJudge: () => isKnown },
      wasPaused: () => true,
    });
    await clock.advance(POLICY.lateAfterMs);
    await look();
    await clock.advance(1);
    const early = (await ledger.find(id))?.settlement;
    const settled = whenKnown(id, (canary) => canary.settlement !== null);

    isKnown = true;
    settling.reconsider();

    expect(early).toBeNull();
    expect((await settled).settlement).toMatchObject({ verdict: 'void' });
  });

  it('says nothing at the deadline while nobody could look', async () => {
    const id = await launchAccepted();

    await clock.advance(POLICY.lateAfterMs + 1);

    expect((await ledger.find(id))?.settlement).toBeNull();
  });

  it('settles overdue by the first horizon past the deadline', async () => {
    const id = await launchAccepted();
    const settled = whenKnown(id, (canary) => canary.settlement !== null);
    await clock.advance(POLICY.lateAfterMs);

    await look();

    expect((await settled).settlement).toMatchObject({ verdict: 'overdue', horizon: clock.now() });
  });

  it('calls lost by the horizon past lost_after', async () => {
    const id = await launchAccepted();
    const lost = whenKnown(id, (canary) => outcomeOf(canary) === 'lost');
    await clock.advance(POLICY.lostAfterMs);

    await look();

    expect(await lost).toMatchObject({ writtenOffAt: clock.now() });
  });

  it('gives up at once on what a removed probe left open, and waits for a dialogue under way', async () => {
    const accepted = await launchAccepted();
    const { launch } = await ledger.launch(
      testLaunch({ launchedAt: clock.now() + 1, sequence: 2 }),
    );
    const blind = whenKnown(accepted, (canary) => outcomeOf(canary) === 'blind');
    removed = new Set([accepted, launch.id]);

    settling.reconsider();

    expect((await blind).settlement).toMatchObject({ verdict: 'void', horizon: null });
    expect(outcomeOf((await ledger.find(launch.id))!)).toBe('in_flight');
    const doubtful = whenKnown(launch.id, (canary) => outcomeOf(canary) === 'in_doubt');
    const at = { low: clock.now(), high: clock.now() };
    const doubt = { at, reason: 'timeout', detail: 'no answer' } as const;
    await ledger.append([{ id: launch.id, fact: { type: 'doubted', doubt } }]);
    expect((await doubtful).settlement).toBeNull();
  });

  it('gives up on its own clock at forget_after, though no look ever came', async () => {
    const id = await launchAccepted();
    const forgotten = whenKnown(id, (canary) => outcomeOf(canary) === 'blind');

    await clock.advance(POLICY.forgetAfterMs);

    expect((await forgotten).settlement).toMatchObject({ verdict: 'void' });
  });

  it('judges nobody after a start behind what the ledger knows, until that has passed', async () => {
    const id = await launchAccepted();
    await clock.advance(POLICY.lateAfterMs);
    await look();
    await settling.stop();
    const back = createFakeClock(clock.now() - 3_600_000);
    const guard = createTimeGuard(back, ledger, ['helpdesk']);
    const younger = testLaunch({ launchedAt: back.now(), sequence: 2, policy: POLICY });
    const { launch } = await ledger.launch(younger);
    settling = startSettling({ clock: back, ledger, guard });

    await back.advance(3_599_000);
    const meanwhile = (await ledger.find(launch.id))?.settlement;
    const from = guard.judgesFrom();
    await back.advance(2_000);

    expect([meanwhile, from]).toEqual([null, clock.now()]);
    expect(guard.judgesFrom()).toBeUndefined();
    expect((await ledger.find(id))?.settlement).toMatchObject({ verdict: 'overdue' });
  });

  it('ages nobody by a horizon from before such a start: only by a look of after it', async () => {
    await clock.advance(60_000);
    await look();
    await settling.stop();
    const before = clock.now();
    clock = createFakeClock(before - 15_000);
    const guard = createTimeGuard(clock, ledger, ['helpdesk']);
    const id = await launchAccepted();
    settling = startSettling({ clock, ledger, guard });

    await clock.advance(16_000);
    const unseen = (await ledger.find(id))?.settlement;
    const settled = whenKnown(id, (canary) => canary.settlement !== null);
    await look();

    expect([guard.judgesFrom(), unseen]).toEqual([undefined, null]);
    expect((await settled).settlement).toMatchObject({ verdict: 'overdue', horizon: clock.now() });
  });

  it('a start within 5 s of it is as good as any', async () => {
    await launchAccepted();

    const guards = [-4_999, -5_001].map((byMs) =>
      createTimeGuard(createFakeClock(clock.now() + byMs), ledger, ['helpdesk']).trustsHorizons(),
    );

    expect(guards).toEqual([true, false]);
  });

  it('settles nothing by horizon while the wall clock is off by more than 5 s', async () => {
    const id = await launchAccepted();
    await clock.advance(POLICY.lateAfterMs);
    clock.step(6_000);

    await look();
    await clock.advance(1);

    expect((await ledger.find(id))?.settlement).toBeNull();
  });
});
