import { describe, expect, test } from 'vitest';
import { uniform } from '../../src/base/random.ts';
import { createSystemRandom } from '../../src/base/system.ts';
import { createFakeRandom } from '../support/fake-random.ts';

describe('uniform', () => {
  test.each([
    [[0, 0, 0, 0], 0],
    [[0, 0, 0, 1], 2 ** -32],
    [[128, 0, 0, 0], 0.5],
    [[255, 255, 255, 255], 1 - 2 ** -32],
  ])('%j is %d: from 0 to less than 1', (bytes, expected) => {
    expect(uniform({ bytes: () => Uint8Array.from(bytes) })).toBe(expected);
  });

  test('takes four bytes of chance', () => {
    const asked: number[] = [];

    uniform({
      bytes(count) {
        asked.push(count);
        return new Uint8Array(count);
      },
    });

    expect(asked).toEqual([4]);
  });

  test('is even', () => {
    const random = createFakeRandom(7);
    const tenths = Array.from({ length: 10 }, () => 0);
    for (let draw = 0; draw < 10_000; draw += 1) tenths[Math.floor(uniform(random) * 10)]! += 1;

    // 1,000 each; six standard deviations are 180
    for (const tenth of tenths) expect(Math.abs(tenth - 1_000)).toBeLessThan(180);
  });
});

describe('the fake', () => {
  test('repeats, and differs by its seed', () => {
    const draw = (seed: number): readonly number[] => [...createFakeRandom(seed).bytes(8)];

    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });
});

describe('the system', () => {
  test('gives as many bytes as asked for, others each time', () => {
    const random = createSystemRandom();
    const draws = Array.from({ length: 100 }, () => Buffer.from(random.bytes(16)).toString('hex'));

    expect(new Set(draws).size).toBe(100);
    for (const draw of draws) expect(draw).toHaveLength(32);
    expect(random.bytes(0)).toHaveLength(0);
  });
});
