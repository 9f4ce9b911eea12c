import type { Instant } from '../../base/clock.ts';
import { mailDate, receivedLine } from '../mail.ts';
import type { Accepted } from '../queue.ts';
import type { Thread } from './conversation.ts';

export interface LetterTimes {
  /** createdAt, on the helpdesk's clock. */
  readonly createdAt: Instant;
  /** Acceptance, on the inbound server's clock. */
  readonly serverTime: Instant;
}

/** A mail as a thread of a conversation. */
export function toThread(accepted: Accepted, id: number, times: LetterTimes): Thread {
  const { mail, envelope } = accepted;
  return {
    id,
    createdAt: Math.floor(times.createdAt / 1_000),
    from: mail.from,
    name: mail.fromName,
    to: envelope.to,
    body: escapeHtml(mail.text.trim()).replace(/\r?\n/g, '<br>\n'),
    raw: original(accepted, times.serverTime),
  };
}

/**
 * The source as Help Scout keeps it: its own lines first, then the mail as it
 * came (shape: a captured message in the tests of its PHP client).
 */
function original({ mail, envelope }: Accepted, serverTime: Instant): Buffer {
  const lines = [
    `Correlation-Id: ${envelope.queueId}`,
    'X-Hs-Spam-Score: 0.1',
    'X-Incoming-Source: email',
    `Return-path: <${envelope.from}>`,
    `Envelope-to: ${envelope.to}`,
    `Delivery-date: ${mailDate(serverTime)}`,
    '',
  ];
  const top = lines.join('\r\n') + receivedLine(envelope, serverTime);
  return Buffer.concat([Buffer.from(top), mail.raw]);
}

function escapeHtml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}
