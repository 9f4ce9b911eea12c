import type { Total, TotalName } from '../ledger/totals.ts';
import type { Lateness } from './referee.ts';

/** What became of the canaries of one probe, by the monitor's books. */
export interface Counts {
  readonly launched: number;
  readonly accepted: number;
  readonly unsent: number;
  readonly onTime: number;
  /** Past the deadline, arrived or not. */
  readonly overdue: number;
  readonly misfiled: number;
  /** Nobody could say. */
  readonly void: number;
  /** Given up, and not come since. */
  readonly lost: number;
  /** Came after they had been overdue or given up. */
  readonly recovered: number;
  /** Those, and the ones that were late when they were first seen. */
  readonly late: number;
  /** Were late by less than their latency is exact, and are on time. */
  readonly near: number;
  readonly duplicated: number;
}

/** By probe, in the order of their names. */
export function countsOf(
  totals: readonly Total[],
  lateness: (probe: string) => Lateness,
): ReadonlyMap<string, Counts> {
  const probes = [...new Set(totals.map(({ probe }) => probe))].sort();
  return new Map(
    probes.map((probe) => {
      const sum = (name: TotalName, label?: string): number =>
        totals
          .filter((total) => total.probe === probe && total.name === name)
          .filter((total) => label === undefined || total.label === label)
          .reduce((all, { value }) => all + value, 0);
      const counts = {
        launched: sum('launched'),
        accepted: sum('accepted'),
        unsent: sum('unsent'),
        onTime: sum('settled', 'on_time'),
        overdue: sum('settled', 'overdue'),
        misfiled: sum('settled', 'misfiled'),
        void: sum('settled', 'void'),
        lost: sum('canaries', 'lost'),
        recovered: sum('recovered', 'overdue') + sum('recovered', 'lost'),
        ...lateness(probe),
        duplicated: sum('duplicated'),
      };
      return [probe, counts];
    }),
  );
}
