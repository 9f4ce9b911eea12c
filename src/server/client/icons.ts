import { TONES, type Tone } from '../state.ts';

const FILLS: Readonly<Record<Tone, string>> = {
  good: '#1a7f4b',
  idle: '#6b7280',
  warn: '#b45f06',
  unknown: '#6d4bc4',
  bad: '#c4262e',
};

/** The sign inside, so that the tab tells without colour: a tick, a pause, a bang, a question, a cross. */
const SIGNS: Readonly<Record<Tone, string>> = {
  good: 'M9 16.5l5 5 9-11',
  idle: 'M12 11v10M20 11v10',
  warn: 'M16 8v10M16 22.5v.5',
  unknown: 'M12 12.5a4 4 0 1 1 5.5 3.7q-1.5.7-1.5 2.3M16 22.5v.5',
  bad: 'M10.5 10.5l11 11M21.5 10.5l-11 11',
};

/** The tab's icon, by tone. */
export const ICONS: ReadonlyMap<string, string> = new Map(
  TONES.map((tone) => [
    `icon-${tone}.svg`,
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="${FILLS[tone]}"/><path d="${SIGNS[tone]}" fill="none" stroke="#fff" stroke-width="3.5" stroke-linecap="round" stroke-linejoin="round"/></svg>`,
  ]),
);
