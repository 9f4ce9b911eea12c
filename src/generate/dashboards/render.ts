/* eslint-disable @typescript-eslint/no-deprecated -- The classic form is what every Grafana since 10 and every import takes. */
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import { foreign, JOB } from './query.ts';
import { sample } from '../promql.ts';
import type { RulesInput } from '../rules/input.ts';
import { builderOf, DATASOURCE, type PanelContext } from './grafana.ts';
import { layOut } from './layout.ts';
import { loss } from './loss.ts';
import { monitor } from './monitor.ts';
import { overview } from './overview.ts';
import type { Board, BoardName, Variable } from './panel.ts';
import { probeBoard } from './probe.ts';
import { slo } from './slo.ts';

/** Tag of all of them, by which they link to each other. */
const TAG = 'mailcanary';

export interface RenderedBoard {
  readonly name: BoardName;
  /** `mailcanary-overview.json`. */
  readonly file: string;
  /** Classic JSON (schema 1), which files for provisioning and Grafana 10 and later take. */
  readonly text: string;
}

/** All dashboards for one configuration. */
export function renderDashboards(input: RulesInput): readonly RenderedBoard[] {
  return boards(input).map((board) => ({
    name: board.name,
    file: `${uidOf(board.name)}.json`,
    text: `${JSON.stringify(contentOf(board, input), inSight, 2)}\n`,
  }));
}

/** The SDK would put all links and annotations into a menu, where nobody finds them. */
function inSight(key: string, value: unknown): unknown {
  return key === 'placement' && value === 'inControlsMenu' ? undefined : value;
}

export function boards(input: RulesInput): readonly Board[] {
  return [overview(input), probeBoard(input), loss(input), slo(input), monitor(input)];
}

export const uidOf = (name: BoardName): string => `mailcanary-${name}`;

function contentOf(board: Board, input: RulesInput): dashboard.Dashboard {
  const builder = new dashboard.DashboardBuilder(board.title)
    .uid(uidOf(board.name))
    .description(board.description)
    .tags([TAG])
    .readonly()
    .tooltip(dashboard.DashboardCursorSync.Crosshair)
    .time({ from: `now-${board.from}`, to: 'now' })
    .refresh(board.refresh)
    .links([others(), ...statusPage(input)])
    .variables([datasource(), ...board.variables.map(variableOf)])
    .annotations(annotations(board));
  place(builder, board, {
    scrapeMs: input.scrapeIntervalMs,
    probeLink: board.name === 'probe' ? undefined : probeLink(input),
  });
  return builder.build();
}

function others(): dashboard.DashboardLinkBuilder {
  return new dashboard.DashboardLinkBuilder('Mailcanary')
    .type(dashboard.DashboardLinkType.Dashboards)
    .tags([TAG])
    .asDropdown(false)
    .includeVars(true)
    .keepTime(true);
}

/** There each canary that is missing has a name and a time line of its own. */
function statusPage({ statusPage: url }: RulesInput): dashboard.DashboardLinkBuilder[] {
  if (url === undefined) return [];
  const link = new dashboard.DashboardLinkBuilder('Status page').type(
    dashboard.DashboardLinkType.Link,
  );
  return [link.url(`${url}/`).icon('external link').targetBlank(true)];
}

function place(
  builder: dashboard.DashboardBuilder,
  { sections }: Board,
  context: PanelContext,
): void {
  for (const { section, place, panels } of layOut(sections)) {
    builder.withRow(
      new dashboard.RowBuilder(section.title).id(section.id).gridPos(place).collapsed(false),
    );
    for (const { panel, place: own } of panels) {
      builder.withPanel(builderOf(panel, context).gridPos(own));
    }
  }
}

function probeLink({ dashboards }: RulesInput): (name: string) => string {
  return (name) =>
    `${dashboards}/${uidOf('probe')}?var-job=\${job}&var-probe=${name}&\${__url_time_range}`;
}

function datasource(): dashboard.DatasourceVariableBuilder {
  return new dashboard.DatasourceVariableBuilder('datasource')
    .label('Data source')
    .description('The Prometheus that scrapes the monitor and has its rules')
    .type('prometheus');
}

function variableOf(variable: Variable): dashboard.QueryVariableBuilder {
  const { name, label, description, selector, of, choice, first } = variable;
  const query = `label_values(${selector}, ${of})`;
  const builder = new dashboard.QueryVariableBuilder(name)
    .label(label)
    .description(description)
    .datasource(DATASOURCE)
    .query(query)
    .definition(query)
    .refresh(dashboard.VariableRefresh.OnTimeRangeChanged)
    .sort(dashboard.VariableSort.AlphabeticalAsc)
    .multi(choice === 'many')
    .includeAll(choice === 'many');
  if (choice === 'many') builder.allValue('.+').current({ text: ['All'], value: ['$__all'] });
  else if (first !== undefined) builder.current({ text: first, value: first });
  return builder;
}

function annotations({ variables }: Board): dashboard.AnnotationQueryBuilder[] {
  const isOfProbe = variables.some(({ name }) => name === 'probe');
  const probes = isOfProbe ? { ...JOB, probe: ['$probe'] } : JOB;
  const firing = { ...JOB, alertstate: 'firing', severity: 'page' };
  const one = (name: string, colour: string, expr: string): dashboard.AnnotationQueryBuilder =>
    new dashboard.AnnotationQueryBuilder()
      .name(name)
      .datasource(DATASOURCE)
      .enable(true)
      .iconColor(colour)
      .expr(expr)
      .step('15s');
  return [
    one('Pages', 'red', `max by (alertname, probe) (${foreign('ALERTS', firing)})`)
      .titleFormat('{{alertname}}')
      .textFormat('{{probe}}'),
    one('Pauses', 'blue', `max by (probe) (${sample('paused', probes)})`)
      .titleFormat('{{probe}} is paused')
      .textFormat('Nobody is paged for it.'),
    // The value is the instant: a mark for each start, however coarse the steps are.
    one('Starts', 'purple', `1000 * ${foreign('process_start_time_seconds', JOB)}`)
      .useValueForTime(true)
      .titleFormat('The monitor started')
      .textFormat('{{instance}}'),
  ];
}
