/** What commander hands over; durations in milliseconds. */
export interface ProbeOptions {
  readonly config: string;
  readonly smtp?: string;
  readonly from?: string;
  readonly to?: string;
  readonly imap?: string;
  readonly smtpPasswordFile?: string;
  readonly imapPasswordFile?: string;
  readonly caFile?: string;
  readonly plain?: true;
  readonly headers: 'automatic' | 'plain';
  readonly count: number;
  readonly interval: number;
  readonly lateAfter?: number;
  readonly timeout?: number;
  readonly format: 'text' | 'json' | 'nagios';
}
