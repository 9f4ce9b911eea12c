import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { outcomeOf, type Canary } from '../../../src/domain/canary.ts';
import { failureOf } from '../../../src/engine/watch.ts';
import type { Observer } from '../../../src/observers/observer.ts';
import { WebhookConfig } from '../../../src/observers/webhook/config.ts';
import { createWebhookObserver } from '../../../src/observers/webhook/index.ts';
import type { FakeClock } from '../../support/fake-clock.ts';
import {
  accuracyOf,
  startHelpdeskDay,
  type Day,
  type DayOptions,
  type DayWorld,
} from '../../support/helpdesk-days.ts';

const SECRET = 'between-us-and-the-helpdesk';
const MINUTE = 60_000;
/** Enough for the stamps to be proven. */
const WARM_UP = 24;

/** A helpdesk that tells of what it ingests, after a while, and can be asked nothing. */
class PushingWorld implements DayWorld {
  offsetMs = 0;
  readonly log: string[] = [];
  override = undefined;
  observer: Observer | undefined;
  /** From the ingestion to the webhook; Infinity: none comes. */
  hookDelayMs = 200;
  readonly #clock: FakeClock;
  #nextId = 0;

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  ingest({ subject }: { readonly subject: string }): number {
    this.#nextId += 1;
    const id = this.#nextId;
    const at = new Date(Math.floor((this.#clock.now() + this.offsetMs) / 1_000) * 1_000);
    const body = Buffer.from(JSON.stringify({ id, subject, at: at.toISOString() }));
    const hmac = createHmac('sha256', SECRET).update(body).digest('hex');
    const headers = { 'x-hub-signature-256': `sha256=${hmac}` };
    if (!Number.isFinite(this.hookDelayMs)) return id;
    void this.#clock.sleep(this.hookDelayMs).then(() => {
      expect(this.observer?.hook?.({ headers, body })).toBe('taken');
    });
    return id;
  }

  change(): void {
    throw new Error('nobody is told of changes');
  }

  handle(): never {
    throw new Error('it cannot be asked');
  }
}

type Wishes = Partial<DayOptions<PushingWorld>> & { readonly withTime: boolean };

function start({ withTime, ...wishes }: Wishes): Promise<Day<PushingWorld>> {
  const fields = { id: 'id', subject: 'subject', ...(withTime ? { time: 'at' } : {}) };
  const config = WebhookConfig.parse({ type: 'webhook', webhook_secret: SECRET, fields });
  return startHelpdeskDay<PushingWorld>({
    ...wishes,
    createWorld: (clock) => new PushingWorld(clock),
    createObserver: (world, tools) =>
      (world.observer = createWebhookObserver('helpdesk', config, tools)),
  });
}

const fatesOf = (canaries: readonly Canary[]): readonly string[] =>
  canaries.map((canary) => `${canary.settlement?.verdict ?? 'open'} ${outcomeOf(canary)}`);

test('without a time: what is told of late may have been on time, what is never told of is blind', async () => {
  const policy = { lostAfterMs: 25 * MINUTE, forgetAfterMs: 40 * MINUTE };
  const day = await start({ withTime: false, policy });
  const prompt = await day.run(2);
  day.world.hookDelayMs = 15 * MINUTE;
  const late = await day.run(1);
  day.world.hookDelayMs = Infinity;
  const never = await day.run(1);
  day.world.hookDelayMs = 200;
  await day.run(30);
  const waiting = await day.find(never);
  await day.clock.advance(15 * MINUTE);
  const told = await day.find([...prompt, ...late, ...never]);
  const horizon = day.ledger.observerState('helpdesk')?.horizon ?? null;
  const failures = day.reports.filter((report) => failureOf(report) !== undefined);
  const { wrong } = accuracyOf(day, told);
  await day.stop();

  // Past the deadline, and past lost_after: nobody could look, so nothing is said.
  expect(fatesOf(waiting)).toEqual(['open in_flight']);
  expect(fatesOf(told)).toEqual([
    ...['on_time arrived', 'on_time arrived'],
    ...['void arrived', 'void blind'],
  ]);
  expect(horizon).toBeNull();
  expect(failures).toEqual([]);
  expect(wrong).toEqual([]);
});

test('with a time: late mail and late webhooks are told apart once the clock is known', async () => {
  let delay = 0;
  const day = await start({
    withTime: true,
    delayMs: (chance) => (delay > 0 ? delay : 4_000 + 10_000 * chance),
  });
  await day.run(WARM_UP);
  delay = 12 * MINUTE;
  const lateMail = await day.run(1);
  delay = 0;
  await day.run(13);
  day.world.hookDelayMs = 15 * MINUTE;
  const lateHook = await day.run(1);
  day.world.hookDelayMs = 200;
  await day.run(17);
  const told = await day.find([...lateMail, ...lateHook]);
  const { wrong, halfWidths } = accuracyOf(day, told);
  await day.stop();

  expect(fatesOf(told)).toEqual(['overdue arrived', 'on_time arrived']);
  expect(wrong).toEqual([]);
  expect(halfWidths.at(-1)).toBeLessThan(10_000);
});
