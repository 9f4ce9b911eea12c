export interface DemoOptions {
  /** Milliseconds of the person who watches; absent: until Ctrl-C, or the end of the incident. */
  readonly for?: number;
  readonly incident?: string;
  readonly speed?: number;
}
