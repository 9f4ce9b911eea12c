import * as z from 'zod';
import type { BoardJson, Target } from './board.ts';

/** What a dashboard would show: a time, and the choices of its variables. */
export interface View {
  /** Of Prometheus. */
  readonly url: string;
  /** Seconds since the epoch. */
  readonly from: number;
  readonly to: number;
  readonly variables: Readonly<Record<string, string>>;
}

export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  /** Its legend, with the labels in it. */
  readonly name: string;
  /** Seconds and values; NaN where there is none. */
  readonly points: readonly (readonly [number, number])[];
}

const Point = z.tuple([z.number(), z.string()]);
const Answer = z.object({
  status: z.string(),
  error: z.string().optional(),
  warnings: z.array(z.string()).optional(),
  infos: z.array(z.string()).optional(),
  data: z
    .object({
      result: z.array(
        z.object({
          metric: z.record(z.string(), z.string()),
          values: z.array(Point).optional(),
          value: Point.optional(),
        }),
      ),
    })
    .optional(),
});

/** Across a panel of usual width. */
const MOST_POINTS = 600;

/** Grafana's own variables, as its data source for Prometheus makes them of a query's shortest step. */
export function intervalsOf(interval: string, { from, to }: Pick<View, 'from' | 'to'>) {
  const shortest = secondsOf(interval);
  const step = Math.max(shortest, Math.ceil((to - from) / MOST_POINTS));
  return { step, rate: Math.max(step + shortest, 4 * shortest) };
}

function secondsOf(text: string): number {
  const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600 };
  return [...text.matchAll(/(\d+)([smh])/g)].reduce(
    (sum, [, digits, unit = '']) => sum + Number(digits) * (units[unit] ?? NaN),
    0,
  );
}

/** The expression with all variables put in. @throws Error where one is left */
export function fillIn(expr: string, view: View, interval: string): string {
  const { step, rate } = intervalsOf(interval, view);
  const values: Readonly<Record<string, string>> = {
    __interval: `${step}s`,
    __rate_interval: `${rate}s`,
    __range: `${Math.round(view.to - view.from)}s`,
    ...view.variables,
  };
  return expr.replace(/\$\{?(\w+)\}?/g, (_whole, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`nothing is known of $${name} in ${expr}`);
    return value;
  });
}

/** Asks as Grafana does, and throws where Prometheus has anything to say against it. */
export async function ask(
  target: Pick<Target, 'expr' | 'interval' | 'instant' | 'legendFormat'>,
  view: View,
): Promise<readonly Series[]> {
  const { step } = intervalsOf(target.interval, view);
  const align = (at: number): number => Math.floor(at / step) * step;
  const query = fillIn(target.expr, view, target.interval);
  const when = target.instant
    ? { time: String(view.to) }
    : { start: String(align(view.from)), end: String(align(view.to)), step: String(step) };
  const path = target.instant ? 'query' : 'query_range';
  const body = new URLSearchParams({ query, ...when });
  const response = await fetch(`${view.url}/api/v1/${path}`, { method: 'POST', body });
  const { data, error, warnings = [], infos = [] } = Answer.parse(await response.json());
  const told = [error ?? [], warnings, infos].flat();
  if (data === undefined || told.length > 0) throw new Error(`${told.join('; ')} in ${query}`);
  return data.result.map(({ metric, values, value }) => ({
    labels: metric,
    name: target.legendFormat.replace(/\{\{(\w+)\}\}/g, (_, label: string) => metric[label] ?? ''),
    points: (values ?? (value === undefined ? [] : [value])).map(([at, text]) => [
      at,
      Number(text),
    ]),
  }));
}

/** The values that a variable offers. */
export async function optionsOf(query: string, view: View): Promise<readonly string[]> {
  const [, selector = '', label = ''] = /^label_values\((.+), (\w+)\)$/.exec(query) ?? [];
  const match = new URLSearchParams({ 'match[]': fillIn(selector, view, '1s') });
  const response = await fetch(`${view.url}/api/v1/label/${label}/values?${match.toString()}`);
  return z.object({ data: z.array(z.string()) }).parse(await response.json()).data;
}

/** All probes and instances chosen, or the one where only one can be. */
export function everything(board: BoardJson, one: Readonly<Record<string, string>>) {
  return Object.fromEntries(
    board.templating.list
      .filter(({ type }) => type === 'query')
      .map(({ name, allValue }): [string, string] => [name, allValue ?? one[name] ?? '']),
  );
}
