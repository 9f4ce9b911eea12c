/** Plays the matrix on each breakage of the product: every one must turn it red. `npm run matrix:breakages`. */
import { BREAKAGES, playBroken } from './breakage.ts';

const print = (line: string): void => void process.stdout.write(`${line}\n`);
let missed = 0;
for (const breakage of BREAKAGES) {
  const { lines, isRun } = await playBroken(breakage);
  const isSeen = isRun && lines.length > 0;
  if (!isSeen) missed += 1;
  print(`${isSeen ? 'RED' : 'MISSED'}  ${breakage.what}: ${lines.length} cells`);
  for (const line of lines) print(`    ${line}`);
}
process.exitCode = missed === 0 ? 0 : 1;
