/**
 * Draws the overview as Prometheus answers it, in peace and in an incident of the sandbox, into docs/dashboards/*.png.
 * No Grafana is involved: it is a look at the queries, units and lines, by uPlot and Chromium.
 *
 *   npm run dashboards:preview
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { renderDashboards } from '../../src/generate/dashboards/render.ts';
import { ask, everything, type View } from '../support/dashboards/ask.ts';
import { panelsOf, parseBoard, type BoardPanel } from '../support/dashboards/board.ts';
import { playIncident, whenWell } from '../support/dashboards/incident.ts';
import { startDashboardScene, type DashboardScene } from '../support/dashboards/scene.ts';
import { pageOf, type Drawing } from './page.ts';

const FOLDER = 'docs/dashboards';
const PEACE_MS = 40_000;
const print = (line: string): void => void process.stdout.write(`${line}\n`);

async function draw(scene: DashboardScene, name: string, time: Pick<View, 'from' | 'to'>) {
  const rendered = renderDashboards(scene.input).find((board) => board.name === 'overview');
  const board = parseBoard(rendered?.text ?? '');
  const variables = everything(board, { job: 'mailcanary', probe: 'support' });
  const view = { url: scene.prometheus.url, ...time, variables };
  const drawings: Drawing[] = [];
  for (const panel of panelsOf(board)) drawings.push({ panel, series: await answers(panel, view) });
  const folder = await mkdtemp(join(tmpdir(), 'mailcanary-preview-'));
  try {
    const page = join(folder, 'page.html');
    const { html, height } = await pageOf(`${board.title}: ${name}`, drawings, time);
    await writeFile(page, html);
    const picture = join(FOLDER, `overview-${name}.png`);
    await promisify(execFile)('chromium', [
      ...['--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars'],
      ...[`--window-size=1280,${height}`, `--screenshot=${picture}`, `file://${page}`],
    ]);
    print(picture);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function answers(panel: BoardPanel, view: View): Promise<Drawing['series']> {
  const all = await Promise.all(panel.targets.map((target) => ask(target, view)));
  return all.flat();
}

await mkdir(FOLDER, { recursive: true });
const scene = await startDashboardScene();
try {
  const now = (): number => Date.now() / 1_000;
  await whenWell(scene);
  const begin = now();
  await sleep(PEACE_MS);
  await draw(scene, 'peace', { from: begin, to: now() });
  await playIncident(scene);
  await draw(scene, 'incident', { from: begin + PEACE_MS / 2_000, to: now() });
} finally {
  await scene.stop();
}
