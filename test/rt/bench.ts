import { silentLogger } from '../../src/base/logger.ts';
import { createSystemRandom } from '../../src/base/system.ts';
import type { Place } from '../../src/domain/sighting.ts';
import type { Observer } from '../../src/observers/observer.ts';
import { RtConfig } from '../../src/observers/rt/config.ts';
import { createRtObserver } from '../../src/observers/rt/index.ts';
import type { BenchOptions, ObserverBench } from '../contracts/observer/bench.ts';
import { contractClock } from '../contracts/observer/looks.ts';
import type { Rt, RtUser } from '../support/rig/rt.ts';
import { TEST_KEYS } from '../support/test-launch.ts';

const STATUSES: Readonly<Partial<Record<Place, string>>> = {
  closed: 'resolved',
  spam: 'rejected',
  trash: 'deleted',
};

/** A queue of its own, to be observed by a user who may tidy. */
export async function rtBench(rt: Rt): Promise<ObserverBench> {
  const queue = await rt.createQueue();
  return {
    port: rt.port,
    secrets: [rt.users.canary.token],
    create: (options) => rtObserver(rt, { queue, ...options }),
    async deliver(message, place = 'inbox') {
      await rt.deliver(queue, message);
      const status = STATUSES[place];
      if (status !== undefined) await rt.setStatus(newestTicket(rt, queue), status);
    },
    state: () => Promise.resolve(stateOf(rt, queue)),
    restart: () => rt.restart(),
  };
}

/** The number of the ticket that was made last in a queue. */
export function newestTicket(rt: Rt, queue: string): number {
  const sql = `select max(t.id) as id from Tickets t join Queues q on q.id = t.Queue where q.Name = ?`;
  return Number(rt.query(sql, queue)[0]?.['id']);
}

/** Tickets, their history and their mails. A deleted ticket is gone: RT shows it in no list. */
export function stateOf(rt: Rt, queue: string): string {
  const rows = rt.query(
    `select t.id, t.Status, t.Subject, t.LastUpdated, x.id as transaction_id, x.Type, a.id as attachment
       from Tickets t join Queues q on q.id = t.Queue
       left join Transactions x on x.ObjectType = 'RT::Ticket' and x.ObjectId = t.id
       left join Attachments a on a.TransactionId = x.id
      where q.Name = ? and t.Status <> 'deleted' order by t.id, x.id, a.id`,
    queue,
  );
  return rows.map((row) => JSON.stringify(row)).join('\n');
}

export interface RtObserverOptions extends BenchOptions {
  readonly queue: string;
  /** Default: `canary`, by its token. */
  readonly user?: RtUser;
  /** Keys of the configuration file, over the usual ones; null takes one away. */
  readonly keys?: Readonly<Record<string, unknown>>;
}

export function rtObserver(rt: Rt, options: RtObserverOptions): Observer {
  const { port = rt.port, wrongPassword = false, timeoutMs = 30_000 } = options;
  const { token } = options.user ?? rt.users.canary;
  const config = RtConfig.parse({
    type: 'rt',
    url: `http://127.0.0.1:${port}`,
    token: wrongPassword ? `${token.slice(0, -4)}0000` : token,
    queue: options.queue,
    requests_per_minute: 6_000,
    timeout: `${timeoutMs}ms`,
    ...options.keys,
  });
  return createRtObserver('helpdesk', config, {
    clock: contractClock,
    random: createSystemRandom(),
    keys: TEST_KEYS,
    logger: options.logger ?? silentLogger,
  });
}
