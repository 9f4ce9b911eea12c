/** What every cell is configured with; all in milliseconds. */
export const SETTING = {
  /** One SMTP dialogue, one IMAP look, one HTTP request. */
  timeout: 10_000,
  /** A 4xx is tried again for so long. */
  launchWindow: 20_000,
  suspectAfter: 45_000,
  lateAfter: 90_000,
  lostAfter: 100_000,
  /**
   * Only a complete look that begins before it can show that a mail is lost. Where every other look takes its whole time-out, two
   * complete ones are that and 5 s of back-off and pauses apart; with room for as much again.
   */
  forgetAfter: 120_000,
  /** How long a `slow` answer takes. */
  slow: 1_000,
  /** What a 429 asks for, where it says so. */
  wait: 20_000,
  /** What servers and we ourselves may take where nothing is wrong. */
  slack: 5_000,
} as const;
