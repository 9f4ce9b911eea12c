import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import type { Refusal } from '../domain/canary.ts';
import { drawDelay, forkRandom, happens } from '../sandbox/chance.ts';
import type { Delay } from '../sandbox/config.ts';
import type { Sender, SendResult } from '../senders/sender.ts';
import type { Chance } from './chance.ts';
import type { MailSystem } from './mail-system.ts';

export interface ModelSenderTools extends ModelTools {
  /** Draws each dialogue by when it begins; undefined: one after the other. */
  readonly chance?: Chance | undefined;
  /** The one inbound server that it speaks to; undefined: whichever takes the mail. */
  readonly server?: string | undefined;
}

export interface ModelTools {
  readonly clock: Clock;
  readonly random: Random;
  readonly system: MailSystem;
}

/** From the first packet to the end of the mail's bytes, and from there to the 250. */
const DIALOGUE: Delay = { type: 'lognormal', medianMs: 150, p99Ms: 900 };
const LAST_ANSWER: Delay = { type: 'lognormal', medianMs: 20, p99Ms: 200 };
/** The senders' default. */
const TIMEOUT_MS = 30_000;

/** How long a dialogue takes until it is known whether the relay takes the mail. */
export function drawDialogueMs(random: Random): number {
  return drawDelay(DIALOGUE, random);
}

/** A relay as a sender sees it: takes, refuses, defers or hangs as the dials say. */
export function createModelSender(name: string, tools: ModelSenderTools): Sender {
  const { clock, system } = tools;
  const own = forkRandom(tools.random);
  return {
    name,
    type: 'smtp',
    async send(message, signal): Promise<SendResult> {
      const chance = tools.chance?.of(message.to, clock.now()) ?? own;
      await clock.sleep(drawDialogueMs(chance), signal);
      const { answer, share, code, stage } = system.dials.read().smtp;
      const timings = {};
      const refused = (part: Omit<Refusal, 'at'>): Refusal => ({ at: clock.now(), ...part });
      if (signal.aborted) return { type: 'refused', refusal: refused(STOPPED), timings };
      if (answer !== 'accept' && happens(share, chance)) {
        const detail = `at ${stage}`;
        switch (answer) {
          case 'refuse':
            return {
              type: 'refused',
              refusal: refused({ reason: 'refused', code: code ?? 554, detail }),
              timings,
            };
          case 'defer':
            return {
              type: 'deferred',
              refusal: refused({ reason: 'refused', code: code ?? 451, detail }),
              timings,
            };
          case 'reset':
            return {
              type: 'refused',
              refusal: refused({ reason: 'unreachable', code: null, detail }),
              timings,
            };
          case 'hang':
            await clock.sleep(TIMEOUT_MS, signal);
            return {
              type: 'refused',
              refusal: refused({ reason: 'timeout', code: null, detail }),
              timings,
            };
        }
      }
      const low = clock.now();
      await clock.sleep(drawDelay(LAST_ANSWER, chance), signal);
      const queueId = system.accept({ ...message, server: tools.server });
      if (queueId === undefined) {
        const refusal = refused({ reason: 'refused', code: 421, detail: 'no server in service' });
        return { type: 'deferred', refusal, timings };
      }
      const at = { low, high: clock.now() };
      return { type: 'accepted', acceptance: { at, queueId, serverMessageId: null }, timings };
    },
    check: () => Promise.reject(new Error('a model has nothing to check')),
    close: () => Promise.resolve(),
  };
}

const STOPPED = { reason: 'aborted', code: null, detail: 'stopped' } as const;
