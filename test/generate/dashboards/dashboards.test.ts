import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { BOARDS, type Panel } from '../../../src/generate/dashboards/panel.ts';
import { boards, renderDashboards } from '../../../src/generate/dashboards/render.ts';
import { ruleGroups } from '../../../src/generate/rules/groups.ts';
import { DEFAULT_INPUT, type RulesInput } from '../../../src/generate/rules/input.ts';
import { RECORDS } from '../../../src/generate/rules/rule.ts';
import { CATALOG, FAMILY_NAMES, type FamilyName } from '../../../src/metrics/catalog.ts';
import { sampleNames, type Family } from '../../../src/metrics/family.ts';
import { panelsOf, parseBoard, type BoardPanel } from '../../support/dashboards/board.ts';

const FOLDER = '../../../dashboards/grafana/';
const RENDERED = renderDashboards(DEFAULT_INPUT);
/** Where a probe has observers in front, its dashboard has panels besides. */
const CHAIN: RulesInput = {
  ...DEFAULT_INPUT,
  probes: DEFAULT_INPUT.probes.map((probe) => ({ ...probe, isChain: true })),
};
const PARSED = renderDashboards(CHAIN).map(({ text }) => parseBoard(text));
const TARGETS = PARSED.flatMap((board) =>
  panelsOf(board).flatMap((panel) =>
    panel.targets.map((target) => ({ where: `${board.uid} ${panel.title}`, board, panel, target })),
  ),
);
const EXPRESSIONS = [
  ...TARGETS.map(({ target }) => target.expr),
  ...PARSED.flatMap(({ annotations }) => annotations.list.map(({ expr }) => expr)),
];

/** Metrics that neither a dashboard nor a rule reads, and why. */
const UNUSED: Readonly<Partial<Record<FamilyName, string>>> = {
  loss_ratio_bound: 'off by default; the status page has the bounds',
  inflight_oldest_sent_timestamp_seconds:
    'off by default; the head and the stragglers say what matters of it',
};

/** Of Prometheus and Alertmanager, whose job is not that of the monitor. */
const OF_OTHERS = /\b(?:prometheus|alertmanager)_\w+/;

describe.each(RENDERED.map((board) => [board.file, board] as const))('%s', (_file, board) => {
  const parsed = parseBoard(board.text);

  it('is checked in as it is for the defaults (vitest -u writes it)', async () => {
    await expect(board.text).toMatchFileSnapshot(`${FOLDER}${board.file}`);
  });

  it('has ids of its own for panels and headings, and letters for queries', () => {
    const ids = parsed.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { targets } of panelsOf(parsed)) {
      expect(targets.map(({ refId }) => refId).join('')).toBe('ABCDEFGH'.slice(0, targets.length));
    }
  });

  it('keeps within the grid, and no panel covers another', () => {
    const taken = new Map<string, number>();
    for (const { id, gridPos } of parsed.panels) {
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect(taken.get(`${x},${y}`), `${id} at ${x},${y}`).toBeUndefined();
          taken.set(`${x},${y}`, id);
        }
      }
    }
  });

  it('uses every variable that it has, and no other', () => {
    const names = parsed.templating.list.map(({ name }) => name);
    const used = new Set([...board.text.matchAll(/\$\{?([a-z]+)\b/g)].map(([, name = '']) => name));
    expect([...used].sort()).toEqual([...names].sort());
  });

  it('asks for the probes and roles that are there, by way of what was chosen before', () => {
    const [first, ...others] = parsed.templating.list;
    expect(first).toMatchObject({ type: 'datasource', query: 'prometheus' });
    for (const { query, name, includeAll, allValue } of others) {
      expect(query).toMatch(/^label_values\(\w+(?:\{.*\})?, \w+\)$/);
      if (name !== 'job') expect(query).toContain('job="$job"');
      expect(allValue).toBe(includeAll ? '.+' : undefined);
    }
  });
});

describe('every panel', () => {
  const panels = PARSED.flatMap((board) =>
    panelsOf(board).map((panel): [string, BoardPanel] => [`${board.uid} ${panel.title}`, panel]),
  );

  it.each(panels)('%s says what it shows', (_name, { title, description }) => {
    expect(title.length).toBeLessThanOrEqual(45);
    expect(title).not.toMatch(/\.$/);
    expect(description).toMatch(/^[A-Z\d].*[.]$/s);
    expect(description).not.toBe(title);
  });

  it('has another title than the others of its dashboard, unless it shows the same later', () => {
    for (const board of PARSED) {
      const titles = panelsOf(board).map(({ title, type }) => `${title} ${type}`);
      expect(new Set(titles).size, board.uid).toBe(titles.length);
    }
  });
});

describe('every query', () => {
  it.each(TARGETS.map((one) => [`${one.where}: ${one.target.legendFormat}`, one] as const))(
    '%s is asked as it should be',
    (_name, { target, panel }) => {
      const { expr, instant, range, format, exemplar, legendFormat } = target;
      expect(instant).toBe(!range);
      expect(instant).toBe(panel.type === 'stat' || panel.type === 'table');
      expect(format).toBe({ heatmap: 'heatmap', table: 'table' }[panel.type as string]);
      expect(exemplar === true).toBe(panel.type === 'heatmap');
      for (const [, label = ''] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) {
        expect(expr, legendFormat).toMatch(new RegExp(`\\b${label}\\b|\\{job="\\$job",instance`));
      }
      // Of the monitor that was chosen, in each of its selectors.
      for (const [whole] of selectors(expr)) {
        if (OF_OTHERS.test(whole)) continue;
        if (whole.includes('Watchdog')) continue;
        expect(whole).toMatch(/\{job="\$job"/);
      }
    },
  );

  it('takes counters by their growth, over a range that fits the screen', () => {
    const counters = FAMILY_NAMES.filter((name) => CATALOG[name].type !== 'gauge');
    const names = counters.flatMap((name) => sampleNames(name, CATALOG[name].type));
    for (const expr of EXPRESSIONS) {
      const isResidual = /abs\(sum by \(instance, probe\)/.test(expr);
      for (const name of names) {
        for (const { index } of expr.matchAll(new RegExp(`\\b${name}\\b`, 'g'))) {
          if (isResidual) continue;
          expect(expr.slice(0, index), expr).toMatch(/(?:rate|increase)\($/);
        }
      }
      for (const [, range = ''] of expr.matchAll(/rate\([^[]*\[([^\]]*)\]/g)) {
        expect(range, expr).toBe('$__rate_interval');
      }
      for (const [, range = ''] of expr.matchAll(/increase\([^[]*\[([^\]]*)\]/g)) {
        expect(range, expr).toMatch(/^(?:\$__rate_interval|\$__range|\d+[hd])$/);
      }
    }
  });
});

function selectors(expr: string): IterableIterator<RegExpExecArray> {
  return expr.matchAll(
    /(?:\bprobe:\w+:\w+|\b(?:mailcanary|process|nodejs|prometheus|alertmanager|scrape)_\w+|\bup\b|\bALERTS\b)(?:\{[^}]*\})?/g,
  );
}

describe('the dashboards', () => {
  it('are those that alerts lead to, and no file is left over', () => {
    const linked = ruleGroups(DEFAULT_INPUT)
      .flatMap(({ rules }) => rules)
      .flatMap((rule) => ('dashboard' in rule ? [rule.dashboard] : []));

    expect(BOARDS).toEqual(expect.arrayContaining([...new Set(linked)]));
    expect(RENDERED.map(({ name }) => name).sort()).toEqual([...BOARDS].sort());
    const files = readdirSync(fileURLToPath(new URL(FOLDER, import.meta.url)));
    expect(files.filter((file) => file.endsWith('.json')).sort()).toEqual(
      RENDERED.map(({ file }) => file).sort(),
    );
  });

  it('and the rules read every metric of the catalog, but for those named with a reason', () => {
    const rules = ruleGroups(DEFAULT_INPUT).flatMap(({ rules }) => rules.map(({ expr }) => expr));
    const read = new Set([...EXPRESSIONS, ...rules].flatMap((expr) => expr.match(/\w+/g) ?? []));
    const unread = FAMILY_NAMES.filter((name) => {
      const family: Family = CATALOG[name];
      return !sampleNames(name, family.type).some((sample) => read.has(sample));
    });

    expect(unread.sort()).toEqual(Object.keys(UNUSED).sort());
  });

  it('read recordings that there are', () => {
    const recorded: readonly string[] = Object.values(RECORDS);
    const read = EXPRESSIONS.flatMap((expr) => expr.match(/\b\w*probe:\w+:\w+/g) ?? []);

    expect(read.length).toBeGreaterThan(20);
    for (const name of read) expect(recorded).toContain(name);
  });
});

describe('what the configuration changes', () => {
  const probe = (name: string, lateAfterMs: number): RulesInput['probes'][number] => ({
    name,
    role: 'target',
    lateAfterMs,
  });
  const panel = (changes: Partial<RulesInput>, title: string): Panel => {
    const all = boards({ ...DEFAULT_INPUT, ...changes }).flatMap(({ sections }) =>
      sections.flatMap(({ panels }) => panels),
    );
    const found = all.find((each) => each.title === title);
    if (found === undefined) throw new Error(`no panel ${title}`);
    return found;
  };

  it('lines of lag are those of the deadlines, each once', () => {
    const probes = [probe('a', 300_000), probe('b', 1_800_000), probe('c', 300_000)];

    expect(panel({ probes }, 'Delivery lag').steps).toEqual([
      { from: null, colour: 'green' },
      { from: 150, colour: 'yellow' },
      { from: 300, colour: 'red' },
      { from: 1_800, colour: 'red' },
    ]);
  });

  it('the objective is that of the configuration', () => {
    const [budget] = panel({ objective: 0.95 }, 'Budget left').queries;

    expect(budget?.expr).toContain('(0.05 *');
    expect(panel({ objective: 0.95 }, 'On time').steps?.[1]?.from).toBe(0.95);
  });

  it('shares of fast mail have a panel for each bound', () => {
    const probes = [probe('a', 600_000), probe('b', 30_000)];

    expect(panel({ probes }, 'Within 120 s').queries[0]?.expr).toContain('le="120.0"');
    expect(panel({ probes }, 'Within 5 s').queries[0]?.expr).toContain('le="5.0"');
  });

  it('steps follow the scrapes, and rare events are counted over minutes', () => {
    const steps = (scrapeIntervalMs: number): readonly string[] => [
      ...new Set(
        renderDashboards({ ...DEFAULT_INPUT, scrapeIntervalMs }).flatMap(({ text }) =>
          panelsOf(parseBoard(text)).flatMap(({ targets }) => targets.map((one) => one.interval)),
        ),
      ),
    ];

    expect(steps(5_000)).toEqual(['5s', '1m']);
    expect(steps(30_000)).toEqual(['30s', '1m']);
    expect(steps(120_000)).toEqual(['2m']);
  });

  it('the job and the base of links are those of the configuration', () => {
    const [rendered] = renderDashboards({
      ...DEFAULT_INPUT,
      job: 'canaries',
      dashboards: 'https://grafana.example.com/d',
    });
    const { text } = rendered!;
    const board = parseBoard(text);

    expect(board.templating.list[1]?.current).toEqual({ text: 'canaries', value: 'canaries' });
    expect(text).toContain('https://grafana.example.com/d/mailcanary-probe?var-job=');
  });

  it('observers in front have panels where there are any', () => {
    const titles = (input: RulesInput): readonly string[] =>
      boards(input).flatMap(({ sections }) => sections.map(({ title }) => title));

    expect(titles(DEFAULT_INPUT)).not.toContain('Observers in front');
    expect(titles(CHAIN)).toContain('Observers in front');
  });

  it('a status page that browsers reach is linked to from all of them', () => {
    const statusPage = 'https://canary.example.com';
    for (const { text } of renderDashboards({ ...DEFAULT_INPUT, statusPage })) {
      const [, link] = parseBoard(text).links;
      expect(link).toMatchObject({ type: 'link', title: 'Status page', url: `${statusPage}/` });
    }
  });

  it('rows of tables lead to their probe by its column, lines by their label', () => {
    const rendered = renderDashboards(DEFAULT_INPUT).find(({ name }) => name === 'loss');
    const links = panelsOf(parseBoard(rendered!.text)).flatMap(({ type, fieldConfig }) =>
      (fieldConfig.defaults.links ?? []).map(({ url = '' }) => [type, url] as const),
    );

    expect(new Set(links.map(([type]) => type))).toEqual(new Set(['stat', 'table', 'timeseries']));
    for (const [type, url] of links) {
      expect(url).toContain(
        type === 'table' ? '${__data.fields.probe}' : '${__field.labels.probe}',
      );
    }
  });
});
