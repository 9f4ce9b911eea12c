import type { Instant } from '../base/clock.ts';
import { formatDuration } from '../base/duration.ts';
import { stragglersToPage } from '../domain/culprit.ts';
import type { Control, ProbeStatus } from '../engine/control.ts';
import { lagOf, stateOf, toneOf, type State, type Tone } from './state.ts';

/** One thing worth telling. */
export interface WatchLine {
  readonly at: Instant;
  readonly who: string;
  readonly tone: Tone;
  /** A word or two: `on time`, `PAGE`. */
  readonly label: string;
  readonly detail: string;
}

/** A time during which somebody would have been woken. */
export interface Page {
  readonly probe: string;
  readonly since: Instant;
  /** Null while it lasts. */
  readonly until: Instant | null;
  readonly why: string;
}

/** Watches the states of the probes: who would be woken, why, and when it was over. */
export interface PageWatch {
  /** What has changed since the last time. */
  look(): readonly WatchLine[];
  pages(): readonly Page[];
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
  const open = new Map<string, Page>();
  const closed: Page[] = [];
  const wellSince = new Map<string, Instant>();

  function begin(probe: ProbeStatus, state: State, now: Instant): WatchLine | undefined {
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

  function end(probe: ProbeStatus, now: Instant): WatchLine | undefined {
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
      return missingWords(probe);
  }
}

function missingWords(probe: ProbeStatus): string {
  const { stragglers, loss } = probe;
  if (stragglers < stragglersToPage(probe) && loss !== null) {
    const { count, of } = loss.lastDay;
    return `${count} of ${of} in 24 h never arrived: more than chance explains`;
  }
  return `${stragglers} are missing although newer ones arrived`;
}
