import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import * as z from 'zod';

const Scene = z.looseObject({ name: z.string() });

/** All scenes in one process, in a network of its own, so that nothing else on the machine is cut off. */
async function play(): Promise<ReadonlyMap<string, Readonly<Record<string, unknown>>>> {
  const script = fileURLToPath(new URL('../support/network-run.ts', import.meta.url));
  const args = ['--net', process.execPath, '--import', 'tsx', script];
  const { stdout } = await promisify(execFile)('unshare', args);
  const scenes = stdout
    .trim()
    .split('\n')
    .map((line) => Scene.parse(JSON.parse(line)));
  return new Map(scenes.map(({ name, ...scene }) => [name, scene]));
}

const within = (value: unknown, least: number, most: number): void => {
  expect(value).toBeGreaterThanOrEqual(least);
  expect(value).toBeLessThanOrEqual(most);
};

it('a network that swallows packets: bounds are kept, and nothing is taken for what it is not', async () => {
  const scenes = await play();
  const [before, after, mailbox, loss] = [
    ...['before the dot', 'after the dot', 'mailbox', 'loss'].map((name) => scenes.get(name)),
  ];

  expect(before).toMatchObject({ reason: 'timeout', outcome: 'unsent', verdict: null, copies: 0 });
  expect(after).toMatchObject({ reason: 'timeout', outcome: 'arrived', verdict: 'on_time' });
  expect([before?.['connections'], after?.['connections'], after?.['copies']]).toEqual([1, 1, 1]);
  // The dialogue may take 3 s.
  within(before?.['tookMs'], 3_000, 10_000);
  within(after?.['tookMs'], 3_000, 10_000);

  expect(mailbox).toMatchObject({ first: 'timeout', horizonMovedMs: 0, outcome: 'arrived' });
  expect(mailbox?.['meanwhile']).toEqual(['in_flight', null]);
  expect(mailbox?.['verdict']).toBe('on_time');
  within(mailbox?.['firstMs'], 0, 10_000);

  expect(loss).toMatchObject({
    outcomes: ['arrived', 'arrived', 'arrived'],
    verdicts: ['on_time', 'on_time', 'on_time'],
    copies: [1, 1, 1],
  });
}, 300_000);
