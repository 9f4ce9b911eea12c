import type { Question } from './policy.ts';

/** One attempt of Postfix to hand a mail on, for one recipient. */
export interface Attempt {
  readonly recipient: string;
  readonly status: 'sent' | 'deferred' | 'bounced';
  /** What the other side said. */
  readonly reply: string;
  readonly relay: string;
  /** Time since MAIL FROM in milliseconds, to two significant digits: Postfix logs no more. */
  readonly afterMs: number;
}

/** What the servers' own logs say about one mail; all times in epoch milliseconds. */
export interface Deliveries {
  readonly queueId: string;
  /** The queue file was made, just after MAIL FROM; to the microsecond. */
  readonly arrivedAt: number;
  /**
   * The final dot was there and Postfix asked the policy server for the last time; the "250" follows
   * when the mail is on the disk, a few milliseconds later. Undefined if that never came.
   */
  readonly acceptedAt: number | undefined;
  /** In the mailbox by Dovecot's own log, to the microsecond; the first one with several recipients. */
  readonly deliveredAt: number | undefined;
  readonly attempts: readonly Attempt[];
  /** Each further queue of an extra hop, in order. */
  readonly hops: readonly Deliveries[];
}

export interface Logs {
  readonly postfix: string;
  readonly dovecot: string;
  /** What Postfix asked our policy server. */
  readonly questions: readonly Question[];
}

/** Puts together what both logs say about a mail. */
export function parseDeliveries(queueId: string, logs: Logs): Deliveries {
  const lines = logs.postfix.split('\n').filter((line) => line.includes(` ${queueId}: `));
  const attempts = lines.flatMap(parseAttempt);
  const hops = attempts.flatMap(({ reply }) => {
    const next = /queued as (\w+)/.exec(reply)?.[1];
    return next === undefined ? [] : [parseDeliveries(next, logs)];
  });
  return {
    queueId,
    arrivedAt: parseQueueTime(queueId),
    acceptedAt: logs.questions.findLast(
      (it) => it.queueId === queueId && it.stage === 'END-OF-MESSAGE',
    )?.at,
    deliveredAt:
      attempts
        .map(({ reply }) => findSaved(reply, logs.dovecot))
        .find((found) => found !== undefined) ?? hops[0]?.deliveredAt,
    attempts,
    hops,
  };
}

const DIGITS = '0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz';

/** The instant in a long queue id: seconds, then four digits of microseconds, both to base 52. */
export function parseQueueTime(queueId: string): number {
  const time = queueId.slice(0, queueId.lastIndexOf('z'));
  const read = (text: string): number =>
    Array.from(text).reduce((sum, digit) => sum * 52 + DIGITS.indexOf(digit), 0);
  return read(time.slice(0, -4)) * 1_000 + read(time.slice(-4)) / 1_000;
}

const ATTEMPT = /: to=<(.*?)>, .*?relay=(.*?), .*?delay=([\d.]+), .* status=(\w+) \((.*)\)$/;

function parseAttempt(line: string): Attempt[] {
  const match = ATTEMPT.exec(line) ?? [];
  const [, recipient = '', relay = '', delay = '', status = '', reply = ''] = match;
  if (status !== 'sent' && status !== 'deferred' && status !== 'bounced') return [];
  return [{ recipient, relay, status, reply, afterMs: Number(delay) * 1_000 }];
}

/** Dovecot's reply "250 2.0.0 <user> SESSION Saved" names the session that its log names too. */
function findSaved(reply: string, log: string): number | undefined {
  const session = /^250 2\.0\.0 <.*> (\S+) Saved/.exec(reply)?.[1];
  if (session === undefined) return undefined;
  const line = log
    .split('\n')
    .find((it) => it.includes(`<${session}>`) && it.includes('saved mail to'));
  const time = /^(\S+)\.(\d+)Z /.exec(line ?? '');
  if (time?.[1] === undefined) return undefined;
  return Date.parse(`${time[1]}Z`) + Number(time[2]) / 1_000;
}
