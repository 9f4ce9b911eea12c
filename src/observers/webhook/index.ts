import type { Clock, Instant } from '../../base/clock.ts';
import { MonitorError } from '../../base/errors.ts';
import type { Random } from '../../base/random.ts';
import type { TokenKeys } from '../../domain/token.ts';
import { parseJson } from '../http/failure.ts';
import { foreignMessageId, judgeLetter } from '../letter.ts';
import type {
  HookAnswer,
  HookRequest,
  Look,
  LookOptions,
  Mismatch,
  Observation,
  Observer,
} from '../observer.ts';
import { isSigned } from '../signature.ts';
import { checkHook } from './check.ts';
import type { WebhookConfig } from './config.ts';
import { createPushInbox, type PushInbox } from './inbox.ts';
import { createPushClock, type PushClock } from './offset.ts';
import { readPayload, STAMP_QUANTUM_MS, type Told } from './reply.ts';
import { createTestHook } from './test-hook.ts';

export interface WebhookTools {
  readonly clock: Clock;
  readonly random: Random;
  readonly keys: TokenKeys;
}

/** What a webhook told of: a canary, or something that pretends to be one. */
interface Push {
  readonly toldAt: Instant;
  readonly observation: Observation | undefined;
  readonly mismatch: Mismatch | undefined;
}

interface Parts {
  readonly config: WebhookConfig;
  readonly tools: WebhookTools;
  readonly inbox: PushInbox<Push>;
  readonly theirClock: PushClock;
  readonly closing: AbortSignal;
}

/**
 * Hears of canaries by signed webhooks. It cannot look, so it has no horizon and
 * its silence proves nothing (semantics B2): what is never told of ends blind.
 */
export function createWebhookObserver(
  name: string,
  config: WebhookConfig,
  tools: WebhookTools,
): Observer {
  const closing = new AbortController();
  const inbox = createPushInbox<Push>(tools.random);
  const theirClock = createPushClock(tools.clock);
  const parts = { config, tools, inbox, theirClock, closing: closing.signal };
  return {
    name,
    type: 'webhook',
    capabilities: {
      minPauseMs: 10,
      indexLagMs: 0,
      push: true,
      pushOnly: true,
      stampQuantumMs: config.fields.time === undefined ? null : STAMP_QUANTUM_MS,
    },
    look: (options) => Promise.resolve().then(() => look(parts, options)),
    news: (signal) => inbox.whenNew(AbortSignal.any([signal, closing.signal])),
    check: () => Promise.resolve(checkHook(config, theirClock.offset())),
    hook: (request) => accept(parts, request),
    testHook: () => createTestHook(config),
    close() {
      closing.abort();
      return Promise.resolve();
    },
  };
}

function accept({ config, tools, inbox }: Parts, request: HookRequest): HookAnswer {
  if (!isSigned(request, config.signature, config.webhookSecret)) return 'bad_signature';
  const told = readPayload(parseJson(Buffer.from(request.body).toString('utf8')), config);
  if (told === undefined) return 'malformed';
  const push = judge(told, tools);
  if (push.observation !== undefined || push.mismatch !== undefined) inbox.add(push);
  return 'taken';
}

function judge(told: Told, { clock, keys }: WebhookTools): Push {
  const toldAt = clock.now();
  const finding = judgeLetter(told.headers, keys, told.text);
  if (finding.type === 'mismatch') {
    return { toldAt, observation: undefined, mismatch: finding.kind };
  }
  if (finding.type !== 'arrival') return { toldAt, observation: undefined, mismatch: undefined };
  const { token } = finding;
  const { externalId, place, stamp } = told;
  const observation = {
    ...{ token, externalId, place, stamp, hops: [] },
    foreignMessageId: foreignMessageId(told.headers, token),
  };
  return { toldAt, observation, mismatch: undefined };
}

/** What was told since the cursor. Never complete: no place was read. */
function look({ tools, inbox, theirClock, closing }: Parts, options: LookOptions): Look {
  if (options.signal.aborted || closing.aborted) {
    throw new MonitorError('the look was stopped', { reason: 'aborted', retryable: true });
  }
  const startedAt = tools.clock.now();
  const { items, cursor } = inbox.after(options.cursor);
  // Before these are noted, or each of them would prove itself.
  const offset = theirClock.offset();
  const mismatches: Partial<Record<Mismatch, number>> = {};
  for (const { mismatch } of items) {
    if (mismatch !== undefined) mismatches[mismatch] = (mismatches[mismatch] ?? 0) + 1;
  }
  for (const { observation, toldAt } of items) {
    if (observation?.stamp == null) continue;
    const { stamp, token } = observation;
    theirClock.note({ stamp, sentAt: token.launchedAt, toldAt });
  }
  return {
    startedAt,
    endedAt: tools.clock.now(),
    places: [],
    complete: false,
    observations: items.flatMap(({ observation }) => observation ?? []),
    mismatches,
    cursor,
    requests: 0,
    ...(offset === undefined ? {} : { clockOffset: offset }),
  };
}
