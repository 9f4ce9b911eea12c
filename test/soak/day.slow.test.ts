import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const DAY = fileURLToPath(new URL('./day.ts', import.meta.url));
/**
 * Percent. Three hours at 12 probes have 1.2; with each of the 2,155 canaries remembered for ever they had 10.4. Fewer canaries tell
 * less: 5 probes had 5.4 without (code is still being compiled in the first hour) and 8.2 with.
 */
const MOST = 5;

it(
  'keeps as much in memory after three hours as after one, and leaves nothing open (npm run soak:day has 24)',
  { timeout: 180_000 },
  async () => {
    // In a process of its own: what it holds is the monitor's.
    const args = ['--import', 'tsx', DAY, '--hours', '3', '--probes', '12'];

    const { stdout } = await promisify(execFile)(process.execPath, args);

    const growth = /^heap after 3 h: (-?\d+\.\d) % more than after 1 h$/m.exec(stdout);
    expect(stdout).toMatch(/^21\d\d canaries of 12 probes in 3 h/m);
    expect(Number(growth?.[1])).toBeLessThanOrEqual(MOST);
    expect(stdout).toMatch(/^nothing left open$/m);
  },
);
