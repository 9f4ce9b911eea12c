import type { Random } from '../base/random.ts';
import { drawDelay, happens } from './chance.ts';
import type { HelpdeskDials, IngestDials } from './config.ts';

/** What the dials had in store for one mail when it was accepted. */
export interface Fate {
  readonly lost: boolean;
  readonly place: 'inbox' | 'spam';
  /** From acceptance to ingestion, were there no outage. */
  readonly delayMs: number;
  /** It took the slow path. */
  readonly slow: boolean;
  /** From the first ingestion to the second; null: there is one only. */
  readonly repeatMs: number | null;
}

/** What is wrong with the inbound server that took a mail. */
export type ServerTrouble = HelpdeskDials['servers'][string];

/** Draws what becomes of a mail. Always as many numbers of the same dials, whatever comes out. */
export function drawFate(
  dials: IngestDials,
  trouble: ServerTrouble | undefined,
  random: Random,
): Fate {
  const lost = happens(dials.loss, random);
  const lostThere = happens(trouble?.loss ?? 0, random);
  const place = happens(dials.misfile, random) ? 'spam' : 'inbox';
  const slow = drawSlow(dials.slow, random);
  const slowThere = trouble?.slow === undefined ? null : drawSlow(trouble.slow, random);
  const delayMs = drawDelay(dials.delay, random) + (slow ?? 0) + (slowThere ?? 0);
  const repeats = happens(dials.duplicates, random);
  const repeatMs = drawDelay(dials.repeat, random);
  return {
    lost: lost || lostThere,
    place,
    delayMs,
    slow: slow !== null || slowThere !== null,
    repeatMs: repeats ? repeatMs : null,
  };
}

function drawSlow(slow: IngestDials['slow'], random: Random): number | null {
  const isSlow = happens(slow.share, random);
  const ms = drawDelay(slow.delay, random);
  return isSlow ? ms : null;
}
