import { clearScreenDown, createInterface, cursorTo } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

/** Lines that a person types, or a script pipes in, while results are printed. */
export interface LineInput {
  /** Prints above what is being typed. */
  print(text: string): void;
  /** Takes no more lines. Idempotent. */
  close(): void;
}

export interface LineInputOptions {
  readonly input: Readable;
  readonly output: Writable;
  /** Both ends are a terminal: what is typed stays below what is printed. */
  readonly isTerminal: boolean;
  readonly onLine: (line: string) => void;
  /** Ctrl-C, which a terminal in this mode does not turn into a signal. */
  readonly onInterrupt: () => void;
}

export function createLineInput(options: LineInputOptions): LineInput {
  const { input, output, isTerminal, onLine, onInterrupt } = options;
  const reader = createInterface({
    input,
    ...(isTerminal ? { output } : {}),
    terminal: isTerminal,
    prompt: '> ',
  });
  let isOpen = true;
  reader.on('line', (line) => {
    if (line.trim() !== '') onLine(line);
    else if (isTerminal) reader.prompt();
  });
  reader.on('SIGINT', onInterrupt);
  reader.on('close', () => (isOpen = false));
  if (isTerminal) reader.prompt();
  return {
    print(text) {
      if (!isTerminal || !isOpen) {
        output.write(text);
        return;
      }
      cursorTo(output, 0);
      clearScreenDown(output);
      output.write(text);
      reader.prompt(true);
    },
    close() {
      if (!isOpen) return;
      if (isTerminal) {
        cursorTo(output, 0);
        clearScreenDown(output);
      }
      reader.close();
      input.destroy(); // or a pipe that stays open keeps the process
    },
  };
}
