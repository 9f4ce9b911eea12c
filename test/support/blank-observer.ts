import type { Clock } from '../../src/base/clock.ts';
import type { Observer } from '../../src/observers/observer.ts';

/** One that looks once a second at most, completely, and sees nothing. */
export function createBlankObserver(clock: Clock, onLook: () => void = () => undefined): Observer {
  return {
    name: 'helpdesk',
    type: 'blank',
    capabilities: { minPauseMs: 1_000, indexLagMs: 0, push: false, stampQuantumMs: null },
    look() {
      onLook();
      const at = clock.now();
      const places = [{ place: 'inbox', startedAt: at }] as const;
      const nothing = { observations: [], mismatches: {}, cursor: null, requests: 1 };
      return Promise.resolve({ startedAt: at, endedAt: at, places, complete: true, ...nothing });
    },
    news: () => new Promise(() => undefined),
    check: () => Promise.reject(new Error('not asked for here')),
    close: () => Promise.resolve(),
  };
}
