import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Builds the program before the suites that run it. */
export function setup(): void {
  execFileSync('npm', ['run', '--silent', 'build'], {
    cwd: fileURLToPath(new URL('../../', import.meta.url)),
    stdio: ['ignore', 'inherit', 'inherit'],
  });
}
