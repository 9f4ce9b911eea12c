import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderDashboards } from '../../src/generate/dashboards/render.ts';
import { DEFAULT_INPUT } from '../../src/generate/rules/input.ts';
import { ask, everything, optionsOf, type Series, type View } from '../support/dashboards/ask.ts';
import { panelsOf, parseBoard, type BoardJson } from '../support/dashboards/board.ts';
import { playIncident, whenWell } from '../support/dashboards/incident.ts';
import { startDashboardScene, type DashboardScene } from '../support/dashboards/scene.ts';
import { runProgram } from '../support/program.ts';

/** Panels whose values an incident of all kinds must move, by dashboard. */
const MOVED: Readonly<Record<string, readonly number[]>> = {
  overview: [20, 21, 31, 40, 41, 42, 50, 51],
  probe: [20, 21, 22, 41, 42, 60],
  loss: [20, 21, 22, 30, 31, 40, 41],
  slo: [20, 31],
  monitor: [20, 21, 23, 30],
};

/** As for the scene, whose helpdesk has a mailbox in front. */
const CHAIN = {
  ...DEFAULT_INPUT,
  probes: DEFAULT_INPUT.probes.map((probe) => ({ ...probe, isChain: true })),
};
/** One target of one panel, with all that is needed to ask it. */
const BOARDS = renderDashboards(CHAIN).map(({ name, text }) => ({
  name,
  board: parseBoard(text),
}));
const QUERIES = BOARDS.flatMap(({ name, board }) =>
  panelsOf(board).flatMap((panel) =>
    panel.targets.map((target): [string, Place] => [
      `${name} ${panel.id} ${panel.title}: ${target.legendFormat}`,
      { name, id: panel.id, refId: target.refId },
    ]),
  ),
);
interface Place {
  readonly name: string;
  readonly id: number;
  readonly refId: string;
}

let scene: DashboardScene;
let boards: ReadonlyMap<string, BoardJson>;
let calm: number;
let time: Pick<View, 'from' | 'to'>;
beforeAll(async () => {
  scene = await startDashboardScene();
  // As they are generated for this very monitor.
  boards = new Map(renderDashboards(scene.input).map(({ name, text }) => [name, parseBoard(text)]));
  const from = Date.now() / 1_000;
  await whenWell(scene);
  const { start, end } = await playIncident(scene);
  calm = start;
  time = { from, to: end };
}, 600_000);
afterAll(() => scene.stop());

function viewOf(board: BoardJson, chosen: Readonly<Record<string, string>> = {}): View {
  const all = everything(board, { job: 'mailcanary', probe: 'support' });
  return { url: scene.prometheus.url, ...time, variables: { ...all, ...chosen } };
}

function targetAt({ name, id, refId }: Place) {
  const board = boards.get(name)!;
  const panel = panelsOf(board).find((each) => each.id === id)!;
  return { board, panel, target: panel.targets.find((each) => each.refId === refId)! };
}

const numbers = (series: readonly Series[]): readonly number[] =>
  series.flatMap(({ points }) => points.map(([, value]) => value)).filter(Number.isFinite);

describe('each query of each panel, asked as Grafana asks it, in an incident', () => {
  it.each(QUERIES)('%s has an answer', async (_title, place) => {
    const { board, panel, target } = targetAt(place);

    const series = await ask(target, viewOf(board));

    expect(numbers(series).length, target.expr).toBeGreaterThan(0);
    // A table tells its rows apart by their labels, all others by the legend.
    const names = series.map(({ name, labels }) =>
      panel.type === 'table' ? JSON.stringify(labels) : name,
    );
    expect(new Set(names).size, names.join()).toBe(names.length);
    for (const name of names) expect(name.trim()).not.toBe('');
  });

  const chosen = { probe: '(control|support)', role: '(control|target)' };
  const choosable = QUERIES.filter(([, { name }]) => name !== 'probe' && name !== 'monitor');

  it.each(choosable)('%s has an answer for what is chosen by hand, too', async (_title, place) => {
    const { board, target } = targetAt(place);

    await expect(ask(target, viewOf(board, chosen))).resolves.not.toEqual([]);
  });
});

describe('panels that show trouble', () => {
  const cases = Object.entries(MOVED).flatMap(([name, ids]) =>
    ids.map((id): [string, string, number] => [`${name} ${id}`, name, id]),
  );

  it.each(cases)('%s moves during the incident', async (_title, name, id) => {
    const { board, panel } = targetAt({ name, id, refId: 'A' });

    const moved: string[] = [];
    for (const target of panel.targets) {
      for (const { name: of, points } of await ask(target, viewOf(board))) {
        const before = points.filter(([at]) => at < calm).map(([, value]) => value);
        const during = points.filter(([at]) => at >= calm).map(([, value]) => value);
        const peak = Math.max(...during.filter(Number.isFinite));
        if (peak > Math.max(0, ...before.filter(Number.isFinite))) moved.push(of);
      }
    }

    expect(moved, panel.title).not.toEqual([]);
  });

  it('launches that the relay refused are seen between launched and accepted', async () => {
    const { board, panel } = targetAt({ name: 'probe', id: 40, refId: 'A' });

    const [launched, accepted] = await Promise.all(
      panel.targets.map((target) => ask(target, viewOf(board))),
    );

    const taken = new Map(accepted![0]!.points);
    const missing = launched![0]!.points.map(([at, value]) => value - (taken.get(at) ?? NaN));
    expect(Math.max(...missing.filter(Number.isFinite))).toBeGreaterThan(0.5);
  });

  it('names the states that there were', async () => {
    const { board, target } = targetAt({ name: 'overview', id: 50, refId: 'A' });

    const series = await ask(target, viewOf(board));

    const values = (name: string): ReadonlySet<number> =>
      new Set(numbers(series.filter((each) => each.name === name)));
    expect([...values('support')]).toEqual(expect.arrayContaining([0, 3, 6]));
    expect(values('control')).toContain(1);
  });
});

describe('what surrounds the panels', () => {
  it('variables offer what there is', async () => {
    const offered: Record<string, readonly string[]> = {};
    for (const [, board] of boards) {
      for (const { type, name, query } of board.templating.list) {
        if (type === 'query') offered[name] = await optionsOf(query, viewOf(board));
      }
    }

    expect(offered).toMatchObject({
      job: ['mailcanary'],
      probe: ['control', 'support'],
      role: ['control', 'target'],
      instance: [expect.stringMatching(/^127\.0\.0\.1:\d+$/)],
    });
  });

  it('annotations mark pages, pauses and starts', async () => {
    const board = boards.get('overview')!;
    const marks = new Map<string, readonly number[]>();
    for (const { name, expr, step } of board.annotations.list) {
      const target = { expr, interval: step, instant: false, legendFormat: name };
      marks.set(name, numbers(await ask({ ...target, interval: '1s' }, viewOf(board))));
    }

    expect(marks.get('Pages')).toContain(1);
    expect(marks.get('Pauses')).toContain(1);
    // Milliseconds, of a process that is as old as this test.
    expect(marks.get('Starts')![0]).toBeGreaterThan((time.from - 600) * 1_000);
  });

  it('exemplars of the heatmap name canaries', async () => {
    const kept = await scene.prometheus.exemplars('mailcanary_ingest_latency_seconds_bucket');

    const ids = kept.flatMap(({ exemplars }) => exemplars.map(({ labels }) => labels['canary_id']));
    expect(ids.length).toBeGreaterThan(0);
    const { host, port } = scene.monitor.address;
    expect((await fetch(`http://${host}:${port}/canary/${ids[0]}`)).status).toBe(200);
  });
});

describe('the built program', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mailcanary-boards-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('writes the same dashboards, which is all that it does', async () => {
    const { exitCode, stdout, stderr } = await runProgram([
      ...['dashboards', '--defaults', '--output-dir', join(folder, 'new')],
    ]);

    expect([exitCode, stderr]).toEqual([0, '']);
    const files = stdout.trim().split('\n');
    expect(files).toEqual(
      renderDashboards(DEFAULT_INPUT).map(({ file }) => join(folder, 'new', file)),
    );
    for (const [index, { text }] of renderDashboards(DEFAULT_INPUT).entries()) {
      expect(readFileSync(files[index]!, 'utf8')).toBe(text);
    }
  });
});
