import type { Clock } from '../../base/clock.ts';
import { withDeadline } from '../../base/deadline.ts';
import type { AccessTokens } from '../../base/oauth2.ts';
import type { SmtpConfig } from './config.ts';
import { findCredentials, forgetCredentials, type Credentials } from './credentials.ts';
import { Dialogue } from './dialogue.ts';
import { describeFailure, type Failure } from './failure.ts';

/** What one sender's dialogues have in common. */
export interface Desk {
  readonly config: SmtpConfig;
  readonly clock: Clock;
  readonly tokens: AccessTokens | undefined;
  /** Dialogues with a socket still open, and when it is gone; also those that only wait for the reply to QUIT. */
  readonly open: Map<Dialogue, Promise<void>>;
}

export interface Talk<T> {
  readonly signal: AbortSignal;
  /** Runs once the line is open and we are logged in. */
  readonly body: (dialogue: Dialogue, credentials: Credentials | undefined) => Promise<T>;
  /** What a failure means: a result, or something to throw. */
  readonly failed: (failure: Failure, dialogue: Dialogue) => T;
}

/** One dialogue from connecting to leaving, within the configured time. The answer does not wait for QUIT. */
export async function talk<T>(desk: Desk, { signal, body, failed }: Talk<T>): Promise<T> {
  const { config, clock, tokens, open } = desk;
  const dialogue = new Dialogue(config, clock);
  const deadline = { clock, ms: config.timeoutMs, what: 'the SMTP dialogue', signal };
  let credentials: Credentials | undefined;
  let healthy = false;
  open.set(dialogue, Promise.resolve());
  try {
    const value = await withDeadline(deadline, async (inner) => {
      const stop = (): void => dialogue.stop(signal.aborted ? 'aborted' : 'timeout');
      inner.addEventListener('abort', stop, { once: true });
      if (inner.aborted) stop();
      credentials = await findCredentials(config, tokens, inner);
      await dialogue.open();
      if (credentials !== undefined) await dialogue.logIn(credentials);
      return body(dialogue, credentials);
    });
    healthy = true;
    return value;
  } catch (error) {
    const failure = describeFailure(error, dialogue, credentials?.secrets ?? []);
    // In the middle of a mail a QUIT would be part of it.
    healthy = failure.code !== null && dialogue.transcript.stage() !== 'body';
    if (failure.reason === 'auth') forgetCredentials(config, tokens);
    return failed(failure, dialogue);
  } finally {
    open.set(
      dialogue,
      dialogue.leave(healthy).finally(() => open.delete(dialogue)),
    );
  }
}
