import { expect, it } from 'vitest';
import { createPageWatch } from '../../src/server/page-watch.ts';
import { aProbe, NOW } from './samples.ts';
import { fakeControl } from './support.ts';

it('a page begins with its reason and ends once all has been well for a while', () => {
  const well = aProbe();
  const { lateAfterMs } = well.policy;
  const stalled = aProbe({
    headAt: NOW - lateAfterMs - 60_000,
    horizon: NOW - 1_000,
    headWaiting: 7,
  });
  let [probe, now] = [well, NOW];
  const watch = createPageWatch({ ...fakeControl(), now: () => now, probes: () => [probe] });

  const before = watch.look();
  probe = stalled;
  const [paged] = watch.look();
  const again = watch.look();
  probe = aProbe({ horizon: NOW + lateAfterMs });
  now += 1_000;
  const calm = watch.look();
  now += lateAfterMs;
  const [over] = watch.look();

  expect([before, again, calm]).toEqual([[], [], []]);
  expect(paged).toMatchObject({ label: 'PAGE', tone: 'bad' });
  expect(paged?.detail).toMatch(/nothing gets through: 7 waiting/);
  expect(over).toMatchObject({ label: 'well again', tone: 'good' });
  expect(watch.pages()).toMatchObject([{ since: NOW, until: NOW + 1_000 }]);
});

it('trouble of the monitor itself pages only when it lasts', () => {
  const probe = aProbe({ horizon: NOW - 3_600_000, headAt: null, headWaiting: 0 });
  let now = NOW;
  const watch = createPageWatch({
    ...fakeControl(),
    startedAt: NOW - 7_200_000,
    now: () => now,
    probes: () => [probe],
  });

  const first = watch.look();
  now += 29_000;
  const second = watch.look();
  now += 1_000;
  const [third] = watch.look();

  expect([first, second]).toEqual([[], []]);
  expect(third).toMatchObject({ label: 'PAGE (blind)', tone: 'unknown' });
});

it.each([
  [{ stragglers: 2 }, '2 are missing although newer ones arrived'],
  [{ stragglers: 0 }, '7 of 1440 in 24 h never arrived: more than chance explains'],
])('confirmed loss with %o is a page that says so', ({ stragglers }, words) => {
  const loss = {
    evidenceLog10: 7,
    level: 'confirmed',
    lastDay: { count: 7, of: 1_440 },
  } as const;
  const probe = aProbe({ stragglers, loss });

  const watch = createPageWatch({ ...fakeControl(), now: () => NOW, probes: () => [probe] });

  expect(watch.look()).toMatchObject([{ label: 'PAGE', tone: 'bad', detail: words }]);
});
