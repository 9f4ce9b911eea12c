import { writeDuration } from '../base/duration.ts';
import { halfWidth, midpoint, type Interval } from '../domain/latency.ts';
import type { Place } from '../domain/sighting.ts';
import { isClockOff } from './http/clock-words.ts';
import type { Fact, ObserverFacts } from './observer.ts';
import type { TidyRule } from './tidy-config.ts';

/** `as`: who the other side takes us for; null where it does not say, or where nobody logs in. */
export function loginFact(as: string | null, text: string): ObserverFacts['login'] {
  return { state: 'ok', text: oneLine(text), as: as === null ? null : oneLine(as) };
}

export function readFact(text: string, state: Fact['state'] = 'ok'): Fact {
  return { state, text: oneLine(text) };
}

export interface Rights {
  /** Null: it does not say. */
  readonly close: boolean | null;
  readonly delete: boolean | null;
  /** How that is known, or why it is not. */
  readonly why: string;
}

/** Nothing of anybody is touched to find out, so that much of it is unknown until the first copy. */
export function tidyFact({ manner, afterMs }: TidyRule, may: Rights): ObserverFacts['tidy'] {
  const rights = { mayClose: may.close, mayDelete: may.delete };
  const known = oneLine(may.why);
  if (manner === 'keep') {
    return { state: 'ok', text: `copies are kept; ${known}`, manner, ...rights };
  }
  const wish = `${manner} after ${writeDuration(afterMs)}`;
  const allowed = may[manner];
  const state = allowed === null ? 'unknown' : allowed ? 'ok' : 'warn';
  return { state, text: `${wish}; ${known}`, manner, ...rights };
}

/** Of an observer that is made to read and nothing else. */
export const NEVER_TIDIES: Rights = {
  close: false,
  delete: false,
  why: 'it can only read, whatever the login may',
};

/** Where a place is in the words of the other side: a folder, a list, a status. */
export interface Spot {
  readonly name: string;
  readonly place: Place;
}

/** `none`: why nothing is looked at. */
export function inboxFact(spots: readonly Spot[], none: string): ObserverFacts['inbox'] {
  const names = namesOf(spots.filter(({ place }) => place === 'inbox'));
  if (names.length === 0) return { state: 'warn', text: `not looked at: ${none}`, names };
  return { state: 'ok', text: names.join(', '), names };
}

const MISFILED: readonly Place[] = ['spam', 'suspended', 'trash'];

/** Where mail goes that is filed wrongly. `none`: why none of these places is looked at. */
export function misfiledFact(
  spots: readonly Spot[],
  none: { readonly state: Fact['state']; readonly why: string },
): ObserverFacts['misfiled'] {
  const there = spots.filter(({ place }) => MISFILED.includes(place));
  const names = namesOf(there);
  const hasSpam = there.some(({ place }) => place !== 'trash');
  const words = there.map(({ name, place }) =>
    name.toLowerCase() === place ? oneLine(name) : `${oneLine(name)} = ${place}`,
  );
  if (hasSpam) return { state: 'ok', text: words.join(', '), names };
  const also = words.length === 0 ? '' : `${words.join(', ')}; spam `;
  return { state: none.state, text: `${also}not looked at: ${oneLine(none.why)}`, names };
}

/** `silence`: why nothing is known where nothing is. */
export function clockFact(offset: Interval | undefined, silence: string): ObserverFacts['clock'] {
  if (offset === undefined) {
    return { state: 'unknown', text: `not told: ${silence}`, offset: null };
  }
  const middle = midpoint(offset);
  const seconds = (ms: number): string => (Math.abs(ms) / 1_000).toFixed(1);
  const doubt = `+/- ${seconds(halfWidth(offset))} s`;
  const side = middle < 0 ? 'behind' : 'ahead of';
  const text = `${seconds(middle)} s ${side} ours (${doubt})`;
  return { state: isClockOff(offset) ? 'warn' : 'ok', text, offset };
}

/** Why HTTP may tell nothing. */
export const NO_DATE = 'no reply of this server has a Date';

/** Of a line on which nobody counts requests. */
export const NOT_COUNTED: ObserverFacts['rate'] = { limit: null, remaining: null };

/** What its replies told of the account's own limit. */
export function rateSaid(http: {
  readonly budget: { lastSaid(): number | undefined; lastLimit(): number | undefined };
}): ObserverFacts['rate'] {
  const { budget } = http;
  return { limit: budget.lastLimit() ?? null, remaining: budget.lastSaid() ?? null };
}

function namesOf(spots: readonly Spot[]): readonly string[] {
  return [...new Set(spots.map(({ name }) => oneLine(name)))];
}

const LONGEST = 200;

/** What others wrote, for one line of ours. */
export function oneLine(text: string): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}...` : line;
}
