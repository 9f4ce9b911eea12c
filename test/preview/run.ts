/**
 * Draws each dashboard as Prometheus answers it, in peace and in an incident of the sandbox, into docs/dashboards/*.png.
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
import { JOB, startDashboardScene, type DashboardScene } from '../support/dashboards/scene.ts';
import { pageOf, type Drawing, type Page } from './page.ts';

const FOLDER = 'docs/dashboards';
const PEACE_MS = 40_000;
const print = (line: string): void => void process.stdout.write(`${line}\n`);

async function draw(scene: DashboardScene, when: string, time: Pick<View, 'from' | 'to'>) {
  for (const { name, text } of renderDashboards(scene.input)) {
    const board = parseBoard(text);
    const variables = everything(board, { job: JOB, probe: 'support' });
    const view = { url: scene.prometheus.url, ...time, variables };
    const drawings: Drawing[] = [];
    for (const panel of panelsOf(board)) {
      drawings.push({ panel, series: await answers(panel, view) });
    }
    const rows = board.panels.filter((panel) => panel.type === 'row');
    const page = await pageOf(`${board.title}: ${when}`, { drawings, rows, time });
    await takePicture(page, join(FOLDER, `${name}-${when}.png`));
  }
}

async function takePicture({ html, height }: Page, picture: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'mailcanary-preview-'));
  try {
    const file = join(folder, 'page.html');
    await writeFile(file, html);
    await promisify(execFile)('chromium', [
      ...['--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars'],
      ...[`--window-size=1280,${height}`, `--screenshot=${picture}`, `file://${file}`],
    ]);
    print(picture);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function answers(panel: BoardPanel, view: View): Promise<Drawing['series']> {
  const all = await Promise.all(
    panel.targets.map(async (target) => {
      const series = await ask(target, view);
      // Rows of a table have the legend as heading of a column.
      return series.map((one) => ({ ...one, target: target.refId }));
    }),
  );
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
  const { end } = await playIncident(scene);
  await draw(scene, 'incident', { from: begin + PEACE_MS / 2_000, to: end });
} finally {
  await scene.stop();
}
