import type { Instant } from '../base/clock.ts';
import { formatDuration } from '../base/duration.ts';
import { firstSighting, latencyOf, type Canary } from '../domain/canary.ts';
import type { LedgerEvent } from '../domain/events.ts';
import { halfWidth, midpoint } from '../domain/latency.ts';
import type { Control, ProbeStatus } from '../engine/control.ts';
import { lagOf, stateOf, toneOf, type State, type Tone } from '../server/state.ts';

/** One thing worth telling. */
export interface DemoLine {
  readonly at: Instant;
  readonly who: string;
  readonly tone: Tone;
  /** A word or two: `on time`, `PAGE`. */
  readonly label: string;
  readonly detail: string;
}

/** A time during which somebody would have been woken. */
export interface DemoPage {
  readonly probe: string;
  readonly since: Instant;
  /** Null while it lasts. */
  readonly until: Instant | null;
  readonly why: string;
}

/** What one event means to a spectator; undefined for what goes without saying. */
export function lineOf(event: LedgerEvent, canary: Canary): DemoLine | undefined {
  const who = event.launch.route.probe;
  const line = (tone: Tone, label: string, detail: string): DemoLine => ({
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

/** Watches the states of the probes: who would be woken, why, and when it was over. */
export interface PageWatch {
  /** What has changed since the last time. */
  look(): readonly DemoLine[];
  pages(): readonly DemoPage[];
}

/** A probe must be well for this share of its deadline before a page is over: alerts resolve late, too. */
const CALM = 1 / 2;

/** What is the monitor's own trouble must last for so long, as its alerts have it (semantics C5): it may be a hiccup. */
const HICCUP_MS = 30_000;

/** `speed`: of the monitor's clock; a second in which this machine is busy is no trouble of anybody. */
export function createPageWatch(
  control: Pick<Control, 'now' | 'probes' | 'observers' | 'startedAt'>,
  speed = 1,
): PageWatch {
  const hiccupMs = Math.max(HICCUP_MS, 2_000 * speed);
  const unwellSince = new Map<string, Instant>();
  const open = new Map<string, DemoPage>();
  const closed: DemoPage[] = [];
  const wellSince = new Map<string, Instant>();

  function begin(probe: ProbeStatus, state: State, now: Instant): DemoLine | undefined {
    const who = probe.route.probe;
    wellSince.delete(who);
    if (open.has(who)) return undefined;
    const tone = toneOf(state, probe);
    const since = unwellSince.get(who) ?? now;
    unwellSince.set(who, since);
    if (tone === 'unknown' && now - since < hiccupMs) return undefined;
    const observer = control.observers().find(({ name }) => name === probe.route.observer);
    const why = reasonOf(probe, state, observer?.failure?.message);
    open.set(who, { probe: who, since: now, until: null, why });
    const label = state === 'blind' ? 'PAGE (blind)' : 'PAGE';
    return { at: now, who, tone, label, detail: why };
  }

  function end(probe: ProbeStatus, now: Instant): DemoLine | undefined {
    const who = probe.route.probe;
    unwellSince.delete(who);
    const page = open.get(who);
    if (page === undefined) return undefined;
    const since = wellSince.get(who) ?? now;
    wellSince.set(who, since);
    if (now - since < probe.policy.lateAfterMs * CALM) return undefined;
    open.delete(who);
    wellSince.delete(who);
    closed.push({ ...page, until: since });
    const detail = `the page lasted ${formatDuration(since - page.since)}`;
    return { at: now, who, tone: 'good', label: 'well again', detail };
  }

  return {
    look() {
      const now = control.now();
      const { startedAt } = control;
      return control.probes().flatMap((probe) => {
        const observer = control.observers().find(({ name }) => name === probe.route.observer);
        const state = stateOf(probe, { now, startedAt, observer, culprit: null });
        const wakes = ['bad', 'unknown'].includes(toneOf(state, probe));
        const line = wakes ? begin(probe, state, now) : end(probe, now);
        return line === undefined ? [] : [line];
      });
    },
    pages: () => [...closed, ...open.values()].sort((a, b) => a.since - b.since),
  };
}

function reasonOf(probe: ProbeStatus, state: State, failure: string | undefined): string {
  switch (state) {
    case 'stalled':
      return `nothing gets through: ${probe.headWaiting} waiting, the oldest for ${formatDuration(lagOf(probe) ?? 0)}`;
    case 'misfiled':
      return 'the newest two arrived where nobody looks';
    case 'not_sending':
      return 'no test mail gets out';
    case 'blind':
      return `nobody can look${failure === undefined ? '' : `: ${failure}`}`;
    case 'ok':
    case 'slow':
    case 'paused':
    case 'no_data':
      return `${probe.stragglers} are missing although newer ones arrived`;
  }
}
