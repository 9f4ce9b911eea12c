import { defineConfig } from 'vitest/config';

const SLOW = ['test/**/*.slow.test.ts', 'test/architecture.test.ts'];

/** What is true of a ledger whatever its database is. */
const LEDGERS = [
  'test/ledger/{store,ledger,looks,views,litter,newest}.test.ts',
  'test/ledger/{totals,trails,crash,audit}.slow.test.ts',
  'test/engine/{deadline-book,engine,restart,roster,scheduler,settle}.test.ts',
  'test/engine/tidy.slow.test.ts',
];

/**
 * `unit` and `slow` need nothing but Node, and `unit` is done within half a minute; `real` starts Postfix, Dovecot and
 * the built program, `rt` Request Tracker behind Postfix. `postgres` has the ledgers on a PostgreSQL cluster of its own.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/{real,e2e,postgres,rt}/**', ...SLOW],
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
          name: 'postgres',
          globalSetup: ['test/support/postgres-setup.ts'],
          include: ['test/postgres/**/*.test.ts', ...LEDGERS],
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
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'rt',
          globalSetup: ['test/support/build.ts'],
          include: ['test/rt/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
