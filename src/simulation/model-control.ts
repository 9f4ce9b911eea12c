import type { Clock, Instant } from '../base/clock.ts';
import { createSeededRandom } from '../base/seeded-random.ts';
import type { Random } from '../base/random.ts';
import type { Expectation, Look, Observation, PositiveControl } from '../observers/observer.ts';
import { drawDelay } from '../sandbox/chance.ts';
import type { Delay } from '../sandbox/config.ts';
import type { Item, Room } from './mail-system.ts';

export interface ModelControlTools {
  readonly clock: Clock;
  readonly room: Room;
  /** What one reading takes. */
  readonly takes: Delay;
  /** @throws MonitorError as the dials want it, at each reading. */
  readonly meet: (chance: Random, signal: AbortSignal) => Promise<void>;
}

export interface ModelControl extends PositiveControl {
  /** Takes in what a look saw. */
  note(observations: readonly Observation[]): void;
}

/** Chance of its own, so that a control changes nothing of what befalls mails and looks. */
const SEED = 1;
/** As observers/control-config.ts has them where nobody says otherwise. */
const EVERY_MS = 300_000;
/** As observers/feed/positive-control.ts and observers/imap/positive-control.ts have it. */
const PATIENCE_MS = 10_000;

/** By another connection, as an observer of a mailbox has it: a look must have come as far as that one finds. */
export function createMailboxControl(tools: ModelControlTools): ModelControl {
  const { room } = tools;
  const { read, requests } = readerOf(tools);

  async function expect(signal: AbortSignal): Promise<Expectation> {
    await read(signal);
    const count = room.items.length;
    return {
      what: 'what another connection finds in the folders',
      withinMs: PATIENCE_MS,
      isMetBy: ({ cursor }: Look) => typeof cursor === 'number' && cursor >= count,
    };
  }

  return {
    how: 'another connection to the model has to find no more than looks do',
    ...{ everyMs: EVERY_MS, expect, requests },
    renew: () => undefined,
    note: () => undefined,
  };
}

/** By the newest canary that was seen, read by itself, as an observer of lists has it: the list has to show it. */
export function createListControl(
  tools: ModelControlTools & {
    readonly indexLagMs: number;
    /** Whether the list shows it now. */
    readonly isListed: (item: Item, now: Instant) => boolean;
  },
): ModelControl {
  const { clock, room, indexLagMs, isListed } = tools;
  const { read, requests } = readerOf(tools);
  let newest: { readonly externalId: string; readonly launchedAt: Instant } | undefined;

  async function expect(signal: AbortSignal): Promise<Expectation> {
    await read(signal);
    const item = room.items.find(({ externalId }) => externalId === newest?.externalId);
    const withinMs = indexLagMs + PATIENCE_MS;
    if (item === undefined) return { what: 'anything', withinMs, isMetBy: () => true };
    return {
      what: 'a canary, read by itself, in the list',
      withinMs,
      async isMetBy(_look, inner) {
        await read(inner);
        return isListed(item, clock.now());
      },
    };
  }

  return {
    how: 'the newest canary, read by itself, has to be in the list of the model',
    ...{ everyMs: EVERY_MS, expect, requests },
    renew: () => undefined,
    note(observations) {
      for (const { externalId, token } of observations) {
        if (newest !== undefined && token.launchedAt < newest.launchedAt) continue;
        newest = { externalId, launchedAt: token.launchedAt };
      }
    },
  };
}

function readerOf({ clock, takes, meet }: ModelControlTools) {
  const chance = createSeededRandom(SEED);
  let count = 0;
  return {
    read: async (signal: AbortSignal): Promise<void> => {
      count += 1;
      await clock.sleep(drawDelay(takes, chance), signal);
      await meet(chance, signal);
    },
    requests: () => count,
  };
}
