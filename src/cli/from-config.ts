import type { AppConfig } from '../app.ts';
import { loadConfig } from '../config/load.ts';
import { formatProblem } from '../config/problems.ts';
import type { Config } from '../config/schema.ts';
import { UsageError } from './context.ts';
import { findProbe } from './known-probe.ts';
import { endsOf, orderOf, type ProbePlan } from './plan.ts';
import type { ProbeOptions } from './probe-options.ts';

/** A probe of the configuration; without a name, the only one there is. */
export async function configuredPlan(
  name: string | undefined,
  options: ProbeOptions,
): Promise<ProbePlan> {
  const config = await loadConfig(options.config);
  const probe = name === undefined ? onlyProbe(config) : findProbe(config, name);
  return {
    app: appConfigFor(config, [probe]),
    order: orderOf({ probe, ...endsOf(config, probe), vantage: config.vantage, options }),
    options,
    warnings: config.warnings.map((warning) => formatProblem(warning, config.path)),
    server: config.server,
    dispose: () => Promise.resolve(),
  };
}

/** The parts of a configuration that some of its probes need. */
export function appConfigFor(config: Config, probes: Config['probes']): AppConfig {
  const pick = <T>(all: Readonly<Record<string, T>>, names: readonly string[]): Record<string, T> =>
    Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)));
  return {
    ledger: config.ledger,
    tokenKeys: config.tokenKeys,
    senders: pick(
      config.senders,
      probes.map((probe) => probe.sender),
    ),
    observers: pick(
      config.observers,
      probes.flatMap(({ front, observer }) => [...front, observer]),
    ),
  };
}

function onlyProbe(config: Config): Config['probes'][number] {
  const names = config.probes.map((probe) => probe.name).join(', ');
  const [only, another] = config.probes;
  if (only === undefined || another !== undefined) throw new UsageError(`name a probe: ${names}`);
  return only;
}
