import { messageOf, MonitorError, type Reason } from '../../base/errors.ts';
import { redact, type Secret } from '../../base/secret.ts';
import { parseSmtpReply, reasonOfReply, type ReplyContext } from '../smtp-reply.ts';
import { STAGE_WORDS, type Stage, type Transcript } from './transcript.ts';

const DETAIL_LENGTH = 300;

/** Why a dialogue failed, with the server's reply code where there was one. */
export class SmtpError extends MonitorError {
  /** 400 to 599, or null: the network failed, or the reply made no sense. */
  readonly code: number | null;

  constructor(
    message: string,
    options: { readonly reason: Reason; readonly code?: number | null },
  ) {
    const { reason, code = null } = options;
    const passes = reason === 'timeout' || reason === 'unreachable' || reason === 'aborted';
    super(message, { reason, retryable: code === null ? passes : code < 500 });
    this.code = code;
  }
}

/** A failed dialogue, in words and without secrets. */
export interface Failure {
  readonly reason: Reason;
  /** 400 to 599, or null. */
  readonly code: number | null;
  readonly detail: string;
  /** What was written last never reached the kernel as a whole, so it never reached the server. */
  readonly neverLeft: boolean;
}

interface Ended {
  readonly transcript: Transcript;
  /** Whether we ended it ourselves. */
  stopped(): 'aborted' | 'timeout' | undefined;
}

/**
 * What the socket, nodemailer or we ourselves had to say about the end of it.
 *
 * @throws what is none of these: a bug of ours.
 */
export function describeFailure(
  error: unknown,
  dialogue: Ended,
  secrets: readonly Secret[],
): Failure {
  const stage = dialogue.transcript.stage();
  const stopped = dialogue.stopped();
  const said = toSmtpError(error, dialogue.transcript);
  const code = said instanceof SmtpError ? said.code : null;
  // Whatever our own closing of the socket looked like from inside.
  const reason = code === null && stopped !== undefined ? stopped : said.reason;
  const words =
    reason === 'timeout' || reason === 'aborted'
      ? `${reason === 'timeout' ? 'no end in time' : 'stopped'}, waiting for ${STAGE_WORDS[stage]}`
      : said.message;
  return { reason, code, detail: toDetail(words, secrets), neverLeft: isWriteError(error) };
}

function toSmtpError(error: unknown, transcript: Transcript): MonitorError {
  if (error instanceof MonitorError) return error;
  const response = textField(error, 'response');
  if (response !== undefined) return replyError(response, transcript.answered());
  if (textField(error, 'code') === undefined) throw error;
  return networkError(error, transcript.stage());
}

/** The failure that a reply of the server stands for, 4xx and 5xx or plain nonsense. */
function replyError(raw: string, stage: Stage): SmtpError {
  const reply = parseSmtpReply(raw);
  if (reply === undefined || reply.code < 400) {
    return new SmtpError(`makes no sense as ${STAGE_WORDS[stage]}: ${raw}`, {
      reason: 'bad-reply',
    });
  }
  const context: ReplyContext = stage === 'auth' || stage === 'starttls' ? stage : 'other';
  return new SmtpError(raw, { reason: reasonOfReply(reply, context), code: reply.code });
}

function networkError(error: unknown, stage: Stage): SmtpError {
  const waiting = stage === 'connect' ? '' : `, waiting for ${STAGE_WORDS[stage]}`;
  return new SmtpError(`${messageOf(error)}${waiting}`, { reason: networkReason(error, stage) });
}

function networkReason(error: unknown, stage: Stage): Reason {
  const code = textField(error, 'code');
  if (code === 'ETIMEDOUT') return 'timeout';
  if (stage === 'tls' || code === 'ETLS') return 'tls';
  if (code === 'EAUTH') return 'auth';
  if (code === 'EPROTOCOL') return 'bad-reply';
  // Larger than the SIZE that the server gave, or an address that no server would take.
  if (code === 'EMESSAGE' || code === 'EENVELOPE') return 'refused';
  return 'unreachable';
}

/** A write can only fail while something of it is still ours. */
function isWriteError(error: unknown): boolean {
  return textField(error, 'syscall') === 'write';
}

function textField(error: unknown, field: string): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const value: unknown = Reflect.get(error, field);
  return typeof value === 'string' ? value : undefined;
}

/** One line for ledger and log, without secrets, at most 300 characters. */
function toDetail(text: string, secrets: readonly Secret[]): string {
  // Before and after the white space is folded: a secret may hold some itself.
  const folded = redact(text, secrets)
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  const clean = redact(folded, secrets);
  return clean.length > DETAIL_LENGTH ? `${clean.slice(0, DETAIL_LENGTH - 3)}...` : clean;
}
