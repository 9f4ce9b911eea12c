import type { AppConfig } from '../app.ts';
import { loadConfig } from '../config/load.ts';
import { formatProblem } from '../config/problems.ts';
import type { Config } from '../config/schema.ts';
import { findNearest } from '../config/suggest.ts';
import { UsageError } from './context.ts';
import { orderOf, type ProbePlan } from './plan.ts';
import type { ProbeOptions } from './probe-options.ts';

/** A probe of the configuration; without a name, the only one there is. */
export async function configuredPlan(
  name: string | undefined,
  options: ProbeOptions,
): Promise<ProbePlan> {
  const config = await loadConfig(options.config);
  const probe = name === undefined ? onlyProbe(config) : findProbe(config, name);
  const sender = config.senders[probe.sender];
  if (sender === undefined) throw new Error(`unchecked configuration: sender ${probe.sender}`);
  return {
    app: appConfigFor(config, [probe]),
    order: orderOf({ probe, sender, vantage: config.vantage, options }),
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
      probes.map((probe) => probe.observer),
    ),
  };
}

/** @throws UsageError that names the probe that was probably meant. */
export function findProbe(config: Config, name: string): Config['probes'][number] {
  const probe = config.probes.find((candidate) => candidate.name === name);
  if (probe !== undefined) return probe;
  throw unknownProbe(
    name,
    config.probes.map((candidate) => candidate.name),
  );
}

export function unknownProbe(name: string, names: readonly string[]): UsageError {
  const nearest = findNearest(name, names);
  const hint =
    nearest === undefined ? `there are: ${names.join(', ')}` : `did you mean ${nearest}?`;
  return new UsageError(`there is no probe named ${name}; ${hint}`);
}

function onlyProbe(config: Config): Config['probes'][number] {
  const names = config.probes.map((probe) => probe.name).join(', ');
  const [only, another] = config.probes;
  if (only === undefined || another !== undefined) throw new UsageError(`name a probe: ${names}`);
  return only;
}
