import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { silentLogger } from '../../src/base/logger.ts';
import { createSystemClock } from '../../src/base/system.ts';
import type { LedgerEvent } from '../../src/domain/events.ts';
import type { LedgerTools } from '../../src/ledger/durable.ts';
import type { Ledger, LedgerOperation } from '../../src/ledger/ledger.ts';
import { openLedger } from '../../src/ledger/open.ts';
import { atEnd } from '../ledger/support.ts';

/** Where a transaction is cut: its COMMIT never reaches the server, or the answer to it never comes back. */
export type CutAt = 'commit' | 'answer';

/** A way to the server that can be cut. */
export interface Way {
  readonly url: string;
  /** Cuts the connection of the next transaction that commits, once; resolves when that was done. */
  cut(at: CutAt): Promise<void>;
  /** Cuts all connections, and refuses new ones until `open`. */
  close(): void;
  open(): void;
}

/** The protocol has the COMMIT as a message of its own: `Q`, its length, `commit`. */
const COMMIT = Buffer.from('commit\0');

export async function createWay(url: string): Promise<Way> {
  const target = Number(new URL(url).port);
  const pairs = new Set<readonly [Socket, Socket]>();
  let isOpen = true;
  let armed: { readonly at: CutAt; readonly done: () => void } | undefined;
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    const pair = [client, upstream] as const;
    pairs.add(pair);
    const end = (): void => {
      pairs.delete(pair);
      for (const socket of pair) socket.destroy();
    };
    for (const socket of pair) socket.on('error', end).on('close', end);
    if (!isOpen) end();
    let cutting: (() => void) | undefined;
    client.on('data', (bytes: Buffer) => {
      if (armed === undefined || !bytes.includes(COMMIT)) return void upstream.write(bytes);
      const { at, done } = armed;
      armed = undefined;
      if (at === 'answer') {
        cutting = done;
        return void upstream.write(bytes);
      }
      end();
      done();
    });
    upstream.on('data', (bytes: Buffer) => {
      if (cutting === undefined) return void client.write(bytes);
      end();
      cutting();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const way = new URL(url);
  way.port = String((server.address() as AddressInfo).port);
  const close = (): void => {
    isOpen = false;
    for (const pair of pairs) for (const socket of pair) socket.destroy();
  };
  atEnd(() => {
    close();
    server.close();
    return Promise.resolve();
  });
  return {
    url: way.href,
    cut: (at) => new Promise((done) => (armed = { at, done })),
    close,
    open: () => void (isOpen = true),
  };
}

export interface Heard {
  readonly ledger: Ledger;
  readonly events: LedgerEvent[];
  readonly failures: LedgerOperation[];
}

/** A ledger of which each event is heard, until the test ends. */
export async function openHeard(url: string, tools: Partial<LedgerTools> = {}): Promise<Heard> {
  const failures: LedgerOperation[] = [];
  const ledger = await openLedger(
    { url },
    {
      clock: createSystemClock(),
      logger: silentLogger,
      onError: (operation) => failures.push(operation),
      ...tools,
    },
  );
  atEnd(() => ledger.close());
  const events: LedgerEvent[] = [];
  ledger.subscribe((event) => events.push(event));
  return { ledger, events, failures };
}
