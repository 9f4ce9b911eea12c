import type { Canary } from '../../src/domain/canary.ts';
import { verifyToken, type TokenKeys } from '../../src/domain/token.ts';
import type { LookOptions, Observation, Observer } from '../../src/observers/observer.ts';
import type { FakeClock } from './fake-clock.ts';
import { TEST_KEYS } from './test-launch.ts';

const SECOND = 1_000;

export interface Shelf {
  readonly observer: Observer;
  /** What each look was asked. */
  readonly asked: readonly LookOptions[];
  show(canary: Pick<Canary, 'launch'>): void;
}

/** An observer that shows each canary once, when the test has put it there; its cursor counts looks. */
export function createShelf(name: string, clock: FakeClock, keys: TokenKeys = TEST_KEYS): Shelf {
  const waiting: Observation[] = [];
  const asked: LookOptions[] = [];
  const observer: Observer = {
    name,
    type: 'shelf',
    capabilities: { minPauseMs: SECOND, indexLagMs: 0, push: false, stampQuantumMs: null },
    look(options) {
      asked.push(options);
      const at = clock.now();
      return Promise.resolve({
        startedAt: at,
        endedAt: at,
        places: [{ place: 'inbox' as const, startedAt: at }],
        complete: true,
        observations: waiting.splice(0),
        mismatches: {},
        cursor: asked.length,
        requests: 1,
      });
    },
    news: () => new Promise(() => undefined),
    check: () => Promise.reject(new Error('not asked for here')),
    close: () => Promise.resolve(),
  };
  const show: Shelf['show'] = ({ launch }) => {
    const token = verifyToken(launch.token, keys);
    if (token === undefined) throw new Error('a token of other keys');
    const rest = { stamp: null, hops: [], foreignMessageId: null };
    waiting.push({ token, externalId: launch.id, place: 'inbox', ...rest });
  };
  return { observer, asked, show };
}
