import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const DAY = fileURLToPath(new URL('./day.ts', import.meta.url));

it(
  'keeps as much in memory after three hours as after one, and leaves nothing open (npm run soak:day has 24)',
  { timeout: 180_000 },
  async () => {
    // In a process of its own: what it holds is the monitor's. One that remembered each canary for ever had 14.8 % more.
    const args = ['--import', 'tsx', DAY, '--hours', '3', '--probes', '5'];

    const { stdout } = await promisify(execFile)(process.execPath, args);

    expect(stdout).toMatch(/^89\d canaries of 5 probes in 3 h/m);
    expect(stdout).toMatch(/^heap after 3 h: -?\d\.\d % more than after 1 h$/m);
    expect(stdout).toMatch(/^nothing left open$/m);
  },
);
