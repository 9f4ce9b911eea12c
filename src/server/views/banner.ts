import { worstTone, type State, type Tone } from '../state.ts';
import { html, type Html, type Part } from './html.ts';
import type { JudgedProbe, StatusModel } from './status-model.ts';
import { detailOf, headlineOf, STATE_WORDS } from './words.ts';

const DETAILS_SHOWN = 4;

export interface Verdict {
  readonly tone: Tone;
  readonly headline: string;
}

/** The one line that answers "is mail arriving?". */
export function overall(judged: readonly JudgedProbe[], model: StatusModel): Verdict {
  const failing = model.readiness.checks.some((check) => !check.ok);
  const tone = worstTone([
    ...judged.map((one) => one.tone),
    ...(failing ? ['unknown' as const] : []),
  ]);
  const [first] = judged;
  if (first === undefined) return { tone, headline: 'No probes are configured.' };
  const worst = judged.filter((one) => one.tone === first.tone);
  if (failing && (first.tone === 'good' || first.tone === 'idle')) {
    return { tone, headline: 'The monitor itself has trouble.' };
  }
  if (first.tone === 'good') return { tone, headline: 'Mail is arriving.' };
  if (worst.length === 1) return { tone, headline: headlineOf(first.probe, first.state) };
  return { tone, headline: `${plural(worst)} at ${worst.length} of ${judged.length} probes.` };
}

function plural(worst: readonly JudgedProbe[]): string {
  const states = new Set(worst.map((one) => one.state));
  const [only] = states;
  return states.size === 1 && only !== undefined ? PLURALS[only] : 'Trouble';
}

const PLURALS: Readonly<Record<State, string>> = {
  ok: 'Mail is arriving',
  slow: 'Mail is slow or missing',
  misfiled: 'Mail is filed as spam',
  stalled: 'Mail is not arriving',
  not_sending: 'No test mail gets out',
  blind: 'Nobody can see whether mail arrives',
  paused: 'Paused',
  no_data: 'No test mail has arrived yet',
};

export function banner(judged: readonly JudgedProbe[], model: StatusModel): Html {
  const { tone, headline } = overall(judged, model);
  const troubled = judged.filter((one) => one.tone !== 'good');
  const failing = model.readiness.checks.filter((check) => !check.ok);
  const lines: Part[] = [
    ...troubled.slice(0, DETAILS_SHOWN).map((one) => line(one, judged.length)),
    ...failing.map(({ name, detail }) => html`<p><b>Monitor, ${name}:</b> ${detail}</p>`),
  ];
  if (troubled.length > DETAILS_SHOWN) {
    lines.push(html`<p>And ${troubled.length - DETAILS_SHOWN} more, below.</p>`);
  }
  const calmCount = judged.length - troubled.length;
  if (troubled.length > 0 && calmCount > 0) lines.push(html`<p>${others(calmCount)}</p>`);
  const hint = faultHint(judged);
  if (hint !== undefined) lines.push(html`<p class="hint">${hint}</p>`);
  if (lines.length === 0) lines.push(html`<p>${calm(judged)}</p>`);
  return html`<section
    class="banner ${tone}"
    id="banner"
    data-live
    role="status"
    aria-label="Summary"
  >
    <h1>${headline}</h1>
    ${lines}
  </section>`;
}

function line({ probe, scene, state }: JudgedProbe, count: number): Html {
  const name =
    count === 1 ? null : html`<b>${probe.route.probe} ${STATE_WORDS[state].toLowerCase()}:</b> `;
  return html`<p>${name}${detailOf(probe, scene)}</p>`;
}

function calm(judged: readonly JudgedProbe[]): string {
  if (judged.length === 0) return 'Add one under probes: in mailcanary.yaml.';
  return judged.length === 1 ? 'Nothing is late.' : `All ${judged.length} probes are on time.`;
}

function others(count: number): string {
  return count === 1 ? 'The other probe is on time.' : `The other ${count} probes are on time.`;
}

/** Whose fault it probably is, where the stalled probes agree: a control mailbox behind the same sender tells. */
function faultHint(judged: readonly JudgedProbe[]): string | undefined {
  const stalled = judged.filter(
    (one) => one.state === 'stalled' && one.probe.route.role === 'target',
  );
  const culprits = new Set(stalled.map((one) => one.scene.culprit));
  const [culprit] = culprits;
  if (culprits.size !== 1 || culprit === undefined) return undefined;
  const senders = new Set(stalled.map((one) => one.probe.route.sender));
  const controls = judged.filter(
    (one) => one.probe.route.role === 'control' && senders.has(one.probe.route.sender),
  );
  if (culprit === 'sender') {
    return controls.length > 0 && controls.every((one) => one.state === 'stalled')
      ? 'The control mailbox behind the same sender is stalled too, so look at the sender first.'
      : 'The fault is on the way out: look at the sender first.';
  }
  const areFine = controls.length > 0 && controls.every((one) => one.state === 'ok');
  return culprit === 'helpdesk' && areFine
    ? 'The control mailbox behind the same sender is fine, so the fault is on the way into the helpdesk.'
    : undefined;
}
