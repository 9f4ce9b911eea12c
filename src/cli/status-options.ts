/** What commander hands over. */
export interface StatusOptions {
  readonly config: string;
  readonly format: 'text' | 'json' | 'nagios';
  readonly watch?: true;
  /** In milliseconds. */
  readonly interval: number;
}
