import type { Clock } from '../base/clock.ts';
import { withDeadline } from '../base/deadline.ts';
import { messageOf, MonitorError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { startLoop, type Loop } from '../base/loop.ts';
import type { Secret } from '../base/secret.ts';

/** Longer than this no service takes to say that it heard us. */
const ANSWER_MS = 10_000;

export interface HeartbeatTools {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly url: Secret;
  readonly everyMs: number;
  /** Whether the monitor can do its work; silence tells when it cannot. */
  readonly isWell: () => boolean;
  readonly onPing: (result: 'ok' | 'error') => void;
}

/**
 * The dead man's switch of the monitor itself: asks a URL again and again while all is well, so that whoever waits
 * there calls somebody when it stops. For those who have nobody to watch Prometheus' Watchdog, or no Prometheus.
 */
export function startHeartbeat(tools: HeartbeatTools): Loop {
  const { clock, logger, everyMs } = tools;
  let failures = 0;
  return startLoop({
    clock,
    async round(signal) {
      if (!tools.isWell()) return everyMs;
      try {
        await ping(tools, signal);
        if (failures > 0) logger.info({ failures }, 'heartbeat: heard again');
        failures = 0;
        tools.onPing('ok');
      } catch (error) {
        if (signal.aborted) return everyMs;
        if (!(error instanceof MonitorError)) throw error;
        failures += 1;
        tools.onPing('error');
        // Once for each trouble: it repeats every minute.
        if (failures === 1)
          logger.warn({ reason: error.reason, detail: error.message }, 'heartbeat failed');
      }
      return everyMs;
    },
  });
}

/**
 * One ping: GET, and any 2xx is good. Redirects are not followed, since the path is a secret.
 *
 * @throws MonitorError `timeout`, `unreachable`, or `refused` for another status.
 */
export async function ping(
  { clock, url }: Pick<HeartbeatTools, 'clock' | 'url'>,
  signal: AbortSignal,
): Promise<void> {
  await withDeadline({ clock, ms: ANSWER_MS, what: 'the heartbeat', signal }, async (inner) => {
    const { status } = await ask(url.reveal(), inner);
    if (status >= 200 && status < 300) return;
    const options = { reason: 'refused', retryable: true } as const;
    throw new MonitorError(`the heartbeat was answered with ${status}`, options);
  });
}

async function ask(url: string, signal: AbortSignal): Promise<{ readonly status: number }> {
  try {
    const answer = await fetch(url, { signal, redirect: 'manual' });
    await answer.body?.cancel();
    return answer;
  } catch (error) {
    // The message of fetch itself says nothing; its cause may, and names host and port at most.
    const cause = error instanceof Error ? error.cause : undefined;
    const options = { reason: 'unreachable', retryable: true } as const;
    throw new MonitorError(
      `the heartbeat could not be sent: ${messageOf(cause ?? error)}`,
      options,
    );
  }
}
