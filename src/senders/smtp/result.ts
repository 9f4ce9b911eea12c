import type { Clock } from '../../base/clock.ts';
import type { CanaryMessage } from '../../domain/message.ts';
import type { SendResult } from '../sender.ts';
import { findQueueId, parseSmtpReply } from '../smtp-reply.ts';
import type { Failure } from './failure.ts';
import type { Transcript } from './transcript.ts';

/**
 * The mail system took the mail: the dot had gone out and the reply to it is a
 * 2xx. Undefined in every other case, whatever else happened afterwards.
 */
export function acceptedResult(
  transcript: Transcript,
  message: CanaryMessage,
  serverMessageId: string | undefined,
): SendResult | undefined {
  const low = transcript.dotSentAt();
  const answer = transcript.finalReply();
  const reply = answer === undefined ? undefined : parseSmtpReply(answer.raw);
  if (low === undefined || answer === undefined || reply === undefined || reply.code >= 300) {
    return undefined;
  }
  const replaced = serverMessageId !== undefined && serverMessageId !== message.messageId;
  const acceptance = {
    at: { low, high: Math.max(low, answer.at) },
    queueId: findQueueId(reply),
    serverMessageId: replaced ? serverMessageId : null,
  };
  return { type: 'accepted', acceptance, timings: transcript.timings() };
}

/**
 * The rule by stage: before the dot the mail cannot have been taken; after it
 * only a 4xx or 5xx, or a write that failed, says that it was not.
 */
export function failedResult(failure: Failure, transcript: Transcript, clock: Clock): SendResult {
  const { reason, code, detail, neverLeft } = failure;
  const timings = transcript.timings();
  const now = clock.now();
  const low = transcript.dotSentAt();
  if (low !== undefined && code === null && !neverLeft) {
    return { type: 'in_doubt', doubt: { at: { low, high: now }, reason, detail }, timings };
  }
  const refusal = { at: now, reason, code, detail };
  return { type: code !== null && code < 500 ? 'deferred' : 'refused', refusal, timings };
}
