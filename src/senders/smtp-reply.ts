import type { Reason } from '../base/errors.ts';

/** A complete reply of an SMTP server (RFC 5321 section 4.2). */
export interface SmtpReply {
  readonly code: number;
  /** RFC 3463 status such as `4.7.1`, where the server gives one. */
  readonly enhanced: string | null;
  /** The words behind the codes; the lines of a long reply joined by newlines. */
  readonly text: string;
}

/** Parses one reply with its lines separated by newlines; undefined if that is no SMTP reply. */
export function parseSmtpReply(raw: string): SmtpReply | undefined {
  const lines = raw.trimEnd().split(/\r?\n/);
  const code = /^([2-5]\d\d)(?:[ -]|$)/.exec(lines[0] ?? '')?.[1];
  if (code === undefined) return undefined;
  const enhanced = /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})(?: |$)/.exec(lines[0] ?? '')?.[1] ?? null;
  const lead = enhanced === null ? '' : `${enhanced} `;
  const words = lines.map((line) => {
    const rest = /^\d{3}[ -]/.test(line) ? line.slice(4) : line.slice(line === code ? 3 : 0);
    return rest === enhanced ? '' : rest.startsWith(lead) ? rest.slice(lead.length) : rest;
  });
  return { code: Number(code), enhanced, text: words.join('\n') };
}

/** In which part of the dialogue a reply came; the rest of them are all alike. */
export type ReplyContext = 'auth' | 'starttls' | 'other';

const RATE_WORDS =
  /\brate\b|rate.?limit|throttl|too (?:many|much|fast|often)|gr[ae]y.?list|slow down/i;
/** 530 to 538: authentication required, too weak, failed, encryption needed (RFC 4954 section 6). */
const AUTH_CODES: readonly number[] = [530, 534, 535, 538];

/**
 * What the operator has to do about a 4xx or 5xx reply.
 *
 * A 4xx counts as `rate-limited` if it says so in words, and 421, 450, 451 and
 * 452 also with a status 4.7.x: a passing refusal by policy is nearly always
 * rate, reputation or greylisting. Everything else is plainly `refused`.
 */
export function reasonOfReply(reply: SmtpReply, context: ReplyContext): Reason {
  const { code, enhanced, text } = reply;
  if (context === 'starttls') return 'tls';
  if ((code === 530 || code === 538) && /starttls|encrypt|\btls\b/i.test(text)) return 'tls';
  if (AUTH_CODES.includes(code)) return 'auth';
  if (code < 500) {
    if (RATE_WORDS.test(text)) return 'rate-limited';
    if (code <= 452 && context === 'other' && enhanced?.startsWith('4.7.') === true) {
      return 'rate-limited';
    }
  }
  return context === 'auth' ? 'auth' : 'refused';
}

/** How servers name the mail in their final 250: the first that matches. */
const QUEUE_IDS: readonly RegExp[] = [
  /\bqueued as ([\w.-]+)/i, // Postfix, SendGrid, smtp-server
  /\bOK id=([\w-]+)/i, // Exim
  /\[InternalId=(\d+)/i, // Exchange
  /^OK\s+\d+ ([\w-]+(?:\.[\w-]+)*) - gsmtp/i, // Gmail
  /^OK ([0-9a-f]{8,}(?:-[0-9a-f]+)+)$/i, // Amazon SES
];

/** The server's own name for the mail, as its log has it; null where it gives none that we know. */
export function findQueueId(reply: SmtpReply): string | null {
  for (const pattern of QUEUE_IDS) {
    const id = pattern.exec(reply.text.trim())?.[1];
    if (id !== undefined) return id.replace(/[.-]+$/, '');
  }
  return null;
}

/** What a server offers in its EHLO reply. */
export interface Ehlo {
  readonly dsn: boolean;
  /** Largest mail taken, in bytes; null without SIZE or without a limit. */
  readonly maxSize: number | null;
}

export function parseEhlo(raw: string): Ehlo {
  const lines = (parseSmtpReply(raw)?.text ?? '').split('\n').slice(1);
  const size = Number(/^SIZE\s+(\d+)/im.exec(lines.join('\n'))?.[1] ?? 0);
  return { dsn: lines.some((line) => /^DSN\s*$/i.test(line)), maxSize: size > 0 ? size : null };
}
