import { formatDuration } from '../../base/duration.ts';
import type { ProbeFacts } from '../reply.ts';
import type { StatusFacts } from '../status-facts.ts';

/** What a person woken at night has to know about a probe besides its state; undefined: nothing. */
export function sentenceOf(probe: ProbeFacts, facts: StatusFacts): string | undefined {
  switch (probe.state) {
    case 'ok':
      return undefined;
    case 'slow':
      return slowness(probe);
    case 'misfiled':
      return 'The newest arrivals are in a place where nobody looks.';
    case 'stalled':
      return stall(probe);
    case 'not_sending':
      return `No test mail has got out since ${timeOf(probe.oldest_unserved_tick_at)}: look at the sender ${probe.sender}.`;
    case 'blind':
      return blindness(probe, facts);
    case 'paused':
      return probe.pause === null
        ? undefined
        : `Until ${timeOf(probe.pause.until)}: ${probe.pause.reason}`;
    case 'no_data':
      return `Nothing has arrived yet; the next launch is at ${timeOf(probe.next_launch_at)}.`;
    case 'unknown':
      return probe.newest_ingested_at === null
        ? 'No scheduled test mail has ever arrived.'
        : `The newest that arrived was sent at ${timeOf(probe.newest_ingested_at)}.`;
  }
}

/** In seconds; null where it is not known, and where nobody has anything to say of it: no lag is good news, which is not so there. */
export function lagOf({ state, lag_seconds: lag }: ProbeFacts): number | null {
  const isSilent = state === 'unknown' || state === 'no_data';
  return isSilent && lag === 0 ? null : lag;
}

/** The newest canary that went wrong, of those remembered; undefined when none did. */
export function troubleOf({ last_trouble: trouble }: ProbeFacts): string | undefined {
  if (trouble === null) return undefined;
  const reason = trouble.reason === null ? '' : ` (${trouble.reason})`;
  const outcome = trouble.outcome.replaceAll('_', ' ');
  return `${timeOf(trouble.sent_at)} ${outcome}${reason}, canary ${trouble.id}`;
}

/** Of a chain: what arrived in the mailbox and made no ticket; undefined when nothing did, or the place is not known. */
export function stuckOf({ stages, observer }: ProbeFacts): string | undefined {
  const last = (stages ?? []).findLast(({ stuck }) => stuck > 0);
  if (last === undefined) return undefined;
  return `${last.stuck} seen by ${last.observer}, not by ${observer}: lost or held between the two.`;
}

function slowness(probe: ProbeFacts): string {
  const late = `late after ${seconds(probe.late_after_seconds)}`;
  if (probe.stragglers > 0) {
    return `${mails(probe.stragglers)} missing although newer ones arrived.`;
  }
  if (probe.loss?.level === 'confirmed') {
    const { lost, judged } = probe.loss;
    return `${lost} of ${judged} test mails of the last 24 h never arrived: more than chance explains.`;
  }
  if (probe.head_waiting > 0) {
    return `${mails(probe.head_waiting)} waiting, the oldest for ${seconds(probe.lag_seconds ?? 0)}; ${late}.`;
  }
  return `The newest took ${seconds(probe.last_latency_seconds ?? 0)}; ${late}.`;
}

function stall(probe: ProbeFacts): string {
  const last =
    probe.newest_ingested_at === null
      ? 'None has ever arrived.'
      : `The newest that arrived was sent at ${timeOf(probe.newest_ingested_at)}.`;
  return `The oldest of ${probe.head_waiting} waiting has been missing for ${seconds(probe.lag_seconds ?? 0)}; late after ${seconds(probe.late_after_seconds)}. ${last}`;
}

function blindness(probe: ProbeFacts, { observers }: StatusFacts): string {
  const failure = observers.find(({ name }) => name === probe.observer)?.failure;
  const why = failure == null ? '' : ` ${failure.message} (${failure.reason}).`;
  const since = probe.horizon_at === null ? '' : ` since ${timeOf(probe.horizon_at)}`;
  return `Nobody could look into ${probe.observer}${since}.${why} The mail itself may be fine.`;
}

function mails(count: number): string {
  return count === 1 ? '1 test mail is' : `${count} test mails are`;
}

function seconds(value: number): string {
  return formatDuration(value < 10 ? value * 1_000 : Math.round(value) * 1_000);
}

/** `2026-11-24 02:30:00 UTC`. */
function timeOf(iso: string | null): string {
  return iso === null ? 'an unknown time' : `${iso.slice(0, 19).replace('T', ' ')} UTC`;
}
