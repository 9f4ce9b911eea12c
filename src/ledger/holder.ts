/** Who has a ledger as its one writer, as far as it can be told. */
export interface Holder {
  /** `process 12`, `process 12 on monitor-1`, `another process`. */
  readonly name: string;
  /** On the machine that it runs on. */
  readonly pid: number | undefined;
  /** Known where the database itself knows; undefined where a process wrote it down, which may have been killed since. */
  readonly isAlive: boolean | undefined;
}
