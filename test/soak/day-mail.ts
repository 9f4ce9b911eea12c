import type { Clock, Instant } from '../../src/base/clock.ts';
import { uniform, type Random } from '../../src/base/random.ts';
import { recogniseTokens } from '../../src/domain/token-text.ts';
import type { Token, TokenKeys } from '../../src/domain/token.ts';
import type { Look, Observer } from '../../src/observers/observer.ts';
import type { Sender } from '../../src/senders/sender.ts';

/** A mail system that forgets what was read, so that the heap is the monitor's. */
export interface DayMail {
  readonly sender: Sender;
  readonly observer: Observer;
  sent(): number;
}

interface Item {
  readonly at: Instant;
  readonly token: Token;
  readonly number: number;
}

const FASTEST_MS = 2_000;
const SLOWEST_MS = 30_000;
/** One in so many is never seen, one in as many is refused, one look in as many fails by nobody's fault. */
const ONE_IN = 500;

export function createDayMail(tools: {
  readonly clock: Clock;
  readonly random: Random;
  readonly keys: TokenKeys;
}): DayMail {
  const { clock, random, keys } = tools;
  let waiting: Item[] = [];
  let number = 0;
  const isRare = (): boolean => uniform(random) < 1 / ONE_IN;

  const sender: Sender = {
    name: 'relay',
    type: 'smtp',
    send(message) {
      const at = clock.now();
      const timings = { dataMs: 5 };
      if (isRare()) {
        const refusal = { at, stage: 'data', reason: 'refused', code: 550, detail: 'no' } as const;
        return Promise.resolve({ type: 'refused', refusal, timings });
      }
      number += 1;
      const [token] = recogniseTokens(message.subject, keys).tokens;
      const delayMs = FASTEST_MS + (SLOWEST_MS - FASTEST_MS) * uniform(random) ** 3;
      if (token !== undefined && !isRare()) waiting.push({ at: at + delayMs, token, number });
      const acceptance = {
        at: { low: at, high: at },
        queueId: `q${number}`,
        serverMessageId: null,
      };
      return Promise.resolve({ type: 'accepted', acceptance, timings });
    },
    check: () => Promise.reject(new Error('not asked for here')),
    close: () => Promise.resolve(),
  };

  const observer: Observer = {
    name: 'helpdesk',
    type: 'model',
    capabilities: {
      ...{ minPauseMs: 3_000, indexLagMs: 0, push: false, stampQuantumMs: 1_000 },
      metered: { lookEveryMs: 60_000 },
    },
    positiveControl: {
      how: 'a model',
      everyMs: 300_000,
      expect: () => Promise.resolve({ what: 'mail', withinMs: 0, isMetBy: () => true }),
      renew: () => undefined,
      requests: () => 0,
    },
    look({ quick = false }) {
      const startedAt = clock.now();
      const seen = waiting.filter(({ at }) => at <= startedAt);
      waiting = waiting.filter(({ at }) => at > startedAt);
      return Promise.resolve(lookOf(seen, startedAt, quick));
    },
    news: () => Promise.resolve(),
    check: () => Promise.reject(new Error('not asked for here')),
    close: () => Promise.resolve(),
  };
  return { sender, observer, sent: () => number };
}

function lookOf(items: readonly Item[], startedAt: Instant, quick: boolean): Look {
  return {
    ...{
      startedAt,
      endedAt: startedAt,
      complete: !quick,
      mismatches: {},
      cursor: null,
      requests: 1,
    },
    places: [{ place: 'inbox', startedAt }],
    observations: items.map(({ at, token, number }) => ({
      ...{ token, externalId: String(number), place: 'inbox', hops: [], foreignMessageId: null },
      stamp: { at: Math.floor(at / 1_000) * 1_000, quantumMs: 1_000, source: 'model' },
    })),
    clockOffset: { low: -600, high: 600 },
  };
}
