import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { createLineInput } from '../../src/cli/line-input.ts';

function open(isTerminal: boolean) {
  const [input, output] = [new PassThrough(), new PassThrough()];
  let [shown, interrupts] = ['', 0];
  output.setEncoding('utf8').on('data', (chunk: string) => (shown += chunk));
  const lines: string[] = [];
  const heard: (() => void)[] = [];
  const reader = createLineInput({
    input,
    output,
    isTerminal,
    onLine(line) {
      lines.push(line);
      heard.shift()?.();
    },
    onInterrupt: () => (interrupts += 1),
  });
  return {
    input,
    lines,
    reader,
    shown: () => shown,
    interrupts: () => interrupts,
    whenHeard: () => new Promise<void>((resolve) => heard.push(resolve)),
  };
}

it('hands on whole lines that are piped in, and writes nothing of its own', async () => {
  const { input, reader, lines, shown, whenHeard } = open(false);
  const heard = whenHeard();

  input.write('\nbreak help');
  input.write('desk\n');
  await heard;
  reader.print('said\n');
  reader.close();
  reader.print('after\n');

  expect(lines).toEqual(['break helpdesk']);
  expect(shown()).toBe('said\nafter\n');
});

it('keeps what is being typed below what is printed, and takes Ctrl-C', async () => {
  const { input, reader, lines, shown, interrupts, whenHeard } = open(true);
  input.write('lo');
  reader.print('said\n');
  const heard = whenHeard();
  input.write('se 5%\r');
  await heard;
  input.write('\u0003');
  reader.close();

  expect(lines).toEqual(['lose 5%']);
  expect(interrupts()).toBe(1);
  expect(shown()).toMatch(/\u001b\[0Jsaid\n.*> lo/s);
});
