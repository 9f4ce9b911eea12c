/** The pages' stylesheet: light and dark, narrow and wide. Contrast of text is at least 4.5 in both. */
export const STYLE = `:root {
  color-scheme: light dark;
  --ground: #f6f7f9; --card: #fff; --ink: #1b1f27; --dim: #5a6270; --line: #e1e4ea; --link: #1d5bbf;
  --good: #1a7f4b; --good-soft: #e4f4ea;
  --idle: #5f6775; --idle-soft: #eceef2;
  --warn: #96500a; --warn-soft: #fdf0dc; --warn-fill: #e39320;
  --bad: #b71f28; --bad-soft: #fce7e7;
  --unknown: #5f3fb8; --unknown-soft: #eeeafb;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #12151b; --card: #1a1e26; --ink: #e6e9ef; --dim: #9aa3b2; --line: #2b313c; --link: #8ab4f8;
    --good: #5cc98d; --good-soft: #14291f;
    --idle: #a3abb9; --idle-soft: #232832;
    --warn: #f0b257; --warn-soft: #2f2413; --warn-fill: #d99a3c;
    --bad: #ff8a86; --bad-soft: #371a1d;
    --unknown: #b9a3f5; --unknown-soft: #251f3a;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 82rem; padding: 0 1.25rem 3rem;
  background: var(--ground); color: var(--ink);
  font: 0.9375rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif;
  font-variant-numeric: tabular-nums; scrollbar-gutter: stable;
}
a { color: var(--link); }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 3px; }
code { font: 0.875em/1.4 ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
.unseen, .skip:not(:focus) {
  position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap;
}
.top { display: flex; flex-wrap: wrap; gap: 0.25rem 0.75rem; align-items: baseline; padding: 1rem 0 0.75rem; }
.brand { font-weight: 650; font-size: 1.0625rem; letter-spacing: -0.01em; color: inherit; text-decoration: none; }
.vantage, .zone, .sub, .note, .none { color: var(--dim); }
.zone { margin-left: auto; font-size: 0.8125rem; }
.good { --tone: var(--good); --soft: var(--good-soft); }
.idle { --tone: var(--idle); --soft: var(--idle-soft); }
.warn { --tone: var(--warn); --soft: var(--warn-soft); }
.bad { --tone: var(--bad); --soft: var(--bad-soft); }
.unknown { --tone: var(--unknown); --soft: var(--unknown-soft); }
.banner {
  background: var(--soft); border: 1px solid color-mix(in srgb, var(--tone) 30%, transparent);
  border-left: 0.375rem solid var(--tone); border-radius: 0.625rem; padding: 1.125rem 1.375rem; min-height: 6.25rem;
}
.banner h1 { margin: 0; color: var(--tone); font-size: clamp(1.375rem, 1.1rem + 1.4vw, 1.875rem); line-height: 1.2; letter-spacing: -0.015em; overflow-wrap: anywhere; }
.banner p { margin: 0.5rem 0 0; max-width: 85ch; overflow-wrap: anywhere; }
.banner .hint { font-weight: 600; }
/* Fixed columns: figures that change every few seconds must not move their neighbours. */
.cards { table-layout: fixed; }
.cards .w-chip { width: 7.5rem; }
.cards .w-time { width: 7rem; }
.cards .w-figure { width: 9.75rem; }
.cards .w-count { width: 5.375rem; }
.cards .w-marks { width: 20.25rem; }
h2 { margin: 2rem 0 0.625rem; font-size: 1rem; font-weight: 650; }
h3 { margin: 0; font-size: inherit; font-weight: 600; }
table { width: 100%; border-collapse: separate; border-spacing: 0; background: var(--card); border: 1px solid var(--line); border-radius: 0.625rem; }
th, td { padding: 0.625rem 0.75rem; text-align: left; vertical-align: middle; font-weight: inherit; }
thead th { color: var(--dim); font-size: 0.8125rem; white-space: nowrap; padding-block: 0.5rem; }
tbody th, tbody td { border-top: 1px solid var(--line); }
th:first-child, td:first-child { padding-left: 1.125rem; }
td { overflow-wrap: anywhere; }
tbody td[data-label="Lag"], tbody td[data-label="Next"], tbody td[data-label="Last latency"] { white-space: nowrap; }
.name { font-weight: 600; }
.sub { display: block; font-size: 0.8125rem; overflow-wrap: anywhere; }
.tag { font-size: 0.75rem; color: var(--dim); border: 1px solid var(--line); border-radius: 0.25rem; padding: 0 0.3125rem; }
.chip {
  display: inline-block; min-width: 5.25rem; padding: 0.125rem 0.5rem; text-align: center; white-space: nowrap;
  border-radius: 0.375rem; background: var(--soft); color: var(--tone); font-weight: 650; font-size: 0.75rem; letter-spacing: 0.03em;
}
.bad .chip, .unknown .chip { background: var(--tone); color: var(--card); }
.trouble { color: var(--tone); }
.marks { display: flex; gap: 2px; margin: 0; padding: 0; list-style: none; }
.mark {
  display: inline-flex; align-items: center; justify-content: center; width: 0.8125rem; height: 1.5rem; vertical-align: middle;
  border-radius: 0.1875rem; background: var(--tone); color: var(--card); font-size: 0.75rem; font-weight: 700; line-height: 1; text-decoration: none;
}
.mark.idle { background: transparent; box-shadow: inset 0 0 0 1.5px var(--tone); color: var(--tone); }
.mark.warn { background: var(--warn-fill); color: #231400; }
a.mark:hover { filter: brightness(1.15); }
.note { font-size: 0.8125rem; margin: 0.75rem 0 0; }
.key { margin-top: 1.5rem; color: var(--dim); font-size: 0.875rem; max-width: 80ch; }
.key summary { cursor: pointer; }
.key dt { margin-top: 0.5rem; color: var(--ink); font-weight: 600; }
.key dd { margin: 0; }
.line { margin: 0; padding: 1rem 1.125rem; list-style: none; background: var(--card); border: 1px solid var(--line); border-radius: 0.625rem; }
.line li { display: grid; grid-template-columns: 11rem 1fr; gap: 0 2rem; position: relative; padding-bottom: 1rem; }
.line li:last-child { padding-bottom: 0; }
.line li::before { content: ""; position: absolute; left: 11.6875rem; top: 0.4375rem; width: 0.625rem; height: 0.625rem; border-radius: 50%; background: var(--tone); }
.line li:not(:last-child)::after { content: ""; position: absolute; left: 11.9375rem; top: 1.25rem; bottom: -0.25rem; width: 2px; background: var(--line); }
.line p { margin: 0; overflow-wrap: anywhere; }
.when { white-space: nowrap; }
.when .sub { display: inline; margin-left: 0.25rem; }
.facts { margin: 0; padding: 0.375rem 1.125rem; background: var(--card); border: 1px solid var(--line); border-radius: 0.625rem; }
.facts div { display: grid; grid-template-columns: 11rem 1fr; gap: 0 2rem; padding: 0.4375rem 0; }
.facts div + div { border-top: 1px solid var(--line); }
.facts dt { color: var(--dim); }
.facts dd { margin: 0; overflow-wrap: anywhere; }
.stale {
  position: fixed; inset: auto 0 0; margin: 0; padding: 0.875rem 1.25rem; text-align: center; font-weight: 600;
  background: var(--bad); color: var(--card);
}
.stale[hidden] { display: none; }
@media (max-width: 78rem) {
  .cards .w-marks { width: 12.75rem; }
  .marks li:nth-last-child(n + 13) { display: none; }
}
@media (max-width: 64rem) {
  body { padding-inline: 0.875rem; }
  .cards, .cards tbody, .cards tr, .cards th, .cards td { display: block; }
  .cards { background: none; border: 0; }
  .cards thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .cards tbody tr { position: relative; background: var(--card); border: 1px solid var(--line); border-radius: 0.625rem; padding: 0.75rem 1rem; }
  .cards tbody tr + tr { margin-top: 0.75rem; }
  .cards tbody th, .cards tbody td { border: 0; padding: 0.1875rem 0; }
  .cards tbody th { padding: 0 6.5rem 0.375rem 0; }
  .cards tbody td { display: grid; grid-template-columns: 7rem 1fr; gap: 0.75rem; align-items: baseline; }
  .cards tbody td::before { content: attr(data-label); color: var(--dim); font-size: 0.8125rem; }
  .cards tbody td[data-label="State"] { position: absolute; top: 0.75rem; right: 1rem; display: block; padding: 0; }
  .cards tbody td[data-label="State"]::before { content: none; }
  .cards tbody td[data-label="Last launches"] { display: block; padding-block: 0.375rem; }
  .cards tbody td[data-label="Last launches"]::before { display: block; margin-bottom: 0.25rem; }
  .marks { flex-wrap: wrap; }
  .marks li:nth-last-child(n + 13) { display: block; }
  .cards tbody td:empty { display: none; }
  .line li, .facts div { grid-template-columns: 1fr; }
  .line li { padding-left: 1.375rem; }
  .line li::before { left: 0; }
  .line li:not(:last-child)::after { left: 0.25rem; }
}
@media (prefers-reduced-motion: no-preference) { .banner { transition: background-color 0.3s; } }
@media (forced-colors: active) { .mark, .chip { border: 1px solid; } }
`;
