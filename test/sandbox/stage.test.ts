import { expect, it, onTestFinished } from 'vitest';
import { silentLogger } from '../../src/base/logger.ts';
import { openStage, type Stage, type StageOptions } from '../../src/sandbox/stage.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';
import { createFakeRandom } from '../support/fake-random.ts';

async function open(
  options: Partial<StageOptions> = {},
): Promise<{ readonly stage: Stage; readonly clock: FakeClock }> {
  const clock = createFakeClock();
  const tools = { clock, random: createFakeRandom(), logger: silentLogger };
  const stage = await openStage({ incident: undefined, speed: undefined, ...options }, tools);
  if (stage.type === 'refused') throw new Error(stage.why);
  onTestFinished(() => stage.stop());
  return { stage, clock };
}

it('does what it is told, and says what that is', async () => {
  const { stage } = await open();

  expect(stage.obey('lose 5%')).toBe('5% of the mail to the helpdesk disappears');
  expect(stage.obey('requeue 1h')).toBe('the mail of the last 1h is queued again: 0');
  expect(stage.obey('recover')).toBe('everything is well again');
  expect(stage.obey('dance')).toBe('no such command: try help');
  expect(stage.obey('help')).toContain('break [helpdesk|control|smtp|api]');
});

it('plays an incident on its own quick clock, step by step to the end', async () => {
  const { stage, clock } = await open({ incident: 'total-outage', speed: 60 });
  const said: string[] = [];
  const start = stage.clock.now();

  const played = stage.play((text, at) => said.push(`${at / 60_000} ${text}`));
  await clock.advance(15_000);
  const early = [...said];
  await clock.advance(75_000);
  await played;

  expect(early).toEqual(['15 nothing is ingested any more']);
  expect(said[1]).toBe('60 the queue drains');
  expect(stage.clock.now() - start).toBe(90 * 60_000);
});

it('is two minutes a second in an incident, real time otherwise', async () => {
  const quick = await open({ incident: 'helpscout-2015' });
  const plain = await open();

  expect([quick.stage.speed, plain.stage.speed]).toEqual([120, 1]);
  expect(plain.stage.clock).toBe(plain.clock);
});

it('says in a sentence that it knows no such incident', async () => {
  const tools = { clock: createFakeClock(), random: createFakeRandom(), logger: silentLogger };

  const answer = await openStage({ incident: 'nothing', speed: 1 }, tools);

  expect(answer).toMatchObject({ type: 'refused' });
  expect(answer.type === 'refused' && answer.why).toContain('there is no scenario "nothing"');
});

it('leaves what concerns the monitor itself to simulations', async () => {
  const tools = { clock: createFakeClock(), random: createFakeRandom(), logger: silentLogger };

  const stage = await openStage({ incident: 'monitor-restart', speed: undefined }, tools);

  expect(stage.type === 'refused' ? stage.why : '').toMatch(/mailcanary simulate/);
});
