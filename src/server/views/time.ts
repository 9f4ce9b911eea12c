import type { Instant } from '../../base/clock.ts';
import { formatDuration } from '../../base/duration.ts';
import { html, type Html } from './html.ts';

/** An instant further away than this is shown with its date. */
const SAME_DAY_MS = 18 * 3_600_000;

/** In UTC; the page's script puts it into the viewer's zone and leaves UTC in the tooltip. */
export function timeTag(at: Instant, now: Instant): Html {
  const iso = new Date(at).toISOString();
  const isFar = Math.abs(now - at) > SAME_DAY_MS;
  const text = isFar ? `${iso.slice(0, 10)} ${iso.slice(11, 16)}` : iso.slice(11, 19);
  return html`<time datetime="${iso}" data-form="${isFar ? 'date' : 'time'}" title="${utc(iso)}"
    >${text} UTC</time
  >`;
}

/** To the millisecond, for time lines. */
export function preciseTimeTag(at: Instant): Html {
  const iso = new Date(at).toISOString();
  return html`<time datetime="${iso}" data-form="precise" title="${utc(iso)}"
    >${iso.slice(11, 23)} UTC</time
  >`;
}

function utc(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 23)} UTC`;
}

/** A duration that goes on while one looks: whole seconds are enough. */
export function roughly(ms: number): string {
  return formatDuration(Math.max(0, Math.round(ms / 1_000) * 1_000));
}

/** `3.2 s ± 0.1 s`. */
export function withError(ms: number, errorMs: number): string {
  return `${formatDuration(ms)} ± ${formatDuration(errorMs)}`;
}
