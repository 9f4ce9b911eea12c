import { banner, overall } from './banner.ts';
import { html, type Html } from './html.ts';
import { layout } from './layout.ts';
import { observerTable } from './observer-table.ts';
import { probeTable } from './probe-table.ts';
import { judgeProbes, type StatusModel } from './status-model.ts';
import { timeTag } from './time.ts';

/** The script asks this often; half of the shortest cadence that people watch. */
const REFRESH_SECONDS = 5;

/** Is mail arriving? */
export function statusPage(model: StatusModel): Html {
  const judged = judgeProbes(model);
  const { tone, headline } = overall(judged, model);
  const tables =
    judged.length === 0
      ? null
      : html`${probeTable(judged)}${observerTable(model.observers, model.now)}${KEY}`;
  return layout({
    title: headline.replace(/\.$/, ''),
    tone,
    vantage: model.vantage,
    refreshSeconds: REFRESH_SECONDS,
    main: html`${banner(judged, model)} ${tables}
      <p class="note" id="updated" data-live>As of ${timeTag(model.now, model.now)}.</p>`,
  });
}

const KEY = html`<details class="key">
  <summary>What the words and signs mean</summary>
  <dl>
    <dt>Lag</dt>
    <dd>
      How long the oldest test mail that nothing newer overtook has been missing, as of the last
      complete look.
    </dd>
    <dt>Last latency</dt>
    <dd>
      From the mail server's final 250 to the moment the mail was visible; ± half of the interval it
      lies in.
    </dd>
    <dt>In flight, overdue</dt>
    <dd>Accepted and not seen yet; overdue ones for longer than the probe's deadline.</dd>
    <dt>Last launches</dt>
    <dd>
      <span class="mark good"></span> on time, <span class="mark warn">!</span> late,
      <span class="mark warn">m</span> misfiled (spam, trash), <span class="mark idle">·</span> on
      its way, <span class="mark bad">!</span> overdue, <span class="mark bad">×</span> lost,
      <span class="mark unknown">–</span> not sent, <span class="mark unknown">?</span> in doubt, or
      nobody could look. The newest is on the right.
    </dd>
    <dt>BLIND, NOT SENDING</dt>
    <dd>Trouble of the monitor itself: it says nothing about other people's mail.</dd>
  </dl>
</details>`;
