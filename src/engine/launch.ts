import { backoffMs, type BackoffLimits } from '../base/backoff.ts';
import type { Clock, Instant } from '../base/clock.ts';
import { unreachable } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import type { Canary, Fact } from '../domain/canary.ts';
import { composeMessage } from '../domain/message.ts';
import { createToken, type TokenKeys } from '../domain/token.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Sender, SendResult } from '../senders/sender.ts';
import type { Occasion, Order } from './order.ts';

export interface LaunchTools {
  readonly clock: Clock;
  readonly random: Random;
  readonly keys: TokenKeys;
  readonly ledger: Ledger;
  readonly sender: Sender;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Hears that the canary is durable, just before its first dialogue. */
  readonly onLaunched?: (canary: Canary) => void;
  /** Hears of every dialogue, also of those that are tried again. */
  readonly onAttempt?: (attempt: Attempt) => void;
}

export interface Attempt {
  readonly id: string;
  readonly sender: string;
  /** 1 for the first dialogue of the canary. */
  readonly number: number;
  readonly result: SendResult;
  /** When it will be tried again; undefined: this answer is final. */
  readonly retryAt: Instant | undefined;
}

/** Greylisting wants minutes, a passing 4xx seconds: doubling from one to the other serves both. */
const RETRY: BackoffLimits = { firstMs: 5_000, maxMs: 60_000 };

/**
 * Launches one canary: durable in the ledger first, then the dialogue, then
 * its answer as a fact. A 4xx is tried again within the launch window; a send
 * in doubt never is, since that could make two mails of one canary.
 *
 * @throws MonitorError `ledger` when the canary could not be written; then nothing was sent.
 */
export async function launch(
  order: Order,
  occasion: Occasion,
  tools: LaunchTools,
): Promise<Canary> {
  const { clock, ledger, logger } = tools;
  const { route } = order;
  const token = createToken({ ...tools, kind: occasion.kind, launchedAt: clock.now(), route });
  const canary = await ledger.launch({
    id: token.id,
    token: token.token,
    route,
    kind: occasion.kind,
    policy: order.policy,
    scheduledAt: occasion.scheduledAt,
    launchedAt: clock.now(),
  });
  logger.info({ canary: token.id, probe: route.probe }, 'canary launched');
  tools.onLaunched?.(canary);
  const answer = await converse(canary, order, tools);
  await ledger.append([{ id: token.id, fact: answer }]);
  return canary;
}

/** Dialogues until the answer is final; the fact that follows from it. */
async function converse(canary: Canary, order: Order, tools: LaunchTools): Promise<Fact> {
  const { clock, sender, random, signal } = tools;
  const { id, token, launchedAt, route } = canary.launch;
  const { from, to, profile } = order;
  const message = composeMessage({ id, token, probe: route.probe, from, to, launchedAt, profile });
  for (let number = 1; ; number += 1) {
    const result = await sender.send(message, signal);
    const pauseMs = backoffMs(number, RETRY, random);
    const isInTime = clock.now() + pauseMs <= launchedAt + order.launchWindowMs;
    const retryAt = result.type === 'deferred' && isInTime ? clock.now() + pauseMs : undefined;
    report(tools, { id, sender: sender.name, number, result, retryAt });
    if (retryAt === undefined) return factOf(result);
    await clock.sleep(pauseMs, signal);
    if (signal.aborted) return factOf(result);
  }
}

function report(tools: LaunchTools, attempt: Attempt): void {
  const { id, number, result } = attempt;
  const fields = { canary: id, attempt: number, result: result.type, timings: result.timings };
  if (result.type === 'accepted') tools.logger.info(fields, 'canary accepted');
  else if (result.type === 'in_doubt') {
    tools.logger.warn({ ...fields, ...result.doubt }, 'canary in doubt: no answer after its body');
  } else tools.logger.warn({ ...fields, ...result.refusal }, 'canary not accepted');
  tools.onAttempt?.(attempt);
}

function factOf(result: SendResult): Fact {
  switch (result.type) {
    case 'accepted':
      return { type: 'accepted', acceptance: result.acceptance };
    case 'deferred':
    case 'refused':
      return { type: 'refused', refusal: result.refusal };
    case 'in_doubt':
      return { type: 'doubted', doubt: result.doubt };
    default:
      return unreachable(result);
  }
}
