import { beginSpan, whenAborted } from '../base/abort.ts';
import type { Instant } from '../base/clock.ts';
import { MonitorError, type Reason } from '../base/errors.ts';
import type { Random } from '../base/random.ts';
import { verifyToken, type TokenKeys } from '../domain/token.ts';
import type {
  Capabilities,
  Look,
  LookOptions,
  Observation,
  Observer,
} from '../observers/observer.ts';
import { drawDelay, forkRandom, happens } from '../sandbox/chance.ts';
import type { Delay, Fault } from '../sandbox/config.ts';
import type { Destination } from '../sandbox/truth.ts';
import type { Item, Room } from './mail-system.ts';
import { createListControl, createMailboxControl, type ModelControl } from './model-control.ts';
import type { ModelTools } from './model-sender.ts';

export interface ModelObserverTools extends ModelTools {
  readonly keys: TokenKeys;
}

/** As the adapters have them by default (observers/helpscout, observers/imap on another host). */
const CAPABILITIES: Readonly<Record<Destination, Capabilities>> = {
  helpdesk: {
    minPauseMs: 3_000,
    indexLagMs: 60_000,
    push: false,
    stampQuantumMs: 1_000,
    metered: { lookEveryMs: 60_000 },
  },
  control: { minPauseMs: 1_000, indexLagMs: 0, push: true, stampQuantumMs: 1_000 },
};
const LOOK: Readonly<Record<Destination, Delay>> = {
  helpdesk: { type: 'lognormal', medianMs: 300, p99Ms: 2_000 },
  control: { type: 'lognormal', medianMs: 30, p99Ms: 300 },
};
const TIMEOUT_MS = 10_000;
const QUANTUM_MS = 1_000;
/** Half of the interval that an HTTP Date header leaves for the offset of a clock. */
const OFFSET_ERROR_MS = 600;

/** A helpdesk's API or a mailbox as an observer sees it, with the index lag, the clock and the faults of the dials. */
export function createModelObserver(
  name: string,
  destination: Destination,
  tools: ModelObserverTools,
): Observer {
  const { clock, random, system } = tools;
  const chance = forkRandom(random);
  const shelf = createShelf(system.rooms[destination]);
  const closing = new AbortController();
  const fault = destination === 'helpdesk' ? meetApi : meetMailbox;
  const positiveControl = controlOf(destination, tools);

  return {
    name,
    type: destination === 'helpdesk' ? 'helpscout' : 'imap',
    capabilities: CAPABILITIES[destination],
    async look(options) {
      const startedAt = clock.now();
      await clock.sleep(drawDelay(LOOK[destination], chance), options.signal);
      await fault({ ...tools, chance, signal: options.signal });
      const { offset } = system.dials.read()[destination];
      const lag = destination === 'helpdesk' ? system.dials.read().helpdesk.lag : 0;
      const { items, cursor } = shelf.read(options, startedAt - lag);
      const observations = items.flatMap((item) => observe(item, offset, tools));
      positiveControl.note(observations);
      const { quick } = options;
      return lookOf(observations, { startedAt, endedAt: clock.now(), cursor, offset, quick });
    },
    async news(signal) {
      const span = beginSpan(signal, closing.signal);
      await (destination === 'helpdesk'
        ? whenAborted(span.signal)
        : shelf.whenArrived(span.signal));
      span.end();
    },
    positiveControl,
    check: () => Promise.reject(new Error('a model has nothing to check')),
    close() {
      closing.abort();
      return Promise.resolve();
    },
  };
}

/** With what the observers of either kind have by default. */
function controlOf(destination: Destination, tools: ModelObserverTools): ModelControl {
  const { clock, system } = tools;
  const parts = { clock, room: system.rooms[destination], takes: LOOK[destination] };
  if (destination === 'control') {
    const meet = (chance: Random, signal: AbortSignal): Promise<void> =>
      meetMailbox({ ...tools, chance, signal });
    return createMailboxControl({ ...parts, meet });
  }
  return createListControl({
    ...parts,
    indexLagMs: CAPABILITIES.helpdesk.indexLagMs,
    isListed: ({ ingestedAt }, now) => ingestedAt <= now - system.dials.read().helpdesk.lag,
    meet: (chance, signal) => meetApi({ ...tools, chance, signal }),
  });
}

/** What a room shows to one who reads it from a cursor on. */
interface Shelf {
  /** What was ingested by then and not read before; where a canary is among it, every copy of it. */
  read(
    options: Pick<LookOptions, 'cursor' | 'quick'>,
    until: Instant,
  ): { readonly items: readonly Item[]; readonly cursor: number };
  whenArrived(signal: AbortSignal): Promise<void>;
}

function createShelf(room: Room): Shelf {
  const copies = new Map<string, Item[]>();
  let known = 0;

  function note(): void {
    for (const item of room.items.slice(known)) {
      copies.set(item.messageId, [...(copies.get(item.messageId) ?? []), item]);
    }
    known = room.items.length;
  }

  return {
    read({ cursor, quick = false }, until) {
      note();
      const from = typeof cursor === 'number' ? cursor : 0;
      let next = from;
      while ((room.items[next]?.ingestedAt ?? Infinity) <= until) next += 1;
      const news = new Set(room.items.slice(from, next).map((item) => item.messageId));
      const items = [...news]
        .flatMap((id) => copies.get(id) ?? [])
        .filter((item) => item.ingestedAt <= until && (!quick || item.place === 'inbox'));
      // What a quick look left aside, the next complete one reads.
      return { items, cursor: quick ? from : next };
    },
    whenArrived(signal) {
      return new Promise((resolve) => {
        const done = (): void => {
          stop();
          signal.removeEventListener('abort', done);
          resolve();
        };
        const stop = room.onArrival(done);
        if (signal.aborted) done();
        else signal.addEventListener('abort', done, { once: true });
      });
    },
  };
}

interface LookParts {
  readonly quick: boolean | undefined;
  readonly startedAt: Instant;
  readonly endedAt: Instant;
  readonly cursor: number;
  readonly offset: number;
}

function lookOf(observations: readonly Observation[], parts: LookParts): Look {
  const { startedAt, endedAt, cursor, offset, quick = false } = parts;
  const places = quick ? (['inbox'] as const) : (['inbox', 'spam'] as const);
  return {
    ...{ startedAt, endedAt, cursor, observations, complete: !quick, mismatches: {} },
    places: places.map((place) => ({ place, startedAt })),
    requests: places.length,
    clockOffset: { low: offset - OFFSET_ERROR_MS, high: offset + OFFSET_ERROR_MS },
  };
}

interface Encounter extends ModelObserverTools {
  readonly chance: Random;
  readonly signal: AbortSignal;
}

/** @throws MonitorError as the dials of the mailbox want it. */
async function meetMailbox({ clock, system, signal }: Encounter): Promise<void> {
  const { line } = system.dials.read().control;
  if (line === 'silent') await clock.sleep(TIMEOUT_MS, signal);
  if (line !== 'up') throw failure(line === 'down' ? 'unreachable' : 'timeout');
}

/** @throws MonitorError as the dials of the API want it. */
async function meetApi({ clock, system, chance, signal }: Encounter): Promise<void> {
  const { fault, limit } = system.dials.read().helpdesk;
  if (limit < FEWEST_REQUESTS) throw failure('rate-limited', 60_000);
  if (fault === null || fault.on === 'write' || !happens(fault.share, chance)) return;
  if (fault.do === 'hang') await clock.sleep(TIMEOUT_MS, signal);
  throw failure(reasonOf(fault), fault.status === 429 ? 60_000 : undefined);
}

/** A look takes so many; with fewer a minute nobody can look. */
const FEWEST_REQUESTS = 3;

function observe(item: Item, offset: number, { keys }: ModelObserverTools): readonly Observation[] {
  const token = verifyToken(item.subject.split(' ')[1] ?? '', keys);
  if (token === undefined) return [];
  const told = item.ingestedAt + offset;
  const at = Math.floor(told / QUANTUM_MS) * QUANTUM_MS;
  const { externalId, place, mailDate } = item;
  return [
    {
      ...{ token, externalId, place, mailDate, hops: [], foreignMessageId: null },
      stamp: { at, quantumMs: QUANTUM_MS, source: 'model' },
    },
  ];
}

function reasonOf({ do: kind, status }: Fault): Reason {
  if (kind === 'hang') return 'timeout';
  if (kind === 'garbage') return 'bad-reply';
  if (kind !== 'status') return 'unreachable';
  if (status === 401 || status === 403) return 'auth';
  return status === 429 ? 'rate-limited' : 'unreachable';
}

function failure(reason: Reason, retryAfterMs?: number): MonitorError {
  const wish = retryAfterMs === undefined ? {} : { retryAfterMs };
  return new MonitorError(`the model: ${reason}`, {
    reason,
    retryable: reason !== 'auth',
    ...wish,
  });
}
