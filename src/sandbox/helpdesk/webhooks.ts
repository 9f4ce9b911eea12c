import { setMaxListeners } from 'node:events';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { Random } from '../../base/random.ts';
import { drawDelay, happens } from '../chance.ts';
import type { Dials } from '../dials.ts';
import { callHook } from './hook-calls.ts';
import type { NewWebhook } from './requests.ts';

export interface Webhook extends NewWebhook {
  readonly id: number;
}

/** One call that was made, or not: `status` is null where there was no answer. */
export interface HookCall {
  readonly webhookId: number;
  readonly event: string;
  readonly status: number | null;
}

/** Webhooks of the account. */
export interface Webhooks {
  all(): readonly Webhook[];
  find(id: number): Webhook | undefined;
  add(webhook: NewWebhook): Webhook;
  /** False where there is none. */
  remove(id: number): boolean;
  /** Calls every one that listens for the event; `body` is made when the call goes out. */
  fire(event: string, mailboxId: number, body: (webhook: Webhook) => object): void;
  calls(): readonly HookCall[];
  stop(): Promise<void>;
}

export interface WebhookTools {
  readonly dials: Dials;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

const RETRY_MS = 30_000;
const CALLS_KEPT = 1_000;

export function createWebhooks(tools: WebhookTools): Webhooks {
  const { dials, clock, random, logger } = tools;
  const webhooks = new Map<number, Webhook>();
  const calls: HookCall[] = [];
  const running = new Set<Promise<void>>();
  const stopping = new AbortController();
  setMaxListeners(0, stopping.signal); // one a call that waits
  let lastId = 0;

  function note(call: HookCall): void {
    calls.push(call);
    if (calls.length > CALLS_KEPT) calls.shift();
  }

  async function call(webhook: Webhook, event: string, body: () => object): Promise<void> {
    const { hooks } = dials.read().helpdesk;
    const delayMs = drawDelay(hooks.delay, random);
    if (happens(hooks.loss, random)) return;
    if (delayMs > 0) await clock.sleep(delayMs, stopping.signal);
    for (let left = hooks.retries; ; left -= 1) {
      if (stopping.signal.aborted || !webhooks.has(webhook.id)) return;
      const { url, secret } = webhook;
      const post = { url, secret, event, body: JSON.stringify(body()) };
      const status = await callHook(post, { clock, logger }, stopping.signal);
      note({ webhookId: webhook.id, event, status });
      if ((status !== null && status < 300) || left <= 0) return;
      await clock.sleep(RETRY_MS, stopping.signal);
    }
  }

  return {
    all: () => [...webhooks.values()],
    find: (id) => webhooks.get(id),
    calls: () => calls,
    add(fields) {
      lastId += 1;
      const webhook = { ...fields, id: lastId };
      webhooks.set(lastId, webhook);
      return webhook;
    },
    remove: (id) => webhooks.delete(id),
    fire(event, mailboxId, body) {
      for (const webhook of webhooks.values()) {
        if (!webhook.events.some((known) => known === event)) continue;
        if (webhook.mailboxIds?.includes(mailboxId) === false) continue;
        const work = call(webhook, event, () => body(webhook));
        running.add(work);
        void work.finally(() => running.delete(work));
      }
    },
    async stop() {
      stopping.abort();
      await Promise.all(running);
    },
  };
}
