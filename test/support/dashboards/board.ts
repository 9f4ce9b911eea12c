import * as z from 'zod';

/*
 * What we write of Grafana's classic dashboards, strictly: a key that is not here was not meant. What Grafana would take is
 * another question, asked of a JSON schema (schema.slow.test.ts).
 */
const Source = z.strictObject({
  type: z.literal('prometheus'),
  uid: z.literal('${datasource}'),
});
const GridPos = z.strictObject({
  x: z.int().min(0).max(23),
  y: z.int().min(0),
  w: z.int().min(1).max(24),
  h: z.int().min(1),
});

export const Target = z.strictObject({
  datasource: Source,
  editorMode: z.literal('code'),
  refId: z.string().regex(/^[A-Z]$/),
  expr: z.string().min(1),
  legendFormat: z.string().min(1),
  interval: z.string().regex(/^\d+[smh](?:\d+[sm])?$/),
  instant: z.boolean(),
  range: z.boolean(),
  format: z.enum(['heatmap', 'table']).optional(),
  exemplar: z.boolean().optional(),
});
export type Target = z.output<typeof Target>;

const Thresholds = z.strictObject({
  mode: z.literal('absolute'),
  steps: z
    .array(z.strictObject({ value: z.number().nullable(), color: z.string() }))
    .refine((steps) => steps[0]?.value === null, 'the first step has no lower end')
    .refine(
      (steps) =>
        steps.every(({ value }, n) => n === 0 || (value ?? 0) > (steps[n - 1]?.value ?? -1)),
      'steps rise',
    ),
});
const Word = z.strictObject({ text: z.string(), color: z.string(), index: z.int() });
const Link = z.strictObject({
  title: z.string().min(1),
  type: z.enum(['link', 'dashboards']),
  icon: z.string(),
  tooltip: z.string(),
  tags: z.array(z.string()),
  url: z.string().optional(),
  asDropdown: z.boolean(),
  targetBlank: z.boolean(),
  includeVars: z.boolean(),
  keepTime: z.boolean(),
});

const Panel = z.strictObject({
  type: z.enum(['timeseries', 'stat', 'heatmap', 'state-timeline', 'table']),
  id: z.int().positive(),
  title: z.string().min(1),
  description: z.string().min(1),
  datasource: Source,
  transparent: z.boolean(),
  repeatDirection: z.literal('h'),
  gridPos: GridPos,
  options: z.record(z.string(), z.unknown()),
  fieldConfig: z.strictObject({
    defaults: z.strictObject({
      unit: z.string().min(1),
      decimals: z.int().optional(),
      min: z.number().optional(),
      noValue: z.string().optional(),
      mappings: z
        .array(
          z.strictObject({
            type: z.literal('value'),
            options: z.record(z.string().regex(/^\d+$/), Word),
          }),
        )
        .optional(),
      thresholds: Thresholds.optional(),
      color: z.strictObject({ mode: z.string() }).optional(),
      links: z.array(Link).optional(),
      custom: z.record(z.string(), z.unknown()).optional(),
    }),
    overrides: z.array(
      z.strictObject({
        matcher: z.strictObject({ id: z.literal('byName'), options: z.string() }),
        properties: z.array(z.strictObject({ id: z.string(), value: z.unknown() })).min(1),
      }),
    ),
  }),
  transformations: z.array(z.strictObject({ id: z.string(), options: z.unknown() })).optional(),
  targets: z.array(Target).min(1),
});
export type BoardPanel = z.output<typeof Panel>;

const Row = z.strictObject({
  type: z.literal('row'),
  id: z.int().positive(),
  title: z.string().min(1),
  collapsed: z.literal(false),
  gridPos: GridPos,
  panels: z.array(z.never()),
});

const Variable = z.strictObject({
  type: z.enum(['datasource', 'query']),
  name: z.string().min(1),
  label: z.string().min(1),
  description: z.string().min(1),
  query: z.string().min(1),
  definition: z.string().optional(),
  datasource: Source.optional(),
  refresh: z.literal(2).optional(),
  sort: z.literal(1).optional(),
  multi: z.boolean(),
  includeAll: z.boolean(),
  allValue: z.literal('.+').optional(),
  current: z.unknown().optional(),
  skipUrlSync: z.boolean(),
  allowCustomValue: z.boolean(),
  auto: z.boolean(),
  auto_min: z.string(),
  auto_count: z.int(),
});

const Annotation = z.strictObject({
  name: z.string().min(1),
  datasource: Source,
  enable: z.literal(true),
  hide: z.literal(false),
  builtIn: z.literal(0),
  iconColor: z.string(),
  expr: z.string().min(1),
  step: z.string(),
  titleFormat: z.string().min(1),
  textFormat: z.string().min(1),
  useValueForTime: z.boolean().optional(),
});

export const BoardJson = z.strictObject({
  uid: z.string().regex(/^mailcanary-[a-z]+$/),
  title: z.string().min(1),
  description: z.string().min(1),
  tags: z.tuple([z.literal('mailcanary')]),
  timezone: z.literal('browser'),
  editable: z.literal(false),
  graphTooltip: z.literal(1),
  fiscalYearStartMonth: z.literal(0),
  schemaVersion: z.literal(42),
  time: z.strictObject({ from: z.string().regex(/^now-\d+[hd]$/), to: z.literal('now') }),
  refresh: z.string().regex(/^\d+[sm]$/),
  links: z.array(Link).min(1).max(2),
  templating: z.strictObject({ list: z.array(Variable).min(2) }),
  annotations: z.strictObject({ list: z.array(Annotation) }),
  panels: z.array(z.discriminatedUnion('type', [Row, Panel])),
});
export type BoardJson = z.output<typeof BoardJson>;

export function parseBoard(text: string): BoardJson {
  return BoardJson.parse(JSON.parse(text));
}

export function panelsOf(board: BoardJson): readonly BoardPanel[] {
  return board.panels.flatMap((panel) => (panel.type === 'row' ? [] : [panel]));
}
