import type { Instant } from '../../base/clock.ts';
import { formatDuration } from '../../base/duration.ts';
import { outcomeOf } from '../../domain/canary.ts';
import { counts } from '../../domain/probe.ts';
import type { ObserverStatus, ProbeStatus } from '../../engine/control.ts';
import {
  isLossConfirmed,
  isOutOfSight,
  lagOf,
  pauseOf,
  stateOf,
  type Scene,
  type State,
} from '../state.ts';
import { html, type Html } from './html.ts';
import { roughly, timeTag } from './time.ts';

/** As the page spells states. */
export const STATE_WORDS: Readonly<Record<State, string>> = {
  ok: 'OK',
  slow: 'SLOW',
  misfiled: 'MISFILED',
  stalled: 'STALLED',
  not_sending: 'NOT SENDING',
  blind: 'BLIND',
  paused: 'PAUSED',
  no_data: 'NO DATA',
};

/** What a person woken at night has to know about a probe: one plain sentence. */
export function headlineOf(probe: ProbeStatus, state: State): string {
  switch (state) {
    case 'ok':
      return `Mail to ${probe.to} is arriving.`;
    case 'slow':
      return probe.stragglers > 0 || isLossConfirmed(probe)
        ? `Some mail to ${probe.to} is missing.`
        : `Mail to ${probe.to} is slow.`;
    case 'misfiled':
      return `Mail to ${probe.to} is filed as spam.`;
    case 'stalled':
      return `Mail to ${probe.to} is not arriving.`;
    case 'not_sending':
      return `No test mail to ${probe.to} gets out.`;
    case 'blind':
      return `Nobody can see whether mail to ${probe.to} arrives.`;
    case 'paused':
      return `${probe.route.probe} is paused.`;
    case 'no_data':
      return `No test mail to ${probe.to} has arrived yet.`;
  }
}

/** The figures behind the headline, and what they do not say. */
export function detailOf(probe: ProbeStatus, scene: Scene): Html {
  const { now } = scene;
  switch (stateOf(probe, scene)) {
    case 'ok':
      return html`Nothing is late.`;
    case 'slow':
      return slowDetail(probe);
    case 'misfiled':
      return html`The newest arrivals are in a place where nobody looks.`;
    case 'stalled':
      return stalledDetail(probe, scene);
    case 'not_sending':
      return html`The last launch that worked was due before
      ${since(probe.oldestUnservedTick, now)}. This is trouble of the sender ${probe.route.sender},
      and says nothing about other people's mail.`;
    case 'blind':
      return blindDetail(probe, scene);
    case 'paused':
      return pausedDetail(probe, now);
    case 'no_data':
      return waitingDetail(probe, scene);
  }
}

/** Before the first arrival, and before anything has gone wrong for long. */
function waitingDetail(probe: ProbeStatus, { now, observer }: Scene): Html {
  const next =
    probe.nextLaunchAt === null
      ? html`No launch is planned.`
      : html`The next launch is ${timeTag(probe.nextLaunchAt, now)}.`;
  const unsent = unsentOf(probe);
  if (unsent.count > 0) {
    return html`${unsent.count === 1 ? 'The last launch' : `The last ${unsent.count} launches`}
    could not be sent (${unsent.reason}). ${next}`;
  }
  if (observer?.failure != null) return html`Nobody could look yet. ${next}`;
  return html`Waiting for the first one. ${next}`;
}

/** How many of the newest canaries in a row were not sent, and why the newest was not. */
function unsentOf({ latest }: ProbeStatus): { readonly count: number; readonly reason: string } {
  const own = latest.filter(({ kind }) => counts(kind));
  const sent = own.findIndex(({ canary }) => outcomeOf(canary) !== 'unsent');
  const reason = own[0]?.canary.refusal?.reason ?? '';
  return { count: sent === -1 ? own.length : sent, reason };
}

function slowDetail(probe: ProbeStatus): Html {
  const { stragglers, headWaiting, lastLatency, loss } = probe;
  if (stragglers > 0) {
    return html`${mails(stragglers)} missing although newer ones arrived.${stuckText(probe)}`;
  }
  if (loss?.level === 'confirmed') {
    const { count, of } = loss.lastDay;
    return html`${count} of ${of} test mails of the last 24 h never arrived: more than chance
    explains.`;
  }
  if (headWaiting > 0) {
    return html`${mails(headWaiting)} waiting, the oldest for ${roughly(lagOf(probe) ?? 0)}; late
    after ${formatDuration(probe.policy.lateAfterMs)}.`;
  }
  return html`The newest took ${formatDuration(lastLatency?.ms ?? 0)}; late after
  ${formatDuration(probe.policy.lateAfterMs)}.`;
}

function stalledDetail(probe: ProbeStatus, scene: Scene): Html {
  const sight = isOutOfSight(probe, scene)
    ? html` That was ${roughly(scene.now - (probe.horizon ?? scene.now))} ago: nobody could look
      since.`
    : null;
  const last =
    probe.newestIngestedAt === null
      ? html`None has ever arrived.`
      : html`The newest that arrived was sent at ${timeTag(probe.newestIngestedAt, scene.now)}.`;
  return html`The oldest of ${probe.headWaiting} waiting has been missing for
  ${roughly(lagOf(probe) ?? 0)}; late after ${formatDuration(probe.policy.lateAfterMs)}.
  ${last}${sight}${stuckText(probe)}`;
}

/** Arrived in the mailbox, no ticket: the finding of a chain of observers. */
function stuckText({ stages, route }: ProbeStatus): Html | null {
  const last = stages.findLast(({ stuck }) => stuck > 0);
  if (last === undefined) return null;
  return html` ${last.stuck} of the overdue were seen by ${last.observer} and never by
  ${route.observer}: they are lost or held between the two.`;
}

function blindDetail(probe: ProbeStatus, scene: Scene): Html {
  const { observer, now } = scene;
  if (probe.pushOnly === true) {
    return html`${probe.route.observer} was told of no test mail sent since
    ${since(probe.newestIngestedAt, now)}, and it cannot look. Either the mail does not arrive or
    the webhook does not come.`;
  }
  const why =
    observer?.failure == null
      ? null
      : html` The last one failed: ${failureText(observer.failure)}.`;
  return html`No complete look into ${probe.route.observer}
  ${probe.horizon === null ? 'yet' : html`since ${since(probe.horizon, now)}`}.${why} The mail
  itself may be fine.`;
}

function pausedDetail(probe: ProbeStatus, now: Instant): Html {
  const pause = pauseOf(probe, now);
  if (pause === null) return html``;
  const reason = pause.reason === '' ? null : html`: ${pause.reason}`;
  return html`Until ${timeTag(pause.until, now)}${reason}.`;
}

/** Why looks fail, in the observer's words. */
export function failureText(failure: NonNullable<ObserverStatus['failure']>): string {
  return `${failure.message.replace(/\.$/, '')} (${failure.reason})`;
}

function since(at: Instant | null, now: Instant): Html {
  return at === null ? html`the start` : html`${timeTag(at, now)} (${roughly(now - at)} ago)`;
}

function mails(count: number): string {
  return count === 1 ? '1 test mail is' : `${count} test mails are`;
}
