import type { Instant } from '../../base/clock.ts';
import { formatDuration } from '../../base/duration.ts';
import { firstSighting, latencyOf, outcomeOf, type Canary } from '../../domain/canary.ts';
import { halfWidth, midpoint } from '../../domain/latency.ts';
import type { Hop } from '../../domain/sighting.ts';
import { chainOf } from '../../domain/stage.ts';
import { fateOf } from './fate.ts';
import { html, type Html, type Part } from './html.ts';
import { layout } from './layout.ts';
import { duplicateText, timeLine } from './time-line.ts';
import { timeTag, withError } from './time.ts';

export interface CanaryModel {
  readonly canary: Canary;
  readonly now: Instant;
}

/** One canary's way, from launch to verdict. */
export function canaryPage({ canary, now }: CanaryModel): Html {
  const { launch } = canary;
  const fate = fateOf(canary);
  return layout({
    title: `${fate.word}: canary of ${launch.route.probe}`,
    tone: fate.tone,
    vantage: launch.route.vantage,
    refreshSeconds: 5,
    main: html`<section
        class="banner ${fate.tone}"
        id="banner"
        data-live
        role="status"
        aria-label="Summary"
      >
        <h1>${capital(fate.word)}</h1>
        <p>${summary(canary)}</p>
      </section>
      <section aria-labelledby="line-title">
        <h2 id="line-title">Time line</h2>
        <div id="line" data-live>${timeLine(canary)}</div>
      </section>
      <div id="hops" data-live>${hopTable(firstSighting(canary)?.hops ?? [])}</div>
      <section aria-labelledby="facts-title">
        <h2 id="facts-title">Canary</h2>
        <dl class="facts">
          ${facts(canary, now).map(
            ([name, value]) =>
              html`<div>
                <dt>${name}</dt>
                <dd>${value}</dd>
              </div>`,
          )}
        </dl>
      </section>`,
  });
}

function summary(canary: Canary): string {
  const parts = [
    sentenceOn(canary),
    outcomeOf(canary) === 'recovered' ? 'It had been given up as lost.' : null,
    duplicateText(canary),
  ];
  return parts.filter((part) => part !== null).join(' ');
}

function sentenceOn(canary: Canary): string {
  const { lateAfterMs, lostAfterMs } = canary.launch.policy;
  const latency = latencyOf(canary);
  if (latency !== undefined) {
    return `It took ${withError(midpoint(latency), halfWidth(latency))}; late after ${formatDuration(lateAfterMs)}.`;
  }
  switch (outcomeOf(canary)) {
    case 'unsent':
      return 'The mail system did not take it, so it cannot arrive, and is not lost.';
    case 'in_doubt':
      return 'The connection was lost before the answer, and it did not arrive: nobody knows whether it was taken.';
    case 'lost':
      return `It was accepted, and is in none of the places after ${formatDuration(lostAfterMs)}.`;
    case 'blind':
      return 'Nobody could look, so nothing is known about its delivery.';
    case 'in_flight':
    case 'arrived':
    case 'recovered':
      return `Late after ${formatDuration(lateAfterMs)}, lost after ${formatDuration(lostAfterMs)}.`;
  }
}

function facts(canary: Canary, now: Instant): readonly (readonly [string, Part])[] {
  const { id, route, kind, policy, launchedAt } = canary.launch;
  const deadlines = [
    policy.suspectAfterMs,
    policy.lateAfterMs,
    policy.lostAfterMs,
    policy.forgetAfterMs,
  ];
  return [
    ['Id', html`<code>${id}</code>`],
    ['Probe', `${route.probe} (${route.role})`],
    ['Launched', html`${timeTag(launchedAt, now)}, ${kind}`],
    ['Sender', route.path === '' ? route.sender : `${route.sender}, ${route.path}`],
    ['Observer', chainOf(route).join(', then ')],
    ['Suspect, late, lost, forgotten after', deadlines.map(formatDuration).join(', ')],
    ['Machine-readable', html`<a href="/api/v1/canaries/${id}">JSON</a>`],
  ];
}

function hopTable(hops: readonly Hop[]): Html {
  if (hops.length === 0) return html``;
  return html`<section aria-labelledby="hops-title">
    <h2 id="hops-title">Hops</h2>
    <table class="cards" role="table" aria-labelledby="hops-title">
      <thead role="rowgroup">
        <tr role="row">
          ${['From', 'By', 'Delay', 'Note'].map((name) => html`<th scope="col" role="columnheader">${name}</th>`)}
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${hops.map(hopRow)}
      </tbody>
    </table>
    <p class="note">From the mail's Received headers: each time is of another host's clock.</p>
  </section>`;
}

function hopRow(hop: Hop): Html {
  return html`<tr role="row">
    <td role="cell" data-label="From">${hop.from === '' ? '(local)' : hop.from}</td>
    <td role="cell" data-label="By">${hop.by}</td>
    <td role="cell" data-label="Delay">${hop.seconds === null ? '–' : `${hop.seconds} s`}</td>
    <td role="cell" data-label="Note">${hop.clockSuspect ? 'clocks disagree' : null}</td>
  </tr>`;
}

function capital(word: string): string {
  return `${word.charAt(0).toUpperCase()}${word.slice(1)}`;
}
