import { expect, onTestFinished, test } from 'vitest';
import { startDay, type Day, type DayOptions } from '../../support/helpscout-days.ts';
import { createSandboxWorld, type SandboxWorld } from '../../support/sandbox-world.ts';

const MINUTE = 60_000;
const EVERY = 5 * MINUTE;
const INDEX_LAG = MINUTE;
const PATIENCE = 10_000;
/** Due, the next complete look, and twice the time in which the list may still be behind, to the next look each. */
const BOUND = EVERY + MINUTE + 2 * (INDEX_LAG + PATIENCE + MINUTE);

async function startSandboxDay(options: DayOptions = {}): Promise<Day & { world: SandboxWorld }> {
  const worlds: SandboxWorld[] = [];
  const day = await startDay({
    ...options,
    createWorld(own) {
      const world = createSandboxWorld(own);
      worlds.push(world);
      return world;
    },
  });
  onTestFinished(() => day.stop());
  const [world] = worlds;
  if (world === undefined) throw new Error('there is a world');
  return { ...day, world };
}

const horizonOf = ({ ledger }: Day): number => ledger.observerState('helpdesk')?.horizon ?? 0;

test('the list shows what is known to be there: it passes every five minutes, for three requests', async () => {
  const [day, without] = [
    await startSandboxDay(),
    await startSandboxDay({ config: { positive_control: 'off' } }),
  ];

  await day.run(12);
  await without.run(12);

  expect(day.controls.map(({ result }) => result)).toEqual(
    Array(day.controls.length).fill('passed'),
  );
  expect(day.controls.length).toBeGreaterThanOrEqual(2);
  expect(without.controls).toEqual([]);
  const took = day.world.log.length - without.world.log.length;
  expect(took).toBeLessThanOrEqual(4 * day.controls.length);
  expect(day.controls.reduce((sum, { requests }) => sum + requests, 0)).toBe(took);
});

test('an index that fell behind: blind within the bound, nothing is overdue, and all is well when it comes back', async () => {
  const day = await startSandboxDay();
  const early = await day.run(7);
  day.world.setLag(60 * MINUTE);
  const since = day.clock.now();

  const dark = await day.run(16);
  const blind = day.controls.find(({ isBlind }) => isBlind);
  const stoodAt = horizonOf(day);
  day.world.setLag(5_000);
  await day.run(3);

  expect(blind?.error).toMatchObject({ reason: 'bad-reply' });
  expect((blind?.at ?? Infinity) - since).toBeLessThanOrEqual(BOUND);
  expect(stoodAt - since).toBeLessThanOrEqual(BOUND);
  expect(day.controls.at(-1)).toMatchObject({ result: 'passed', isBlind: false });
  expect(horizonOf(day)).toBeGreaterThan(stoodAt);
  const canaries = await day.find([...early, ...dark]);
  expect(canaries.map(({ settlement }) => settlement?.verdict)).not.toContain('overdue');
});

test('a canary that somebody took away is no failure', async () => {
  const day = await startSandboxDay();
  await day.run(4);
  day.world.override = ({ path }) =>
    /^\/v2\/conversations\/\d+/.test(path) ? { status: 404, headers: {}, body: '' } : undefined;

  await day.run(6);

  expect(day.controls.length).toBeGreaterThan(0);
  expect(day.controls.map(({ result }) => result)).not.toContain('failed');
});
