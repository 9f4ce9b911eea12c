import type { Clock } from './clock.ts';
import type { Secret } from './secret.ts';

/** Where to get access tokens and what to show for them. */
export interface OAuth2Client {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: Secret | undefined;
  /** Present: the refresh-token grant; absent: client credentials. */
  readonly refreshToken: Secret | undefined;
  readonly scope: string | undefined;
}

/** Access tokens for XOAUTH2, fetched when needed and kept until shortly before they expire. */
export interface AccessTokens {
  /** @throws MonitorError `auth` when the token endpoint refuses us, `unreachable`, `timeout` or `bad-reply` else. */
  get(signal: AbortSignal): Promise<Secret>;
  /** Forgets the token kept: the server did not take it. */
  invalidate(): void;
}

export interface AccessTokenTools {
  readonly clock: Clock;
}
