import type { Clock, Instant } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import { uniform, type Random } from '../base/random.ts';
import { forkRandom } from '../sandbox/chance.ts';
import { createDials, type Dials } from '../sandbox/dials.ts';
import { shortName } from '../sandbox/mail.ts';
import { createIngestQueue, type Accepted, type IngestQueue } from '../sandbox/queue.ts';
import type { Scenario } from '../sandbox/scenario.ts';
import { createTruthLog, type Copy, type Destination, type TruthLog } from '../sandbox/truth.ts';
import { createTurningRandom, type Chance } from './chance.ts';

/** A mail as it lies where people see it. */
export interface Item {
  readonly externalId: string;
  readonly messageId: string;
  readonly subject: string;
  readonly place: Copy['place'];
  readonly ingestedAt: Instant;
  readonly mailDate: Instant;
}

/** Where mail of one destination arrives, in the order in which it does. */
export interface Room {
  readonly items: readonly Item[];
  /** Calls back at each arrival; answers how to stop that. */
  onArrival(listener: () => void): () => void;
}

/** What a sender hands over. */
export interface Handover {
  readonly from: string;
  readonly to: string;
  readonly messageId: string;
  readonly subject: string;
  readonly date: Instant;
  /** The inbound server of the helpdesk to which it is handed; undefined: any that is in service. */
  readonly server?: string | undefined;
}

/** The mail system of a scenario without a network: the sandbox's queues and dials, and nothing of its servers. */
export interface MailSystem {
  readonly dials: Dials;
  readonly truth: TruthLog;
  readonly rooms: Readonly<Record<Destination, Room>>;
  readonly queues: Readonly<Record<Destination, IngestQueue>>;
  /** Takes a mail and answers its queue id; undefined when no inbound server, or not the one it is for, is in service. */
  accept(mail: Handover): string | undefined;
  stop(): Promise<void>;
}

export const RECIPIENTS: Readonly<Record<Destination, string>> = {
  helpdesk: 'support@example.com',
  control: 'control@example.com',
};

/** Of the helpdesk's inbound servers. */
export function serverNames(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `mx${index + 1}.example.com`);
}

export interface MailSystemTools {
  readonly clock: Clock;
  readonly random: Random;
  /** Draws the fate of each mail by when it was written; undefined: one after the other. */
  readonly chance?: Chance | undefined;
}

export function createMailSystem(
  { initial, servers }: Pick<Scenario, 'initial' | 'servers'>,
  { clock, random, chance }: MailSystemTools,
): MailSystem {
  const dials = createDials(initial);
  const truth = createTruthLog();
  const choice = forkRandom(random);
  const fates = {
    helpdesk: createTurningRandom(forkRandom(random)),
    control: createTurningRandom(forkRandom(random)),
  };
  /** When each mail says that it was written; the queue knows mails by their bytes, of which there are none here. */
  const dates = new WeakMap<Accepted['mail'], Instant>();
  const rooms = { helpdesk: createRoom(clock, dates), control: createRoom(clock, dates) };
  const queueOf = (destination: Destination): IngestQueue =>
    createIngestQueue({
      ...{ destination, dials, truth, clock, logger: silentLogger, random: fates[destination] },
      ingest: (accepted, place) => rooms[destination].add(accepted, place),
    });
  const queues = { helpdesk: queueOf('helpdesk'), control: queueOf('control') };
  const names = serverNames(servers);
  let sequence = 0;

  function pickServer(wanted: string | undefined): string | undefined {
    const troubles = dials.read().helpdesk.servers;
    const inService = names.filter((name) => troubles[shortName(name)]?.out !== true);
    if (wanted !== undefined) return inService.find((name) => name === wanted);
    return inService[Math.floor(uniform(choice) * inService.length)];
  }

  return {
    dials,
    truth,
    rooms,
    queues,
    accept({ from, to, messageId, subject, date, server: wanted }) {
      const destination = to === RECIPIENTS.control ? 'control' : 'helpdesk';
      const server = destination === 'control' ? 'mx.example.org' : pickServer(wanted);
      if (server === undefined) return undefined;
      sequence += 1;
      const queueId = `q${sequence}`;
      const envelope = { from, to, helo: 'relay', remoteAddress: '192.0.2.1', server, queueId };
      const mail = { raw: NO_BYTES, from, fromName: '', subject, messageId, answers: [], text: '' };
      dates.set(mail, date);
      if (chance !== undefined) fates[destination].turn(chance.of(destination, date));
      queues[destination].accept({ sequence, mail, envelope, acceptedAt: clock.now() });
      return queueId;
    },
    async stop() {
      await Promise.all([queues.helpdesk.stop(), queues.control.stop()]);
    },
  };
}

const NO_BYTES = Buffer.alloc(0);

function createRoom(
  clock: Clock,
  dates: WeakMap<Accepted['mail'], Instant>,
): Room & { add(accepted: Accepted, place: Copy['place']): string } {
  const items: Item[] = [];
  const listeners = new Set<() => void>();
  return {
    items,
    onArrival(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    add({ mail, acceptedAt }, place) {
      const externalId = `${items.length + 1}`;
      items.push({
        ...{ externalId, place, ingestedAt: clock.now(), subject: mail.subject },
        messageId: mail.messageId ?? '',
        mailDate: dates.get(mail) ?? acceptedAt,
      });
      for (const listener of [...listeners]) listener();
      return externalId;
    },
  };
}
