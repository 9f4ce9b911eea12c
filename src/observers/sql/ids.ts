import type { Mail } from './rows.ts';

/** By which id the row of a copy is asked for. */
export interface IdMemory {
  note(mail: Mail): void;
  /** Undefined where no row of it was read by this process, and its name is no id. */
  of(externalId: string): bigint | undefined;
}

/** Only queries with a column `external_id` need it. */
const KEPT = 20_000;

export function createIdMemory(): IdMemory {
  /** Oldest first. */
  const ids = new Map<string, bigint>();
  return {
    note({ id, item: { externalId } }) {
      if (externalId === String(id)) return;
      ids.delete(externalId);
      ids.set(externalId, id);
      const [oldest] = ids.keys();
      if (ids.size > KEPT && oldest !== undefined) ids.delete(oldest);
    },
    of: (externalId) =>
      ids.get(externalId) ?? (/^\d{1,19}$/.test(externalId) ? BigInt(externalId) : undefined),
  };
}
