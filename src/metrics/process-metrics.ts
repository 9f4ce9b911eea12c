import {
  collectDefaultMetrics,
  Registry,
  type Metric,
  type OpenMetricsContentType,
} from 'prom-client';
import { bucketLabel } from './family.ts';
import { renderHead, renderLabels, renderNumber } from './text.ts';

export type ProcessRegistry = Registry<OpenMetricsContentType>;

/** Their names break the rules for names, which `promtool check metrics` tells. */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/**
 * prom-client's figures of process and runtime. The content type is set once and for ever: a
 * registry that is asked for both formats renames its counters for good.
 */
export function createProcessRegistry(): ProcessRegistry {
  const registry = new Registry<OpenMetricsContentType>();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
  return registry;
}

/**
 * The text of each metric in the registry. One that throws is left out and told to `failed`; in
 * prom-client's own rendering it would fail the whole scrape, and the monitor would seem dead.
 */
export async function renderRegistry(
  registry: ProcessRegistry,
  failed: () => void,
): Promise<readonly string[]> {
  const texts: string[] = [];
  for (const { name } of registry.getMetricsAsArray()) {
    try {
      const metric = registry.getSingleMetric(name);
      if (metric !== undefined) texts.push(await renderMetric(metric));
    } catch {
      failed();
    }
  }
  return texts;
}

async function renderMetric(metric: Metric): Promise<string> {
  const { name, help, type, values } = await metric.get();
  // Typed as an enum of numbers and a word in truth.
  const isCounter = String(type) === 'counter';
  const family = isCounter ? name.replace(/_total$/, '') : name;
  const head = renderHead({ name: family, type: String(type), unit: undefined, help });
  const samples = values.map((value) => {
    const sample = ownName(value) ?? (isCounter ? `${family}_total` : family);
    const labels = renderLabels(
      Object.entries(value.labels).map(([label, text]) => [label, labelText(label, text)]),
    );
    return `${sample}${labels === '' ? '' : `{${labels}}`} ${renderNumber(value.value)}\n`;
  });
  return head + samples.join('');
}

/** Samples of histograms bring theirs. */
function ownName(sample: object): string | undefined {
  if (!('metricName' in sample)) return undefined;
  return typeof sample.metricName === 'string' ? sample.metricName : undefined;
}

/** Bounds of buckets are numbers in there. */
function labelText(label: string, value: string | number | undefined): string {
  return label === 'le' && typeof value === 'number' ? bucketLabel(value) : String(value ?? '');
}
