import * as z from 'zod';
import { formatDuration } from '../base/duration.ts';
import { UsageError, type CliContext } from './context.ts';
import { load, request } from './api.ts';
import { createStyle, table, type Style } from './output/style.ts';

/** What of `/api/v1/probes` is shown; the rest passes. */
const Probes = z.object({
  probes: z.array(
    z.object({
      name: z.string(),
      state: z.string(),
      lag_seconds: z.number().nullable(),
      in_flight: z.number(),
      last_latency_seconds: z.number().nullable(),
    }),
  ),
});

/** Nagios's scale by the worst state: all is well, slow, stalled, unknown. */
const EXIT_CODES: Readonly<Record<string, 0 | 1 | 2 | 3>> = {
  ok: 0,
  paused: 0,
  slow: 1,
  misfiled: 1,
  stalled: 2,
  not_sending: 3,
  blind: 3,
  no_data: 3,
};

export async function status(
  options: { readonly config: string; readonly format: string },
  context: CliContext,
): Promise<number> {
  const config = await load(options);
  const response = await request({ config, context, path: '/api/v1/probes' });
  const text = await response.text();
  if (!response.ok) throw new UsageError(`the monitor refused: ${text}`);
  const { probes } = Probes.parse(JSON.parse(text));
  if (options.format === 'json') context.out(`${text}\n`);
  else context.out(asText(probes, createStyle(context.colour && context.isTerminal.out)));
  const codes = probes.map(({ state }) => EXIT_CODES[state] ?? 3);
  const rank = [0, 1, 3, 2];
  return codes.reduce<number>(
    (worst, code) => (rank.indexOf(code) > rank.indexOf(worst) ? code : worst),
    0,
  );
}

function asText(probes: z.output<typeof Probes>['probes'], style: Style): string {
  const rows = probes.map((probe) => [
    probe.name,
    probe.state,
    probe.lag_seconds === null ? '-' : formatDuration(probe.lag_seconds * 1_000),
    probe.last_latency_seconds === null ? '-' : formatDuration(probe.last_latency_seconds * 1_000),
    String(probe.in_flight),
  ]);
  const [head = '', ...lines] = table([
    ['probe', 'state', 'lag', 'last latency', 'in flight'],
    ...rows,
  ]);
  return `${[style.dim(head), ...lines].join('\n')}\n`;
}
