import { defineConfig } from 'vitest/config';

/** `unit` needs nothing but Node; `real` starts Postfix, Dovecot and the built program. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/{real,e2e}/**'],
          testTimeout: 10_000,
          isolate: false,
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
