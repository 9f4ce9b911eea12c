import type { Instant } from '../../base/clock.ts';
import { formatDuration } from '../../base/duration.ts';
import { duplicatesOf, latencyOf, type Canary, type Passage } from '../../domain/canary.ts';
import { halfWidth, midpoint, type Interval } from '../../domain/latency.ts';
import type { Sighting } from '../../domain/sighting.ts';
import { stageLatency } from '../../domain/stage.ts';
import type { Tone } from '../state.ts';
import { html, type Html, type Part } from './html.ts';
import { preciseTimeTag, withError } from './time.ts';

/** One thing that happened, or became known. */
interface Entry {
  readonly at: Instant;
  readonly tone: Tone;
  readonly title: string;
  readonly detail: Part;
}

/** What happened to a canary, in order. */
export function timeLine(canary: Canary): Html {
  const { launchedAt } = canary.launch;
  const entries = [
    ...dialogueEntries(canary),
    ...canary.passages.map((passage) => passageEntry(canary, passage)),
    ...canary.sightings.map((sighting, index) => sightingEntry(canary, sighting, index)),
    ...judgementEntries(canary),
  ].sort((a, b) => a.at - b.at);
  return html`<ol class="line">
    ${entries.map(
      (entry) =>
        html`<li class="${entry.tone}">
          <p class="when">
            ${preciseTimeTag(entry.at)}
            <span class="sub">+${formatDuration(Math.max(0, entry.at - launchedAt))}</span>
          </p>
          <div>
            <h3>${entry.title}</h3>
            ${entry.detail === null ? null : html`<p>${entry.detail}</p>`}
          </div>
        </li>`,
    )}
  </ol>`;
}

function dialogueEntries(canary: Canary): readonly Entry[] {
  const { launch, acceptance, refusal, doubt } = canary;
  const entries: Entry[] = [
    { at: launch.launchedAt, tone: 'idle', title: 'Launched', detail: launchText(canary) },
  ];
  if (acceptance !== null) {
    const queue =
      acceptance.queueId === null ? null : html` Queued as <code>${acceptance.queueId}</code>.`;
    const detail = html`Responsible since an instant
    ${between(acceptance.at, launch.launchedAt)}.${queue}`;
    entries.push({
      at: acceptance.at.high,
      tone: 'good',
      title: 'Accepted by the mail system',
      detail,
    });
  }
  if (refusal !== null) {
    const code = refusal.code === null ? null : html` ${refusal.code}`;
    const detail = html`${refusal.reason}${code}: <q>${refusal.detail}</q>`;
    entries.push({
      at: refusal.at,
      tone: 'unknown',
      title: 'Not taken by the mail system',
      detail,
    });
  }
  if (doubt !== null) {
    const detail = html`The connection was lost after the last byte, before the answer
      (${doubt.reason}): <q>${doubt.detail}</q>`;
    entries.push({ at: doubt.at.high, tone: 'unknown', title: 'In doubt', detail });
  }
  return entries;
}

function launchText(canary: Canary): Html {
  const { kind, route, scheduledAt, launchedAt } = canary.launch;
  const delay =
    scheduledAt === null
      ? null
      : html`, ${formatDuration(Math.max(0, launchedAt - scheduledAt))} after its tick`;
  return html`A ${kind} canary of ${route.probe}, by ${route.sender}${delay}.`;
}

function sightingEntry(canary: Canary, sighting: Sighting, index: number): Entry {
  const { launchedAt, route } = canary.launch;
  const isGood =
    sighting.place === 'inbox' || sighting.place === 'closed' || sighting.place === 'other';
  const latency = index === 0 ? latencyOf(canary) : undefined;
  const measured =
    latency === undefined
      ? null
      : html` Latency <b>${withError(midpoint(latency), halfWidth(latency))}</b>.`;
  return {
    at: sighting.seenAt,
    tone: isGood ? 'good' : 'warn',
    title: `${index === 0 ? 'Seen' : 'Seen again'} in ${sighting.place} of ${route.observer}`,
    detail: html`It became visible ${between(sighting.ingested, launchedAt)}.${measured}`,
  };
}

/** On its way: it decides nothing. */
function passageEntry(canary: Canary, passage: Passage): Entry {
  const { observer, sighting } = passage;
  const latency = stageLatency(canary, passage);
  const measured =
    latency === undefined
      ? null
      : html` <b>${withError(midpoint(latency), halfWidth(latency))}</b> after the acceptance.`;
  return {
    at: sighting.seenAt,
    tone: 'idle',
    title: `Passed ${sighting.place} of ${observer}`,
    detail: html`It was there ${between(sighting.ingested, canary.launch.launchedAt)}.${measured}`,
  };
}

function judgementEntries(canary: Canary): readonly Entry[] {
  const { suspectedAt, settlement, writtenOffAt, forgottenAt } = canary;
  const { policy } = canary.launch;
  const entries: Entry[] = [];
  const add = (at: Instant | null, entry: Omit<Entry, 'at'>): void => {
    if (at !== null) entries.push({ at, ...entry });
  };
  add(suspectedAt, {
    tone: 'warn',
    title: 'Suspect',
    detail: `Still missing after ${formatDuration(policy.suspectAfterMs)}.`,
  });
  if (settlement !== null) entries.push(settlementEntry(canary, settlement));
  add(writtenOffAt, {
    tone: 'bad',
    title: 'Written off',
    detail: `In none of the places after ${formatDuration(policy.lostAfterMs)}.`,
  });
  add(forgottenAt, {
    tone: 'idle',
    title: 'Forgotten',
    detail: 'Nothing more is expected.',
  });
  return entries;
}

function settlementEntry(canary: Canary, settlement: NonNullable<Canary['settlement']>): Entry {
  const { verdict, at, horizon } = settlement;
  const deadline = formatDuration(canary.launch.policy.lateAfterMs);
  const texts = {
    on_time: { tone: 'good', text: `Within ${deadline}.` },
    overdue: {
      tone: 'bad',
      text:
        horizon === null
          ? `Later than ${deadline}.`
          : `A complete look proved it missing after ${deadline}.`,
    },
    misfiled: { tone: 'warn', text: 'It arrived where people do not look.' },
    void: { tone: 'unknown', text: 'It could not be judged.' },
  } as const;
  const title = `Verdict: ${verdict.replaceAll('_', ' ')}`;
  return { at, tone: texts[verdict].tone, title, detail: texts[verdict].text };
}

/** `between +12 ms and +40 ms`, counted from the launch. */
function between({ low, high }: Interval, launchedAt: Instant): string {
  const [from, to] = [low, high].map((at) => formatDuration(at - launchedAt));
  return from === to ? `at +${from ?? ''}` : `between +${from ?? ''} and +${to ?? ''}`;
}

/** Copies beyond the first, as a sentence; nothing for none. */
export function duplicateText(canary: Canary): string | null {
  const more = duplicatesOf(canary);
  if (more === 0) return null;
  return more === 1 ? 'One more copy arrived.' : `${more} more copies arrived.`;
}
