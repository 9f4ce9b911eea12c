import { formatDuration } from '../../base/duration.ts';
import { isMissing } from '../../domain/canary.ts';
import type { Culprit } from '../../domain/culprit.ts';
import { jeffreys } from '../../domain/loss/intervals.ts';
import type { ProbeStatus } from '../../engine/control.ts';
import { lagOf, type State } from '../state.ts';
import { html, type Html, type Part } from './html.ts';
import { marks } from './marks.ts';
import type { JudgedProbe } from './status-model.ts';
import { roughly, timeTag, withError } from './time.ts';
import { STATE_WORDS } from './words.ts';

/** More rows than this nobody reads, and a browser would be kept busy every few seconds. */
const ROWS_SHOWN = 100;

/** Names, and the classes of their widths. */
const COLUMNS: readonly (readonly [string, string])[] = [
  ['Probe', ''],
  ['State', 'w-chip'],
  ['Lag', 'w-time'],
  ['Last latency', 'w-figure'],
  ['In flight', 'w-count'],
  ['Overdue', 'w-count'],
  ['Last launches', 'w-marks'],
  ['Next', 'w-time'],
];

export function probeTable(judged: readonly JudgedProbe[]): Html {
  const rows = judged.slice(0, ROWS_SHOWN);
  const rest = judged.length - rows.length;
  const more =
    rest === 0
      ? null
      : html`<p class="note">
          ${rest} more with less trouble are not shown: see
          <a href="/api/v1/probes">/api/v1/probes</a>.
        </p>`;
  return html`<section aria-labelledby="probes-title">
    <h2 id="probes-title">Probes</h2>
    <div id="probes" data-live>
      <table class="cards" role="table" aria-labelledby="probes-title">
        <thead role="rowgroup">
          <tr role="row">
            ${COLUMNS.map(([name, width]) => html`<th scope="col" role="columnheader" class="${width}">${name}</th>`)}
          </tr>
        </thead>
        <tbody role="rowgroup">
          ${rows.map(row)}
        </tbody>
      </table>
      ${more}
    </div>
  </section>`;
}

function row({ probe, scene, state, tone }: JudgedProbe): Html {
  const { now } = scene;
  const { route, lastLatency, nextLaunchAt } = probe;
  return html`<tr role="row" class="${tone}">
    <th scope="row" role="rowheader">
      <span class="name">${route.probe}</span
      >${route.role === 'control' ? html` <span class="tag">control</span>` : null}<span class="sub"
        >${probe.to}</span
      >${lossText(probe)}
    </th>
    ${cell('State', html`<span class="chip ${tone}">${STATE_WORDS[state]}</span>${blame(scene.culprit)}`)}
    ${cell('Lag', lagText(probe, state))}
    ${cell('Last latency', lastLatency === null ? '–' : withError(lastLatency.ms, lastLatency.errorMs))}
    ${cell('In flight', probe.inFlight)} ${cell('Overdue', overdueText(probe))}
    ${cell('Last launches', marks(probe.latest, now))}
    ${cell('Next', nextLaunchAt === null ? '–' : timeTag(nextLaunchAt, now))}
  </tr>`;
}

/** What is lost of late, where anything is, with the shares between which the truth lies. */
function lossText({ loss }: ProbeStatus): Html | null {
  if (loss === null || loss.lastDay.count === 0) return null;
  const { count, of } = loss.lastDay;
  const { lower, upper } = jeffreys(loss.lastDay);
  const bounds = `${percent(lower)} to ${percent(upper)} %`;
  return html`<span class="sub">loss, last 24 h: ${count} of ${of}, ${bounds}</span>`;
}

function percent(share: number): string {
  return Number((share * 100).toPrecision(2)).toString();
}

/** Whose trouble it is. */
function blame(culprit: Culprit | null): Html | null {
  return culprit === null ? null : html`<span class="sub">of the ${culprit}</span>`;
}

function cell(label: string, content: Part): Html {
  return html`<td role="cell" data-label="${label}">${content}</td>`;
}

/** While nobody looks the lag stands still, so that "none" would be a guess. */
function lagText(probe: ProbeStatus, state: State): string {
  const lag = lagOf(probe);
  if (lag === null) return '–';
  if (lag === 0) return state === 'blind' ? 'unknown' : 'none';
  return roughly(lag);
}

/** Of the latest canaries only; where all of them are overdue there may be more. */
function overdueText(probe: ProbeStatus): Html {
  const overdue = probe.latest.filter(
    ({ canary }) => isMissing(canary) && canary.settlement?.verdict === 'overdue',
  ).length;
  const isAll = overdue > 0 && overdue === probe.latest.length;
  const late = formatDuration(probe.policy.lateAfterMs);
  return html`<span title="missing for more than ${late}">${overdue}${isAll ? '+' : null}</span>`;
}
