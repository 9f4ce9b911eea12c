import { expect, it } from 'vitest';
import { createUsualLatency } from '../../src/engine/usual.ts';

/** Looks at the due age, then every 5 s, for canaries that are visible after `visible` milliseconds. */
function observe(visible: (n: number) => number, count: number) {
  const usual = createUsualLatency();
  let looks = 0;
  for (let n = 0; n < count; n += 1) {
    let age = usual.dueAfter('support');
    looks += 1;
    while (age < visible(n)) {
      age += 5_000;
      looks += 1;
    }
    usual.seenAt('support', age);
  }
  return { due: usual.dueAfter('support'), looks: looks / count };
}

it('finds the age at which canaries become visible, and needs few looks for it', () => {
  const { due, looks } = observe(() => 17_000, 200);

  expect(due).toBeGreaterThan(12_000);
  expect(due).toBeLessThan(22_000);
  expect(looks).toBeLessThan(1.4);
});

it('comes back after a slow time', () => {
  const { due } = observe((n) => (n < 30 ? 120_000 : 10_000), 90);

  expect(due).toBeLessThan(15_000);
});

it('knows each probe for itself', () => {
  const usual = createUsualLatency();
  usual.seenAt('slow', 60_000);

  expect(usual.dueAfter('slow')).toBeGreaterThan(usual.dueAfter('support'));
});
