import type { Instant } from '../../base/clock.ts';
import type { ObserverStatus } from '../../engine/control.ts';
import { html, type Html, type Part } from './html.ts';
import { roughly, timeTag } from './time.ts';
import { failureText } from './words.ts';

const COLUMNS = ['Observer', 'Seen up to', 'Last look', 'Trouble'];

/** Who looks, how far they have seen, and what keeps them from it. */
export function observerTable(observers: readonly ObserverStatus[], now: Instant): Html {
  return html`<section aria-labelledby="observers-title">
    <h2 id="observers-title">Observers</h2>
    <div id="observers" data-live>
      <table class="cards" role="table" aria-labelledby="observers-title">
        <thead role="rowgroup">
          <tr role="row">
            ${COLUMNS.map((name) => html`<th scope="col" role="columnheader">${name}</th>`)}
          </tr>
        </thead>
        <tbody role="rowgroup">
          ${observers.map((observer) => row(observer, now))}
        </tbody>
      </table>
    </div>
  </section>`;
}

function row(observer: ObserverStatus, now: Instant): Html {
  const { horizon, lastLookAt, failure } = observer;
  const ago = (at: Instant | null): Part =>
    at === null
      ? 'never'
      : html`<span title="${new Date(at).toISOString()}">${roughly(now - at)} ago</span>`;
  const trouble =
    failure === null
      ? html`<span class="none">none</span>`
      : html`<div>
          <span class="trouble">${failureText(failure)}</span
          ><span class="sub">since ${timeTag(failure.since, now)}</span>
        </div>`;
  return html`<tr role="row" class="${failure === null ? 'good' : 'unknown'}">
    <th scope="row" role="rowheader">
      <span class="name">${observer.name}</span><span class="sub">${observer.type}</span>
    </th>
    <td role="cell" data-label="Seen up to">
      ${observer.pushOnly === true ? 'only what is told' : ago(horizon)}
    </td>
    <td role="cell" data-label="Last look">
      <div>
        ${observer.pushOnly === true ? 'cannot look' : ago(lastLookAt)}${controlNote(observer, now)}
      </div>
    </td>
    <td role="cell" data-label="Trouble">${trouble}</td>
  </tr>`;
}

/** Whether looks showed what they had to, the last time that was tried. */
function controlNote({ positiveControl }: ObserverStatus, now: Instant): Part {
  if (positiveControl === undefined) return null;
  const { last } = positiveControl;
  const note = last === null ? 'not made yet' : `${last.result} ${roughly(now - last.at)} ago`;
  return html`<span class="sub">control ${note}</span>`;
}
