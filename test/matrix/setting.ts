/** What every cell is configured with; all in milliseconds. */
export const SETTING = {
  /** One SMTP dialogue, one IMAP look, one HTTP request. */
  timeout: 10_000,
  /** A 4xx is tried again for so long. */
  launchWindow: 20_000,
  suspectAfter: 45_000,
  lateAfter: 90_000,
  lostAfter: 100_000,
  forgetAfter: 110_000,
  /** How long a `slow` answer takes. */
  slow: 1_000,
  /** What a 429 asks for, where it says so. */
  wait: 20_000,
  /** What servers and we ourselves may take where nothing is wrong. */
  slack: 5_000,
} as const;
