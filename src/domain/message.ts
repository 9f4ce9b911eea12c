import type { Instant } from '../base/clock.ts';

/**
 * Which headers tell other systems that this is an automatic mail. `automatic`
 * keeps responders quiet (RFC 3834); some helpdesks park such mail, so there
 * `plain` looks like a customer's.
 */
export const HEADER_PROFILES = ['automatic', 'plain'] as const;
export type HeaderProfile = (typeof HEADER_PROFILES)[number];

/** A mail to send, still without its MIME form. */
export interface CanaryMessage {
  /** Public id; goes out as the DSN envelope id (RFC 3461 section 4.4). */
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  /** With angle brackets. */
  readonly messageId: string;
  readonly date: Instant;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly text: string;
}

export const TOKEN_HEADER = 'X-Mailcanary-Token';

export interface MessageOptions {
  readonly id: string;
  readonly token: string;
  readonly probe: string;
  readonly from: string;
  readonly to: string;
  readonly launchedAt: Instant;
  readonly profile: HeaderProfile;
}

/**
 * Writes the mail of a canary. The token stands in subject, body, a header of
 * its own and the Message-ID, since each of them gets lost somewhere: services
 * replace Message-IDs, helpdesks drop headers, people see subjects.
 */
export function composeMessage(options: MessageOptions): CanaryMessage {
  const { id, token, probe, from, to, launchedAt, profile } = options;
  const domain = from.slice(from.lastIndexOf('@') + 1);
  return {
    id,
    from,
    to,
    subject: `mailcanary ${token}`,
    messageId: `<${token}@${domain}>`,
    date: launchedAt,
    headers: [[TOKEN_HEADER, token], ...PROFILE_HEADERS[profile]],
    text: [
      `This is an automatic test mail of the delivery monitor "${probe}".`,
      'It measures how long mail to this address takes. Nobody needs to answer it.',
      '',
      `Sent:  ${new Date(launchedAt).toISOString()}`,
      `Token: ${token}`,
      '',
    ].join('\n'),
  };
}

const PROFILE_HEADERS: Readonly<Record<HeaderProfile, readonly (readonly [string, string])[]>> = {
  automatic: [
    ['Auto-Submitted', 'auto-generated'],
    ['X-Auto-Response-Suppress', 'All'],
  ],
  plain: [],
};
