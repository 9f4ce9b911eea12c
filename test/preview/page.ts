import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Series, View } from '../support/dashboards/ask.ts';
import type { BoardJson, BoardPanel } from '../support/dashboards/board.ts';

/** A panel with what Prometheus answered; `target` is the letter of the query. */
export interface Drawing {
  readonly panel: BoardPanel;
  readonly series: readonly (Series & { readonly target: string })[];
}

type Row = Extract<BoardJson['panels'][number], { type: 'row' }>;

/** A page that draws itself, and how high it is in pixels. */
export interface Page {
  readonly html: string;
  readonly height: number;
}

export interface PageContent {
  readonly drawings: readonly Drawing[];
  readonly rows: readonly Row[];
  readonly time: Pick<View, 'from' | 'to'>;
}

const ROW_PX = 30;
const COLUMN_PX = 1_256 / 24;
const HEAD_PX = 44;
const FOOT_PX = 40;

export async function pageOf(
  title: string,
  { drawings, rows: headings, time }: PageContent,
): Promise<Page> {
  const uplot = (file: string): Promise<string> =>
    readFile(new URL(`../../node_modules/uplot/dist/${file}`, import.meta.url), 'utf8');
  const client = await readFile(fileURLToPath(new URL('./client.js', import.meta.url)), 'utf8');
  const rows = Math.max(...drawings.map(({ panel: { gridPos } }) => gridPos.y + gridPos.h));
  const boxes = [...headings.map(headingOf), ...drawings.map(({ panel }) => boxOf(panel))];
  const bottom = HEAD_PX + rows * ROW_PX;
  const data = JSON.stringify({ drawings, time }).replaceAll('<', '\\u003c');
  const html = `<!doctype html><meta charset="utf-8"><style>${await uplot('uPlot.min.css')}${STYLE}</style>
<h1>${title}</h1>${boxes.join('')}
<footer style="top:${bottom}px">Preview by uPlot from the answers of a real Prometheus to the dashboard's queries. No Grafana drew this; canaries are sent each second and the deadline is 10 s here.</footer>
<script>${await uplot('uPlot.iife.min.js')}</script><script>const PREVIEW=${data};</script><script>${client}</script>`;
  return { html, height: bottom + FOOT_PX };
}

function boxOf({ id, title, gridPos: { x, y, w, h } }: BoardPanel): string {
  const place = `left:${12 + x * COLUMN_PX}px;top:${HEAD_PX + y * ROW_PX}px;width:${w * COLUMN_PX - 8}px;height:${h * ROW_PX - 8}px`;
  return `<section id="p${id}" style="${place}"><h2>${title}</h2><div></div></section>`;
}

function headingOf({ title, gridPos: { y } }: Row): string {
  return `<h3 style="top:${HEAD_PX + y * ROW_PX}px">${title}</h3>`;
}

const STYLE = `
body { margin: 0; background: #f4f5f5; font: 12px sans-serif; color: #24292e; }
h1 { font-size: 17px; margin: 12px 16px; }
section { position: absolute; background: #fff; border: 1px solid #dcdee0; border-radius: 3px; box-sizing: border-box; overflow: hidden; }
h3 { position: absolute; left: 16px; margin: 7px 0; font-size: 13px; color: #6a7078; }
h2 { font-size: 12px; margin: 6px 8px 2px; }
footer { position: absolute; left: 14px; color: #6a7078; }
.stats { display: flex; gap: 6px; padding: 4px 8px; height: 82px; }
.stat { flex: 1; border-radius: 3px; padding: 8px; font-size: 20px; font-weight: 600; overflow: hidden; white-space: nowrap; }
.stat small { display: block; font-size: 12px; font-weight: 400; }
.legend { position: absolute; bottom: 4px; left: 8px; right: 8px; height: 16px; overflow: hidden; white-space: nowrap; font-size: 11px; }
.legend i { display: inline-block; width: 9px; height: 9px; margin: 0 4px 0 8px; }
table { border-collapse: collapse; margin: 2px 8px; width: calc(100% - 16px); }
th, td { text-align: left; padding: 3px 8px; border-bottom: 1px solid #eceeef; font-variant-numeric: tabular-nums; }
th { color: #6a7078; font-weight: 400; }
canvas.own { display: block; margin: 0 8px; }
`;
