/* eslint-disable @typescript-eslint/no-deprecated -- The classic form is what every Grafana since 10 and every import takes. */
import type * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import type * as heatmap from '@grafana/grafana-foundation-sdk/heatmap';
import type * as prometheus from '@grafana/grafana-foundation-sdk/prometheus';
import type * as stat from '@grafana/grafana-foundation-sdk/stat';
import type * as stateTimeline from '@grafana/grafana-foundation-sdk/statetimeline';
import type * as table from '@grafana/grafana-foundation-sdk/table';
import type * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';

/*
 * Grafana's own types of a classic dashboard, put together: the SDK says `any` where the kind of a panel decides what its
 * options, its fields and its queries are.
 */
interface FieldConfig<Custom> extends Omit<dashboard.FieldConfigSource, 'defaults'> {
  readonly defaults: Omit<dashboard.FieldConfig, 'custom'> & { readonly custom?: Custom };
}
type Panel<Type extends string, Options, Custom> = Omit<
  dashboard.Panel,
  'type' | 'targets' | 'options' | 'fieldConfig'
> & {
  readonly type: Type;
  readonly targets: readonly prometheus.Dataquery[];
  readonly options: Options;
  readonly fieldConfig: FieldConfig<Custom>;
};
type Row = Omit<dashboard.RowPanel, 'panels'> & { readonly panels: readonly [] };

/** What the checked-in JSON schema is generated from. */
export type ClassicDashboard = Omit<dashboard.Dashboard, 'panels' | 'snapshot'> & {
  readonly panels: readonly (
    | Row
    | Panel<'timeseries', timeseries.Options, timeseries.FieldConfig>
    | Panel<'stat', stat.Options, never>
    | Panel<'heatmap', heatmap.Options, heatmap.FieldConfig>
    | Panel<'state-timeline', stateTimeline.Options, stateTimeline.FieldConfig>
    | Panel<'table', table.Options, table.FieldConfig>
  )[];
};
