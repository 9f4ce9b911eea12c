import { isMissing, outcomeOf, type Canary } from '../../domain/canary.ts';
import { readingOf, type Reading } from '../../domain/verdict.ts';
import type { Tone } from '../state.ts';

/** What became of a canary so far, for a person. */
export interface Fate {
  readonly word: string;
  readonly tone: Tone;
  /** Tells marks apart without colour. */
  readonly sign: string;
}

const FATES: Readonly<Record<Reading, Fate>> = {
  on_time: { word: 'on time', tone: 'good', sign: '' },
  late: { word: 'late', tone: 'warn', sign: '!' },
  misfiled: { word: 'misfiled', tone: 'warn', sign: 'm' },
  lost: { word: 'lost', tone: 'bad', sign: '×' },
  unsent: { word: 'not sent', tone: 'unknown', sign: '–' },
  in_doubt: { word: 'in doubt', tone: 'unknown', sign: '?' },
  blind: { word: 'nobody could look', tone: 'unknown', sign: '?' },
};

export function fateOf(canary: Canary): Fate {
  const reading = readingOf(outcomeOf(canary), canary.settlement?.verdict);
  if (reading !== undefined) return FATES[reading];
  if (!isMissing(canary)) {
    return canary.sightings.length > 0
      ? { word: 'arrived', tone: 'good', sign: '' }
      : { word: 'being sent', tone: 'idle', sign: '·' };
  }
  if (canary.settlement?.verdict === 'overdue') {
    return { word: 'overdue, still missing', tone: 'bad', sign: '!' };
  }
  return canary.suspectedAt === null
    ? { word: 'on its way', tone: 'idle', sign: '·' }
    : { word: 'on its way for long', tone: 'warn', sign: '·' };
}
