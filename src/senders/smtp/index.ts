import type { Clock } from '../../base/clock.ts';
import { createAccessTokens } from '../../base/oauth2.ts';
import type { CanaryMessage } from '../../domain/message.ts';
import type { Sender, SenderReport, SendResult } from '../sender.ts';
import type { SmtpConfig } from './config.ts';
import { loadConnection } from './dialogue.ts';
import { SmtpError } from './failure.ts';
import { buildMime, loadMime } from './mime.ts';
import { reportOf } from './report.ts';
import { acceptedResult, failedResult } from './result.ts';
import { talk, type Desk } from './talk.ts';

/** A sender that hands canaries to a submission relay: one connection and one attempt a canary. */
export function createSmtpSender(
  name: string,
  config: SmtpConfig,
  tools: { readonly clock: Clock },
): Sender {
  const { clock } = tools;
  const { oauth2 } = config;
  const tokens = oauth2 === undefined ? undefined : createAccessTokens(oauth2, { clock });
  const desk: Desk = { config, clock, tokens, open: new Map() };

  return {
    name,
    type: config.type,
    prepare: () => void Promise.all([loadConnection(), loadMime()]),
    send: (message, signal) => send(desk, message, signal),
    check: (signal) => check(desk, signal),
    async close() {
      for (const dialogue of desk.open.keys()) dialogue.stop('aborted');
      await Promise.all(desk.open.values());
    },
  };
}

function send(desk: Desk, message: CanaryMessage, signal: AbortSignal): Promise<SendResult> {
  let serverMessageId: string | undefined;
  return talk<SendResult>(desk, {
    signal,
    async body(dialogue) {
      serverMessageId = await dialogue.deliver(message, await buildMime(message));
      const { transcript } = dialogue;
      const accepted = acceptedResult(transcript, message, serverMessageId);
      if (accepted !== undefined) return accepted;
      const raw = transcript.finalReply()?.raw ?? '';
      throw new SmtpError(`the server answered out of turn: ${raw}`, { reason: 'bad-reply' });
    },
    failed: (failure, { transcript }) =>
      acceptedResult(transcript, message, serverMessageId) ??
      failedResult(failure, transcript, desk.clock),
  });
}

function check(desk: Desk, signal: AbortSignal): Promise<SenderReport> {
  const { config, clock } = desk;
  return talk<SenderReport>(desk, {
    signal,
    body(dialogue, credentials) {
      const ehlo = dialogue.transcript.ehlo();
      const facts = { config, socket: dialogue.socket(), ehlo, user: credentials?.user };
      return Promise.resolve(reportOf({ ...facts, now: clock.now() }));
    },
    failed(failure) {
      throw new SmtpError(`${config.server.host}: ${failure.detail}`, failure);
    },
  });
}
