import type { TestProject } from 'vitest/node';
import { startPostgres } from './rig/postgres.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The port of a PostgreSQL cluster on which the ledgers of a run are; undefined: they are files. */
    postgres?: number;
  }
}

/** One cluster for all tests of a run. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startPostgres();
  project.provide('postgres', server.port);
  return () => server.remove();
}
