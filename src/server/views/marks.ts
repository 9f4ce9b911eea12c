import type { Instant } from '../../base/clock.ts';
import { latencyOf } from '../../domain/canary.ts';
import { halfWidth, midpoint } from '../../domain/latency.ts';
import type { CanaryGlimpse } from '../../engine/control.ts';
import { fateOf } from './fate.ts';
import { html, type Html } from './html.ts';
import { roughly, withError } from './time.ts';

/** As many as fit beside the figures on a laptop. */
export const MARKS_SHOWN = 20;

/** The last launches, oldest first: a small row of coloured signs, each a link with its words. */
export function marks(latest: readonly CanaryGlimpse[], now: Instant): Html {
  if (latest.length === 0) return html`<span class="none">none yet</span>`;
  const shown = latest.slice(0, MARKS_SHOWN).reverse();
  return html`<ol class="marks">
    ${shown.map((glimpse) => mark(glimpse, now))}
  </ol>`;
}

function mark(glimpse: CanaryGlimpse, now: Instant): Html {
  const { word, tone, sign } = fateOf(glimpse.canary);
  const latency = latencyOf(glimpse.canary);
  const details = [
    word,
    latency === undefined ? undefined : withError(midpoint(latency), halfWidth(latency)),
    glimpse.kind === 'scheduled' ? undefined : glimpse.kind,
    `sent ${roughly(now - glimpse.launchedAt)} ago`,
  ];
  const text = details.filter((detail) => detail !== undefined).join(', ');
  return html`<li>
    <a class="mark ${tone}" href="/canary/${glimpse.id}" title="${text}"
      ><span aria-hidden="true">${sign}</span><span class="unseen">${text}</span></a
    >
  </li>`;
}
