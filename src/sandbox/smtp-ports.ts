import { HOST } from './ports.ts';
import type { Accepted } from './queue.ts';
import { createSmtpIn, type SmtpOptions } from './smtp.ts';
import type { Destination } from './truth.ts';

/** Where something listens. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

export interface SmtpAddresses {
  /** The name: each mail goes to one of the inbound servers in service, by chance. */
  readonly smtp: Endpoint;
  /** Each inbound server on a port of its own. */
  readonly servers: readonly (Endpoint & { readonly name: string })[];
}

export interface SmtpPorts {
  start(port: number): Promise<SmtpAddresses>;
  stop(): Promise<void>;
}

export type PortOptions = Omit<SmtpOptions, 'servers' | 'only' | 'nextId' | 'accept'> & {
  readonly accept: (destination: Destination, accepted: Accepted) => void;
};

/** One port for the name, and one for each server behind it. */
export function createSmtpPorts(count: number, options: PortOptions): SmtpPorts {
  const servers = Array.from({ length: count }, (_, index) => `mx${index + 1}.sandbox.test`);
  let queued = 0;
  let sequence = 0;
  const shared: SmtpOptions = {
    ...options,
    servers,
    nextId() {
      queued += 1;
      return `S${String(queued).padStart(8, '0')}`;
    },
    accept(destination, accepted) {
      sequence += 1;
      options.accept(destination, { ...accepted, sequence });
    },
  };
  const front = createSmtpIn(shared);
  const own = servers.map((name) => ({ name, smtp: createSmtpIn({ ...shared, only: name }) }));
  return {
    async start(port) {
      const smtp = { host: HOST, port: await front.start(port) };
      const started: SmtpAddresses['servers'][number][] = [];
      for (const { name, smtp: entry } of own) {
        started.push({ name, host: HOST, port: await entry.start(0) });
      }
      return { smtp, servers: started };
    },
    async stop() {
      await Promise.all([front, ...own.map(({ smtp }) => smtp)].map((entry) => entry.stop()));
    },
  };
}
