import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Script } from 'node:vm';
import { expect, test } from 'vitest';
import { MAIN } from '../support/program.ts';

test('V8 takes the code cache of the build', () => {
  const folder = dirname(MAIN);
  const source = readFileSync(join(folder, 'program.cjs'), 'latin1');
  const cachedData = readFileSync(join(folder, 'program.cache'));
  // As the launcher wraps it: V8 compares the length of the source.
  const wrapped = `(function (require, module, exports, __filename) {\n${source}\n})`;

  const script = new Script(wrapped, { cachedData });

  expect(script.cachedDataRejected).toBe(false);
});
