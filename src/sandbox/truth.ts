import type { Instant } from '../base/clock.ts';
import type { Fate } from './fate.ts';

export type Destination = 'helpdesk' | 'control';
export type Cause = 'delivery' | 'duplicate' | 'requeue';

/** One ingestion of a mail. */
export interface Copy {
  readonly at: Instant;
  readonly place: 'inbox' | 'spam';
  /** `conversation/thread` in the helpdesk, `folder/uidvalidity/uid` in the mailbox. */
  readonly externalId: string;
  readonly cause: Cause;
}

/**
 * Where an accepted mail is: in the queue, held by an outage, ingested at least
 * once, or nowhere (until it is queued again).
 */
export type MailState = 'waiting' | 'held' | 'ingested' | 'lost';

/** What really happened to one accepted mail; times on the clock of the sandbox. */
export interface MailTruth {
  /** Counts from 1 in the order of acceptance. */
  readonly sequence: number;
  readonly queueId: string;
  readonly destination: Destination;
  /** The inbound server that took it. */
  readonly server: string;
  readonly from: string;
  readonly to: string;
  readonly messageId: string | null;
  readonly subject: string;
  readonly acceptedAt: Instant;
  readonly fate: Fate;
  readonly state: MailState;
  readonly copies: readonly Copy[];
}

/** The log of all mails, and a way to wait for what it will say. */
export interface TruthLog {
  all(): readonly MailTruth[];
  add(mail: MailTruth): void;
  /** Replaces what changed of a mail. */
  change(sequence: number, change: Partial<Pick<MailTruth, 'state' | 'copies'>>): void;
  find(sequence: number): MailTruth | undefined;
  onChange(listener: (mail: MailTruth) => void): () => void;
  /** Resolves once the condition holds; looks after every change. */
  until(condition: (mails: readonly MailTruth[]) => boolean): Promise<void>;
}

/** Three days at one mail a second; older ones are forgotten. */
const MAILS_KEPT = 260_000;

export function createTruthLog(): TruthLog {
  const mails = new Map<number, MailTruth>();
  const listeners = new Set<(mail: MailTruth) => void>();

  function put(mail: MailTruth): void {
    mails.set(mail.sequence, mail);
    if (mails.size > MAILS_KEPT) mails.delete(mails.keys().next().value ?? 0);
    for (const listener of listeners) listener(mail);
  }

  const log: TruthLog = {
    all: () => [...mails.values()],
    add: put,
    change(sequence, change) {
      const mail = mails.get(sequence);
      if (mail !== undefined) put({ ...mail, ...change });
    },
    find: (sequence) => mails.get(sequence),
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    until(condition) {
      return new Promise((resolve) => {
        const look = (): void => {
          if (!condition(log.all())) return;
          listeners.delete(look);
          resolve();
        };
        listeners.add(look);
        look();
      });
    },
  };
  return log;
}
