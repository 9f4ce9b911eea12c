import { expect, it } from 'vitest';
import { createDialogues } from '../../src/engine/dialogues.ts';
import { createFakeClock } from '../support/fake-clock.ts';

it('lets any number of dialogues listen for the end without a warning of Node', async () => {
  const warnings: string[] = [];
  const hear = ({ message }: Error): void => void warnings.push(message);
  process.on('warning', hear);
  const { signal } = createDialogues(createFakeClock());

  for (let count = 0; count < 50; count += 1) signal.addEventListener('abort', () => undefined);
  await new Promise(setImmediate); // warnings come with the next tick

  process.off('warning', hear);
  expect(warnings).toEqual([]);
});

it('waits for dialogues under way, and cuts those that take longer than 5 s', async () => {
  const clock = createFakeClock();
  const dialogues = createDialogues(clock);
  const cut = new Promise<void>((resolve) => {
    dialogues.signal.addEventListener('abort', () => resolve());
  });
  void dialogues.track(cut);
  void dialogues.track(Promise.resolve());

  const drained = dialogues.drain();
  await clock.advance(4_999);
  expect(dialogues.signal.aborted).toBe(false);
  await clock.advance(1);

  await drained;
  expect(dialogues.signal.aborted).toBe(true);
});
