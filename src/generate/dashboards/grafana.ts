import * as common from '@grafana/grafana-foundation-sdk/common';
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import * as heatmap from '@grafana/grafana-foundation-sdk/heatmap';
import * as prometheus from '@grafana/grafana-foundation-sdk/prometheus';
import * as stat from '@grafana/grafana-foundation-sdk/stat';
import * as statetimeline from '@grafana/grafana-foundation-sdk/statetimeline';
import * as table from '@grafana/grafana-foundation-sdk/table';
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';
import { writeDuration } from '../../base/duration.ts';
import type { Colour, Graph, Heatmap, Panel, Stat, Step, Table, Timeline, Word } from './panel.ts';
import { stepsOf, type Query } from './query.ts';

/** Chosen by the variable of this name, so that one file fits import and provisioning. */
export const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };

export interface PanelContext {
  readonly scrapeMs: number;
  /** Where clicks on a probe lead, by what stands for its name; undefined: nowhere. */
  readonly probeLink: ((name: string) => string) | undefined;
}

type AnyBuilder =
  | timeseries.PanelBuilder
  | stat.PanelBuilder
  | heatmap.PanelBuilder
  | statetimeline.PanelBuilder
  | table.PanelBuilder;

/** A panel in Grafana's words, without its place. */
export function builderOf(panel: Panel, context: PanelContext): AnyBuilder {
  const builder = ownBuilder(panel)
    .id(panel.id)
    .title(panel.title)
    .description(panel.description)
    .datasource(DATASOURCE)
    .unit(panel.unit);
  if (panel.decimals !== undefined) builder.decimals(panel.decimals);
  if (panel.steps !== undefined) builder.thresholds(thresholdsOf(panel.steps));
  for (const [index, query] of panel.queries.entries()) {
    builder.withTarget(targetOf(query, { panel, index, context }));
  }
  const { probeLink } = context;
  const isOfProbes =
    panel.type === 'table'
      ? panel.labels['probe'] !== undefined
      : panel.queries.some(({ legend }) => legend.includes('{{probe}}'));
  if (probeLink !== undefined && isOfProbes) {
    const name = panel.type === 'table' ? '${__data.fields.probe}' : '${__field.labels.probe}';
    builder.dataLinks([new dashboard.DashboardLinkBuilder('This probe').url(probeLink(name))]);
  }
  return builder;
}

function ownBuilder(panel: Panel): AnyBuilder {
  switch (panel.type) {
    case 'graph':
      return graphOf(panel);
    case 'stat':
      return statOf(panel);
    case 'heatmap':
      return heatmapOf(panel);
    case 'timeline':
      return timelineOf(panel);
    case 'table':
      return tableOf(panel);
  }
}

interface Position {
  readonly panel: Panel;
  readonly index: number;
  readonly context: PanelContext;
}

function targetOf(query: Query, { panel, index, context }: Position): prometheus.DataqueryBuilder {
  const target = new prometheus.DataqueryBuilder()
    .datasource(DATASOURCE)
    .editorMode(prometheus.QueryEditorMode.Code)
    .refId(refIdOf(index))
    .expr(query.expr)
    .legendFormat(query.legend)
    .interval(writeDuration(stepsOf(context.scrapeMs)[query.step ?? 'usual']));
  if (query.now === true) target.instant();
  else target.range();
  if (panel.type === 'heatmap') target.format(prometheus.PromQueryFormat.Heatmap);
  if (panel.type === 'table') target.format(prometheus.PromQueryFormat.Table);
  if (query.exemplars === true) target.exemplar(true);
  return target;
}

const refIdOf = (index: number): string => String.fromCharCode('A'.charCodeAt(0) + index);

function thresholdsOf(steps: readonly Step[]): dashboard.ThresholdsConfigBuilder {
  return new dashboard.ThresholdsConfigBuilder()
    .mode(dashboard.ThresholdsMode.Absolute)
    .steps(steps.map(({ from, colour }) => ({ value: from, color: colour })));
}

function mappingsOf(words: readonly Word[]): dashboard.ValueMap[] {
  const options = words.map(({ value, text, colour }, index): [string, object] => [
    String(value),
    { text, color: colour, index },
  ]);
  return [{ type: dashboard.MappingType.ValueToText, options: Object.fromEntries(options) }];
}

function graphOf(graph: Graph): timeseries.PanelBuilder {
  const { draw = 'lines', steps, min, softMax, colours = {} } = graph;
  const builder = new timeseries.PanelBuilder()
    .drawStyle(DRAW_STYLES[draw])
    .lineInterpolation(
      draw === 'stairs' ? common.LineInterpolation.StepAfter : common.LineInterpolation.Linear,
    )
    .lineWidth(draw === 'bars' ? 0 : 1)
    .fillOpacity(draw === 'bars' ? 80 : graph.stacked === true ? 30 : 8)
    .showPoints(draw === 'points' ? common.VisibilityMode.Always : common.VisibilityMode.Never)
    .pointSize(4)
    .legend(
      new common.VizLegendOptionsBuilder()
        .displayMode(common.LegendDisplayMode.List)
        .placement(common.LegendPlacement.Bottom)
        .showLegend(true)
        .calcs(['lastNotNull']),
    )
    .tooltip(
      new common.VizTooltipOptionsBuilder()
        .mode(common.TooltipDisplayMode.Multi)
        .sort(common.SortOrder.Descending),
    )
    .colorScheme(
      new dashboard.FieldColorBuilder().mode(dashboard.FieldColorModeId.PaletteClassicByName),
    );
  if (steps !== undefined) {
    builder.thresholdsStyle(
      new common.GraphThresholdsStyleConfigBuilder().mode(common.GraphThresholdsStyleMode.Dashed),
    );
  }
  if (min !== undefined) builder.min(min);
  if (softMax !== undefined) builder.axisSoftMax(softMax);
  if (graph.stacked === true) {
    builder.stacking(
      new common.StackingConfigBuilder().mode(common.StackingMode.Normal).group('A'),
    );
  }
  if (graph.logarithmic === true) {
    builder.scaleDistribution(
      new common.ScaleDistributionConfigBuilder().type(common.ScaleDistribution.Symlog).log(10),
    );
  }
  for (const [name, colour] of Object.entries(colours)) builder.overrideByName(name, fixed(colour));
  return builder;
}

const DRAW_STYLES: Readonly<Record<NonNullable<Graph['draw']>, common.GraphDrawStyle>> = {
  lines: common.GraphDrawStyle.Line,
  stairs: common.GraphDrawStyle.Line,
  bars: common.GraphDrawStyle.Bars,
  points: common.GraphDrawStyle.Points,
};

function fixed(colour: Colour): dashboard.DynamicConfigValue[] {
  return [{ id: 'color', value: { mode: 'fixed', fixedColor: colour } }];
}

function lastValue(): common.ReduceDataOptionsBuilder {
  return new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false).fields('');
}

function statOf({ words = [], loud, asName, steps }: Stat): stat.PanelBuilder {
  const isPlain = words.length === 0 && steps?.length === 1;
  const colourMode =
    loud === true ? common.BigValueColorMode.BackgroundSolid : common.BigValueColorMode.Value;
  return new stat.PanelBuilder()
    .reduceOptions(lastValue())
    .graphMode(common.BigValueGraphMode.None)
    .colorMode(isPlain ? common.BigValueColorMode.None : colourMode)
    .textMode(asName === true ? common.BigValueTextMode.Name : common.BigValueTextMode.ValueAndName)
    .orientation(common.VizOrientation.Auto)
    .mappings(mappingsOf(words));
}

function heatmapOf({ unit }: Heatmap): heatmap.PanelBuilder {
  return new heatmap.PanelBuilder()
    .calculate(false)
    .color(
      new heatmap.HeatmapColorOptionsBuilder()
        .mode(heatmap.HeatmapColorMode.Scheme)
        .scheme('Greens')
        .fill('dark-green')
        .scale(heatmap.HeatmapColorScale.Exponential)
        .exponent(0.5)
        .steps(32)
        .reverse(false),
    )
    .rowsFrame(new heatmap.RowsHeatmapOptionsBuilder().layout(common.HeatmapCellLayout.Auto))
    .yAxis(new heatmap.YAxisConfigBuilder().unit(unit))
    .tooltip(new heatmap.HeatmapTooltipBuilder().mode(common.TooltipDisplayMode.Single))
    .exemplarsColor('rgba(255,120,0,0.9)')
    .showValue(common.VisibilityMode.Never)
    .showLegend()
    .cellGap(1);
}

function timelineOf({ words }: Timeline): statetimeline.PanelBuilder {
  return new statetimeline.PanelBuilder()
    .mappings(mappingsOf(words))
    .mergeValues(true)
    .showValue(common.VisibilityMode.Auto)
    .alignValue(common.TimelineValueAlignment.Left)
    .rowHeight(0.85)
    .fillOpacity(75)
    .lineWidth(0)
    .colorScheme(new dashboard.FieldColorBuilder().mode(dashboard.FieldColorModeId.Thresholds))
    .noValue('nothing');
}

/** The answers side by side: one frame, its columns named, the time left out. */
function tableOf({ labels, values, queries }: Table): table.PanelBuilder {
  const columns = queries.map(({ legend }, index): [string, string] => [
    queries.length === 1 ? 'Value' : `Value #${refIdOf(index)}`,
    legend,
  ]);
  const headings = [...Object.entries(labels), ...columns];
  const hidden = ['Time', ...(values === 'hidden' ? columns.map(([name]) => name) : [])];
  const builder = new table.PanelBuilder()
    .withTransformation({ id: 'merge', options: {} })
    .withTransformation({
      id: 'organize',
      options: {
        excludeByName: Object.fromEntries(hidden.map((name) => [name, true])),
        indexByName: Object.fromEntries(headings.map(([name], index) => [name, index])),
        renameByName: Object.fromEntries(headings),
      },
    });
  for (const { legend, unit } of queries) {
    if (unit !== undefined) builder.overrideByName(legend, [{ id: 'unit', value: unit }]);
  }
  return builder;
}
