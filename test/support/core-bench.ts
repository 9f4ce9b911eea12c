import { Registry } from 'prom-client';
import { silentLogger } from '../../src/base/logger.ts';
import { MonitorError } from '../../src/base/errors.ts';
import { createSystemRandom } from '../../src/base/system.ts';
import { parseConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/schema.ts';
import { createCore, type Core } from '../../src/core.ts';
import { outcomeOf, type Canary } from '../../src/domain/canary.ts';
import { createLedger } from '../../src/ledger/durable.ts';
import type { Sender } from '../../src/senders/sender.ts';
import { createMemoryStore, type MemoryStore } from '../../src/simulation/memory-store.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';
import { createShelf, type Shelf } from './shelf.ts';

const STEP_MS = 20_000;

/** What differs from one configuration to another. */
export interface Wish {
  /** YAML. */
  readonly observer?: string;
  /** Into which mailbox `helpdesk` looks. */
  readonly url?: string;
  /** More keys of `helpdesk`. */
  readonly keys?: string;
}

type Name = 'mailbox' | 'helpdesk' | 'other';

/** The core over one probe a minute, on a clock that stands still until it is moved; it can be started again on the same ledger. */
export class CoreBench {
  readonly clock: FakeClock = createFakeClock(undefined, 3);
  readonly store: MemoryStore = createMemoryStore();
  /** In which of the observers mail shows up at once; undefined: nowhere. */
  arrivesAt: Name | undefined;
  /** Looks fail. */
  isBlind = false;
  #shelves: Readonly<Record<Name, Shelf>> | undefined;
  #config: Config | undefined;
  #core: Core | undefined;

  get daemon(): Core['daemon'] {
    if (this.#core === undefined) throw new Error('it was not started');
    return this.#core.daemon;
  }

  /** The program, started on what the ledger holds. */
  async start(wish: Wish = {}): Promise<void> {
    const config = (this.#config = configOf(wish));
    const shelfOf = (name: Name): Shelf => createShelf(name, this.clock, config.tokenKeys);
    const shelves = (this.#shelves = {
      ...{ mailbox: shelfOf('mailbox'), helpdesk: shelfOf('helpdesk'), other: shelfOf('other') },
    });
    const observers = Object.values(shelves).map(({ observer }) => ({
      ...observer,
      look: (options: Parameters<typeof observer.look>[0]) =>
        this.isBlind ? Promise.reject(blindness()) : observer.look(options),
    }));
    const core = (this.#core = await createCore(config, {
      ...{ clock: this.clock, random: createSystemRandom(), logger: silentLogger },
      registry: new Registry(),
      build: { version: '', revision: '', node: '' },
      adapters: {
        senders: new Map([['relay', this.#relay()]]),
        observers: new Map(observers.map((observer) => [observer.name, observer])),
        close: () => Promise.resolve(),
      },
      openLedger: (own) => createLedger(this.store, own),
      readTotals: () => Promise.resolve(this.store.totals()),
      loadConfig: () => Promise.resolve(this.#config ?? config),
    }));
    core.daemon.start();
  }

  async restart(wish: Wish = {}): Promise<void> {
    await this.stop();
    await this.start(wish);
  }

  async reload(wish: Wish): Promise<void> {
    this.#config = configOf(wish);
    await this.daemon.reload();
  }

  async stop(): Promise<void> {
    await this.#core?.stop();
  }

  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= STEP_MS) await this.clock.advance(STEP_MS);
  }

  /** What was said of the canaries launched in a span of time. */
  said({
    from = -Infinity,
    until = Infinity,
  }: {
    readonly from?: number;
    readonly until?: number;
  }) {
    const own = [...this.store.canaries()].filter(
      ({ launch: { launchedAt } }) => launchedAt >= from && launchedAt < until,
    );
    const each = <T>(tell: (canary: Canary) => T): readonly T[] => [...new Set(own.map(tell))];
    return {
      count: own.length,
      verdicts: each(({ settlement }) => settlement?.verdict),
      outcomes: each(outcomeOf),
    };
  }

  /** Takes every mail. */
  #relay(): Sender {
    return {
      name: 'relay',
      type: 'smtp',
      send: ({ id }) => {
        const canary = [...this.store.canaries()].find(({ launch }) => launch.id === id);
        if (canary !== undefined && this.arrivesAt !== undefined)
          this.#shelves?.[this.arrivesAt].show(canary);
        const at = { low: this.clock.now(), high: this.clock.now() };
        const acceptance = { at, queueId: null, serverMessageId: null };
        return Promise.resolve({ type: 'accepted', acceptance, timings: {} });
      },
      check: () => Promise.reject(new Error('not asked for here')),
      close: () => Promise.resolve(),
    };
  }
}

function blindness(): MonitorError {
  return new MonitorError('nothing to be seen', { reason: 'unreachable', retryable: true });
}

function configOf({ observer = 'helpdesk', url = 'imap://canary@127.0.0.1', keys }: Wish): Config {
  const text = `
token_keys: ["a key for tests, of good length"]
senders: { relay: { type: smtp, url: "smtp://127.0.0.1:25", from: canary@example.org } }
observers:
  mailbox: { type: imap, url: "imap://front@127.0.0.1", password: c }
  helpdesk: { type: imap, url: "${url}", ${keys ?? 'password: c'} }
  other: { type: imap, url: "imap://other@127.0.0.1", password: c }
probes: { support: { sender: relay, to: support@example.org, observer: ${observer}, every: 60s } }
`;
  return parseConfig(text, { path: 'test.yaml', env: () => undefined, readFile: noFiles });
}

function noFiles(): never {
  throw new Error('no files');
}
