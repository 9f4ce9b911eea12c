const KEPT = 1_000;

/** Copies of canaries that no ledger of ours knows; each counts once, however often it is read. */
export function createAcquaintances(): { meet(ids: readonly string[]): number } {
  const known = new Set<string>();
  return {
    meet(ids) {
      const fresh = new Set(ids.filter((id) => !known.has(id)));
      for (const id of fresh) known.add(id);
      for (const id of known) {
        if (known.size <= KEPT) break;
        known.delete(id);
      }
      return fresh.size;
    },
  };
}
