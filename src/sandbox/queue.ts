import type { Clock, Instant } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { uniform, type Random } from '../base/random.ts';
import { createAgenda } from './agenda.ts';
import { happens } from './chance.ts';
import type { IngestDials } from './config.ts';
import { createDam } from './dam.ts';
import type { Dials } from './dials.ts';
import { drawFate, type Fate, type ServerTrouble } from './fate.ts';
import { shortName, type Envelope, type Mail } from './mail.ts';
import type { Cause, Copy, Destination, MailTruth, TruthLog } from './truth.ts';

/** A mail that a server is about to answer with 250. */
export interface Accepted {
  readonly sequence: number;
  readonly mail: Mail;
  readonly envelope: Envelope;
  readonly acceptedAt: Instant;
}

export interface QueueOptions {
  readonly destination: Destination;
  readonly dials: Dials;
  readonly truth: TruthLog;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Puts it where people see it; answers the id it has there. */
  readonly ingest: (accepted: Accepted, place: Copy['place'], cause: Cause) => string;
}

export interface Requeue {
  readonly since: Instant;
  /** Default: now. */
  readonly until?: Instant | undefined;
  /** The share of those already ingested that is ingested again; 0: duplicates are discarded. */
  readonly duplicates?: number;
  /** Spread evenly over so many milliseconds. */
  readonly overMs?: number;
}

/** Between the 250 and the place where people see a mail. */
export interface IngestQueue {
  accept(accepted: Accepted): void;
  /** Queues again what was accepted in a span: lost mail, and duplicates as asked. Answers how many. */
  requeue(options: Requeue): number;
  /** Drops what waits. Idempotent. */
  stop(): Promise<void>;
}

/** Raw mails are kept so long, to be queued again; "a whole day", and half as much. */
const KEPT_MS = 36 * 3_600_000;

interface Due {
  readonly accepted: Accepted;
  readonly place: Copy['place'];
  readonly cause: Cause;
}

export function createIngestQueue(options: QueueOptions): IngestQueue {
  const { destination, dials, truth, clock, random, logger } = options;
  const stopping = new AbortController();
  const kept = createKeptMails();
  const own = (): IngestDials => dials.read()[destination];
  const dam = createDam<Due>({
    clock,
    signal: stopping.signal,
    isShut: () => own().outage,
    gapMs: () => own().drain,
    rank: (due) => due.accepted.sequence,
    onHeld: ({ accepted: { sequence } }) => noteHeld(sequence, truth),
    onOut: ingest,
  });
  const agenda = createAgenda<Due>({
    clock,
    onDue: (due) => dam.pass(due),
    onFailure: (error) => logger.error({ error: messageOf(error) }, 'sandbox: the queue broke'),
  });
  dials.onChange(() => dam.drain());

  function ingest({ accepted, place, cause }: Due): void {
    const { sequence } = accepted;
    const externalId = options.ingest(accepted, place, cause);
    const { copies = [], fate } = truth.find(sequence) ?? {};
    const copy: Copy = { at: clock.now(), place, externalId, cause };
    truth.change(sequence, { state: 'ingested', copies: [...copies, copy] });
    const repeatMs = cause === 'delivery' ? (fate?.repeatMs ?? null) : null;
    if (repeatMs !== null) agenda.add({ accepted, place, cause: 'duplicate' }, repeatMs);
  }

  function again(accepted: Accepted, request: Requeue): boolean {
    const state = truth.find(accepted.sequence)?.state;
    const isRepeated = happens(request.duplicates ?? 0, random);
    const delayMs = (request.overMs ?? 0) * uniform(random);
    if (state !== 'lost' && !(state === 'ingested' && isRepeated)) return false;
    if (state === 'lost') truth.change(accepted.sequence, { state: 'waiting' });
    agenda.add({ accepted, place: 'inbox', cause: 'requeue' }, delayMs);
    return true;
  }

  return {
    accept(accepted) {
      const fate = drawFate(own(), troubleOf(accepted, destination, dials), random);
      truth.add(truthOf(accepted, destination, fate));
      kept.add(accepted);
      if (fate.lost) return;
      agenda.add({ accepted, place: fate.place, cause: 'delivery' }, fate.delayMs);
    },
    requeue(request) {
      const meant = kept.between(request.since, request.until ?? clock.now());
      return meant.filter((accepted) => again(accepted, request)).length;
    },
    stop() {
      stopping.abort();
      return agenda.stop();
    },
  };
}

function truthOf(accepted: Accepted, destination: Destination, fate: Fate): MailTruth {
  const { sequence, acceptedAt } = accepted;
  const { messageId, subject } = accepted.mail;
  const { from, to, server, queueId } = accepted.envelope;
  const known = { sequence, queueId, destination, server, from, to, messageId, subject };
  return { ...known, acceptedAt, fate, state: fate.lost ? 'lost' : 'waiting', copies: [] };
}

/** A mail whose first copy is held; where a later one is, it stays ingested. */
function noteHeld(sequence: number, truth: TruthLog): void {
  if (truth.find(sequence)?.state === 'waiting') truth.change(sequence, { state: 'held' });
}

interface KeptMails {
  add(accepted: Accepted): void;
  between(since: Instant, until: Instant): readonly Accepted[];
}

function createKeptMails(): KeptMails {
  /** In the order of acceptance. */
  const kept = new Map<number, Accepted>();
  return {
    add(accepted) {
      kept.set(accepted.sequence, accepted);
      for (const [sequence, { acceptedAt }] of kept) {
        if (acceptedAt >= accepted.acceptedAt - KEPT_MS) return;
        kept.delete(sequence);
      }
    },
    between: (since, until) =>
      [...kept.values()].filter(({ acceptedAt }) => acceptedAt >= since && acceptedAt <= until),
  };
}

/** The inbound servers are the helpdesk's: their troubles are not those of the mailbox. */
function troubleOf(
  { envelope }: Accepted,
  destination: Destination,
  dials: Dials,
): ServerTrouble | undefined {
  if (destination !== 'helpdesk') return undefined;
  return dials.read().helpdesk.servers[shortName(envelope.server)];
}
