import { defineConfig } from 'vitest/config';

const SLOW = ['test/**/*.slow.test.ts', 'test/architecture.test.ts'];

/**
 * `unit` and `slow` need nothing but Node, and `unit` is done within half a minute; `real` starts Postfix, Dovecot and
 * the built program.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/{real,e2e}/**', ...SLOW],
          testTimeout: 10_000,
          isolate: false,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'slow',
          include: SLOW,
          testTimeout: 60_000,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'real',
          globalSetup: ['test/support/build.ts'],
          include: ['test/{real,e2e}/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
