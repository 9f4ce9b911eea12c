import { whenAborted } from '../../base/abort.ts';
import type { Clock } from '../../base/clock.ts';
import { MonitorError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { Random } from '../../base/random.ts';
import { isLoopback } from '../../base/server-url.ts';
import type { TokenKeys } from '../../domain/token.ts';
import { createGate, type Gate } from '../gate.ts';
import type { Exchange } from '../http/exchange.ts';
import { createHttp, type Http } from '../http/http.ts';
import type { Look, LookOptions, Observer } from '../observer.ts';
import { createApi, type Api } from './api.ts';
import { checkInbox } from './check.ts';
import type { HelpscoutConfig } from './config.ts';
import { createCopyMemory, type CopyMemory } from './copies.ts';
import { createHookInbox, type HookInbox } from './hook.ts';
import { createLogin, type Login } from './login.ts';
import { lookThrough } from './look.ts';
import { STAMP_QUANTUM_MS } from './reply.ts';
import { tidyAway } from './tidy.ts';

export interface HelpscoutTools {
  readonly clock: Clock;
  readonly random: Random;
  readonly keys: TokenKeys;
  readonly logger: Logger;
  /** Default: connections of its own. */
  readonly exchange?: Exchange;
}

/** Both lists and the source of a canary. */
const REQUESTS_PER_LOOK = 3;

/** Looks for canaries in an inbox of Help Scout; changes nothing unless it is asked to tidy. */
export function createHelpscoutObserver(
  name: string,
  config: HelpscoutConfig,
  tools: HelpscoutTools,
): Observer {
  const closing = new AbortController();
  const parts = createParts(config, tools, closing.signal);
  const { hooks } = parts;
  const floorMs = isLoopback(config.url.hostname.replace(/^\[|\]$/g, '')) ? 10 : 1_000;
  return {
    name,
    type: 'helpscout',
    capabilities: {
      minPauseMs: Math.max(floorMs, (REQUESTS_PER_LOOK * 60_000) / config.requestsPerMinute),
      indexLagMs: config.indexLagMs,
      push: hooks !== undefined,
      stampQuantumMs: STAMP_QUANTUM_MS,
      metered: { lookEveryMs: config.lookEveryMs },
    },
    look: (options) => look(parts, options),
    news(signal) {
      const stop = AbortSignal.any([signal, closing.signal]);
      return hooks === undefined ? whenAborted(stop) : hooks.wait(stop);
    },
    check: (signal) => attend(parts, signal, (inner) => checkInbox(config, parts, inner)),
    tidy: (litter, { manner, signal }) =>
      attend(parts, signal, (inner) => tidyAway(parts, litter, { manner, signal: inner })),
    ...(hooks === undefined ? {} : { hook: (request) => hooks.accept(request) }),
    close() {
      closing.abort();
      parts.http.close();
      return Promise.resolve();
    },
  };
}

interface Parts {
  readonly clock: Clock;
  readonly keys: TokenKeys;
  readonly http: Http;
  readonly login: Login;
  readonly api: Api;
  readonly gate: Gate;
  readonly memory: CopyMemory;
  readonly hooks: HookInbox | undefined;
  readonly closing: AbortSignal;
  readonly what: string;
  readonly indexLagMs: number;
  readonly mailboxId: number;
}

function createParts(config: HelpscoutConfig, tools: HelpscoutTools, closing: AbortSignal): Parts {
  const { clock, keys } = tools;
  const lasting = [config.appSecret, config.webhookSecret].filter((known) => known !== undefined);
  const http: Http = createHttp({
    baseUrl: config.url,
    timeoutMs: config.timeoutMs,
    requestsPerMinute: config.requestsPerMinute,
    secrets: () => [...lasting, ...keys, ...login.secrets()],
    remainingHeader: 'x-ratelimit-remaining-minute',
    clock,
    ...(tools.exchange === undefined ? {} : { exchange: tools.exchange }),
  });
  const login: Login = createLogin(config, http, clock);
  const { webhookSecret } = config;
  return {
    clock,
    keys,
    http,
    login,
    api: createApi(http, login, config.mailboxId),
    gate: createGate(tools),
    memory: createCopyMemory(),
    hooks: webhookSecret === undefined ? undefined : createHookInbox(webhookSecret, keys),
    closing,
    what: config.url.host,
    indexLagMs: config.indexLagMs,
    mailboxId: config.mailboxId,
  };
}

async function look(parts: Parts, options: LookOptions): Promise<Look> {
  const { gate, hooks } = parts;
  return attend(parts, options.signal, async (signal) => {
    gate.pass();
    try {
      const hooked = hooks?.drain() ?? [];
      const seen = await lookThrough(parts, hooked, { ...options, signal });
      if (seen.failure === undefined) gate.reset();
      return seen;
    } catch (error) {
      if (error instanceof MonitorError) gate.failed(error);
      throw error;
    }
  });
}

/** Ends with the observer or with whoever asked, whichever is first. */
async function attend<T>(
  parts: Parts,
  signal: AbortSignal,
  work: (inner: AbortSignal) => Promise<T>,
): Promise<T> {
  const outer = AbortSignal.any([signal, parts.closing]);
  const isOver = (): boolean => outer.aborted;
  if (isOver()) throw stopped(parts.what);
  try {
    return await work(outer);
  } catch (error) {
    throw isOver() ? stopped(parts.what) : error;
  }
}

function stopped(what: string): MonitorError {
  return new MonitorError(`${what}: the look was stopped`, { reason: 'aborted', retryable: true });
}
