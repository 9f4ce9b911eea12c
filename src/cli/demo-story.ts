import { formatDuration } from '../base/duration.ts';
import { firstSighting, latencyOf, type Canary } from '../domain/canary.ts';
import type { LedgerEvent } from '../domain/events.ts';
import { halfWidth, midpoint } from '../domain/latency.ts';
import type { WatchLine } from '../server/page-watch.ts';
import type { Tone } from '../server/state.ts';

/** What one event means to a spectator; undefined for what goes without saying. */
export function lineOf(event: LedgerEvent, canary: Canary): WatchLine | undefined {
  const who = event.launch.route.probe;
  const line = (tone: Tone, label: string, detail: string): WatchLine => ({
    at: event.at,
    who,
    tone,
    label,
    detail,
  });
  for (const effect of event.effects) {
    switch (effect.type) {
      case 'unsent':
        return line('unknown', 'not sent', canary.refusal?.detail ?? effect.reason);
      case 'in_doubt':
        return line('unknown', 'in doubt', 'the connection broke before the answer to the mail');
      case 'lost':
        return line('bad', 'lost', `in none of the places ${agoText(canary)} after it was sent`);
      case 'recovered':
        return line('warn', 'came after all', latencyText(canary));
      case 'duplicated':
        return line('warn', 'came twice', '');
      case 'settled':
        return line(...settledWords(canary, effect.verdict));
      case 'launched':
      case 'accepted':
      case 'suspected':
      case 'arrived':
      case 'passed':
      case 'latency':
      case 'contradicted':
      case 'outcome':
        break;
    }
  }
  return undefined;
}

function settledWords(
  canary: Canary,
  verdict: 'on_time' | 'overdue' | 'misfiled' | 'void',
): [Tone, string, string] {
  const seen = firstSighting(canary);
  switch (verdict) {
    case 'on_time':
      return ['good', 'on time', latencyText(canary)];
    case 'overdue':
      return seen === undefined
        ? [
            'warn',
            'missing',
            `not there ${formatDuration(canary.launch.policy.lateAfterMs)} after it was accepted`,
          ]
        : ['warn', 'late', latencyText(canary)];
    case 'misfiled':
      return ['warn', 'misfiled', `it went to ${seen?.place ?? 'spam'}`];
    case 'void':
      return ['unknown', 'unknown', 'nobody could look in time'];
  }
}

function latencyText(canary: Canary): string {
  const latency = latencyOf(canary);
  if (latency === undefined) return '';
  return `${formatDuration(midpoint(latency))} +/- ${formatDuration(halfWidth(latency))}`;
}

function agoText(canary: Canary): string {
  return formatDuration(canary.launch.policy.lostAfterMs);
}
