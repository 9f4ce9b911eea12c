import { readFile } from 'node:fs/promises';
import type { Interval } from '../../../src/domain/latency.ts';
import type { MailRig } from './mail-rig.ts';

/** What the servers' own logs say of one canary, by its token; instants in epoch milliseconds. */
export interface Truth {
  readonly token: string;
  /** One a mail that Postfix put into its queue: more than one would be a canary that was sent twice. */
  readonly queueIds: readonly string[];
  /** The final dot was there and Postfix asked its policy server: the "250" follows. */
  readonly endOfDataAt: number | undefined;
  /** Became visible in the mailbox: while Postfix handed it on, before Dovecot's line "saved". */
  readonly visible: Interval | undefined;
}

const CLEANUP = /cleanup\S*\[\d+\]: (\w+): message-id=<(mca[sbm][a-z2-7]{56})@/;
const SENT = /: (\w+): to=.* delays=[\d.]+\/[\d.]+\/[\d.]+\/([\d.]+), .* status=sent /;
const SAVED = /^(\S+?)\.(\d+)Z .*msgid=<(mca[sbm][a-z2-7]{56})@.*saved mail to/;
/** Postfix logs its times to two significant digits or to 1 ms. */
const ROUNDED = 1.1;
const ROUNDED_MS = 2;

/** Reads both logs once; every canary that Postfix ever put into its queue, by token. */
export async function readTruth(rig: MailRig): Promise<ReadonlyMap<string, Truth>> {
  const queueIds = new Map<string, string[]>();
  const transferMs = new Map<string, number>();
  for (const line of (await readFile(rig.postfixLog(), 'utf8')).split('\n')) {
    const [, queued, token] = CLEANUP.exec(line) ?? [];
    if (queued !== undefined && token !== undefined) {
      queueIds.set(token, [...(queueIds.get(token) ?? []), queued]);
    }
    const [, sent, seconds] = SENT.exec(line) ?? [];
    if (sent !== undefined) transferMs.set(sent, Number(seconds) * 1_000 * ROUNDED + ROUNDED_MS);
  }
  const savedAt = await readSaved(rig);
  const endOfDataAt = new Map(
    rig.policy.questions
      .filter(({ stage }) => stage === 'END-OF-MESSAGE')
      .map(({ queueId, at }) => [queueId, at]),
  );
  const truths = [...queueIds].map(([token, ids]): [string, Truth] => {
    const [queueId = ''] = ids;
    const saved = savedAt.get(token);
    const visible =
      saved === undefined
        ? undefined
        : { low: saved - (transferMs.get(queueId) ?? Infinity), high: saved };
    return [token, { token, queueIds: ids, endOfDataAt: endOfDataAt.get(queueId), visible }];
  });
  return new Map(truths);
}

async function readSaved(rig: MailRig): Promise<ReadonlyMap<string, number>> {
  const savedAt = new Map<string, number>();
  for (const line of (await readFile(rig.dovecotLog(), 'utf8')).split('\n')) {
    const [, second = '', micros = '', token] = SAVED.exec(line) ?? [];
    if (token === undefined || savedAt.has(token)) continue;
    savedAt.set(token, Date.parse(`${second}Z`) + Number(micros) / 1_000);
  }
  return savedAt;
}
