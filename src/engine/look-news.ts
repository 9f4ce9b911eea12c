import type { Ledger, LookEntry } from '../ledger/ledger.ts';
import type { Observer } from '../observers/observer.ts';
import type { DeadlineBook } from './deadline-book.ts';
import { writeMemory, type WatchMemory } from './memory.ts';

/** A look that showed nothing is written down when the stored horizon is this old: each write is a sync to disk. */
const HORIZON_STEP_MS = 1_000;

/** Whether anything would be forgotten or decided later if the look were not written down. */
export function isNews(
  entry: LookEntry,
  view: {
    readonly ledger: Pick<Ledger, 'observerState'>;
    readonly observer: Pick<Observer, 'name'>;
    readonly memory: WatchMemory;
    readonly deadlines: DeadlineBook;
  },
): boolean {
  const { ledger, observer, memory, deadlines } = view;
  if (entry.facts.length > 0) return true;
  if (JSON.stringify(entry.cursor) !== JSON.stringify(writeMemory(memory))) return true;
  const known = ledger.observerState(observer.name);
  if (entry.horizon === null) return false;
  if (known === undefined || known.horizon === null || known.site !== entry.site) return true;
  const next = entry.horizon;
  return next - known.horizon >= HORIZON_STEP_MS || deadlines.hasPassed(next);
}
