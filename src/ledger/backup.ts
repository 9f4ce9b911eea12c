/** A copy that was made, read again and found whole. */
export interface Backup {
  /** Absolute. */
  readonly file: string;
  readonly bytes: number;
  readonly canaries: number;
  /** Of its last event. */
  readonly position: number;
}
