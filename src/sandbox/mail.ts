import PostalMime from 'postal-mime';

/** One mail as it came in by SMTP, with what a helpdesk reads of it. */
export interface Mail {
  readonly raw: Buffer;
  readonly from: string;
  readonly fromName: string;
  readonly subject: string;
  readonly messageId: string | null;
  /** Message-IDs that it answers (In-Reply-To, References). */
  readonly answers: readonly string[];
  readonly text: string;
}

/** Who talked to which inbound server. */
export interface Envelope {
  readonly from: string;
  readonly to: string;
  readonly helo: string;
  readonly remoteAddress: string;
  /** The name of the server, the `by` of its Received line. */
  readonly server: string;
  readonly queueId: string;
}

/** Takes any bytes: what is no mail has no subject and its bytes for a text. */
export async function readMail(raw: Buffer, envelopeFrom: string): Promise<Mail> {
  try {
    const parsed = await PostalMime.parse(raw, { maxNestingDepth: 16 });
    return {
      raw,
      from: parsed.from?.address ?? envelopeFrom,
      fromName: parsed.from?.name ?? '',
      subject: parsed.subject ?? '',
      messageId: parsed.messageId ?? null,
      answers: idsIn(`${parsed.inReplyTo ?? ''} ${parsed.references ?? ''}`),
      text: parsed.text ?? parsed.html ?? '',
    };
  } catch {
    const text = raw.toString('utf8');
    return {
      raw,
      from: envelopeFrom,
      fromName: '',
      subject: '',
      messageId: null,
      answers: [],
      text,
    };
  }
}

/** `mx3` of `mx3.sandbox.test`: what a server is called in the dials. */
export function shortName(server: string): string {
  return server.split('.')[0] ?? server;
}

function idsIn(text: string): readonly string[] {
  return text.match(/<[^<>\s]+>/g) ?? [];
}

/** An RFC 5322 date in UTC. */
export function mailDate(ms: number): string {
  return new Date(ms).toUTCString().replace('GMT', '+0000');
}

/**
 * The trace line of an inbound server, newest on top (RFC 5321 section 4.4):
 * `at` is that server's own clock, whole seconds.
 */
export function receivedLine(envelope: Envelope, at: number): string {
  const { helo, remoteAddress, server, queueId, to } = envelope;
  const address = remoteAddress.includes(':') ? `IPv6:${remoteAddress}` : remoteAddress;
  return (
    `Received: from ${helo} (${helo} [${address}])\r\n` +
    `\tby ${server} (sandbox) with ESMTP id ${queueId}\r\n` +
    `\tfor <${to}>; ${mailDate(at)}\r\n`
  );
}
