import { expect, it } from 'vitest';
import { createRation, type Ration } from '../../../src/observers/feed/ration.ts';
import { createFakeClock, type FakeClock } from '../../support/fake-clock.ts';

function open(perMinute: number): { readonly clock: FakeClock; readonly ration: Ration } {
  const clock = createFakeClock();
  return { clock, ration: createRation(clock, perMinute) };
}

it('spreads looks over the minute by what their lists cost, a third of the limit kept for the rest', async () => {
  const { clock, ration } = open(200);
  const startedAt = clock.now();
  await clock.advance(2_000);

  ration.noteLists(startedAt, 24);

  expect(ration.restMs()).toBe(60_000 / 5 - 2_000);
  expect(ration.left()).toBe(200 - 5 * 24);
});

it('looks once a minute all the same where the lists cost more than their share', () => {
  const { clock, ration } = open(60);

  ration.noteLists(clock.now(), 50);

  expect(ration.restMs()).toBe(60_000);
  expect(ration.left()).toBe(10);
});

it('goes by the dearest of the latest looks: a quick one, or one that was cut off, says little', () => {
  const { clock, ration } = open(60);
  for (const cost of [18, 3, 3]) ration.noteLists(clock.now(), cost);
  const after = ration.restMs();

  ration.noteLists(clock.now(), 3);

  expect(after).toBe(30_000);
  expect(ration.restMs()).toBeLessThan(5_000);
});

it('gives back after a minute what was spent on other things', async () => {
  const { clock, ration } = open(60);
  ration.noteLists(clock.now(), 10);
  const before = ration.left();
  ration.noteOther(7);

  expect(ration.left()).toBe(before - 7);
  await clock.advance(60_000);
  expect(ration.left()).toBe(before);
});

it('waits for what a positive control spent, but never past the look that is due once a minute', async () => {
  const { clock, ration } = open(60);
  ration.noteLists(clock.now(), 10);
  const before = ration.restMs();

  ration.noteControl(5);
  const after = ration.restMs();
  await clock.advance(20_000);
  ration.noteControl(500);

  expect(after).toBe(before + 5_000);
  expect(ration.restMs()).toBe(40_000);
});
