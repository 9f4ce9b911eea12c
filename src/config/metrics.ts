import * as z from 'zod';
import type { OptionalFamily } from '../metrics/catalog.ts';

const Switch = z.boolean().default(false);

/** Metrics that are exported only where they are asked for, by their names without `mailcanary_`: a series or two a probe. */
export const MetricsConfig = z.strictObject({
  inflight_oldest_sent_timestamp_seconds: Switch,
  loss_ratio_bound: Switch,
} satisfies Readonly<Record<OptionalFamily, typeof Switch>>);
export type MetricsConfig = z.output<typeof MetricsConfig>;
