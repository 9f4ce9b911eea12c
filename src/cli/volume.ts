import type { Config } from '../config/schema.ts';
import type { ObserverConfig } from '../observers/config.ts';

/** Milliseconds between the canaries of each probe, by its name. */
export type Intervals = ReadonlyMap<string, number>;

/** Of all probes that lead to an observer; a canary of a chain passes each of its observers. */
export function canariesAMinute(
  name: string,
  { probes }: Pick<Config, 'probes'>,
  intervals: Intervals,
): number {
  return passing(name, { probes }).reduce((sum, probe) => {
    const everyMs = intervals.get(probe.name);
    return everyMs === undefined ? sum : sum + 60_000 / everyMs;
  }, 0);
}

/** The probes whose canaries come to an observer. */
export function passing(name: string, { probes }: Pick<Config, 'probes'>): Config['probes'] {
  return probes.filter(({ observer, front }) => observer === name || front.includes(name));
}

/** What a canary is to those who have to live with it. */
export const NOUNS: Readonly<Record<ObserverConfig['type'], 'mails' | 'tickets'>> = {
  imap: 'mails',
  jmap: 'mails',
  maildir: 'mails',
  helpscout: 'tickets',
  zammad: 'tickets',
  rt: 'tickets',
  freescout: 'tickets',
  sql: 'tickets',
  http: 'tickets',
  webhook: 'tickets',
};
