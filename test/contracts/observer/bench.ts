import { onTestFinished, test } from 'vitest';
import type { Logger } from '../../../src/base/logger.ts';
import type { Place } from '../../../src/domain/sighting.ts';
import type { Observer, TidyManner } from '../../../src/observers/observer.ts';
import { startProxy, type Rule, type TcpProxy } from '../../support/tcp-proxy.ts';

/** One mailbox or inbox of its own, empty, in a real system. */
export interface ObserverBench {
  /** Where the system listens on 127.0.0.1. */
  readonly port: number;
  /** What must never be seen in an error or a log. */
  readonly secrets: readonly string[];
  /** An observer of this inbox. */
  create(options?: BenchOptions): Observer;
  /** Resolves when the mail is there. */
  deliver(message: string, place?: Place): Promise<void>;
  /** Everything the system can tell about its mails: ids, flags, sizes. */
  state(): Promise<string>;
  /** Stops the system and starts it again, mails kept. */
  restart(): Promise<void>;
}

export interface BenchOptions {
  /** Another port than the system's: a proxy's. */
  readonly port?: number;
  readonly wrongPassword?: boolean;
  readonly timeoutMs?: number;
  readonly logger?: Logger;
}

export interface ObserverHarness {
  readonly type: string;
  /** Besides the inbox. */
  readonly places: readonly Place[];
  /** How it can tidy; none: it cannot. */
  readonly manners: readonly TidyManner[];
  start(): Promise<void>;
  stop(): Promise<void>;
  open(): Promise<ObserverBench>;
  /** Its protocol is not made of lines: proxies pass bytes as they come. */
  readonly isRaw?: boolean;
  /** Case to the reason why it does not apply. */
  readonly skip?: Readonly<Record<string, string>>;
}

/** What the parts of the contract share: the bench of the running case, and things that end with it. */
export interface Contract {
  readonly harness: ObserverHarness;
  bench(): ObserverBench;
  /** A case that an observer may skip with a written reason. */
  readonly contractCase: (name: string, body: () => Promise<void>) => void;
  /** An observer that is closed after the case. */
  readonly create: (options?: BenchOptions) => Observer;
  /** A proxy before the system that fails as the rules say. */
  readonly proxied: (...rules: readonly Rule[]) => Promise<TcpProxy>;
}

export function createContract(
  harness: ObserverHarness,
  bench: () => ObserverBench,
): Contract & { readonly leftOut: ReadonlySet<string> } {
  const leftOut = new Set<string>();
  return {
    harness,
    bench,
    leftOut,
    contractCase(name, body) {
      if (harness.skip?.[name] === undefined) test(name, body);
      else leftOut.add(name);
    },
    create(options) {
      const observer = bench().create(options);
      onTestFinished(() => observer.close());
      return observer;
    },
    async proxied(...rules) {
      const raw = harness.isRaw ?? false;
      const proxy = await startProxy({ target: { port: bench().port }, rules, raw });
      onTestFinished(() => proxy.stop());
      return proxy;
    },
  };
}
