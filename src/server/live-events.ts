import type { ServerResponse } from 'node:http';
import type { Clock } from '../base/clock.ts';
import { startLoop } from '../base/loop.ts';
import type { ServerParts } from './parts.ts';
import { eventRecord } from './records.ts';
import { withoutTokens } from './send.ts';

/** Proxies cut lines that are silent for a minute or less. */
const HEARTBEAT_MS = 15_000;
const MOST_LISTENERS = 64;
/** A listener that reads slower than things happen is let go before it costs memory. */
const LARGEST_BACKLOG = 1_048_576;

/** Ledger events for whoever listens (server-sent events). */
export interface LiveEvents {
  /** Whether there was room for one more. */
  add(response: ServerResponse): boolean;
  /** Ends all. */
  stop(): Promise<void>;
}

export function createLiveEvents(parts: {
  readonly subscribe: ServerParts['subscribe'];
  readonly clock: Clock;
}): LiveEvents {
  const listeners = new Set<ServerResponse>();
  const write = (text: string): void => {
    for (const listener of listeners) {
      if (listener.writableLength > LARGEST_BACKLOG) listener.destroy();
      else listener.write(text);
    }
  };
  const unsubscribe = parts.subscribe((event) => {
    if (listeners.size === 0) return;
    const data = withoutTokens(JSON.stringify(eventRecord(event)));
    write(`id: ${event.position}\nevent: ${event.fact.type}\ndata: ${data}\n\n`);
  });
  const heartbeat = startLoop({
    clock: parts.clock,
    round: () => {
      write(': still here\n\n');
      return Promise.resolve(HEARTBEAT_MS);
    },
  });
  return {
    add(response) {
      if (listeners.size >= MOST_LISTENERS) return false;
      listeners.add(response);
      response.on('close', () => listeners.delete(response));
      response.write(': listening\n\n');
      return true;
    },
    async stop() {
      unsubscribe();
      for (const listener of listeners) listener.end();
      await heartbeat.stop();
    },
  };
}
