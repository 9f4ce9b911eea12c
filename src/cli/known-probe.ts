import type { Config } from '../config/schema.ts';
import { findNearest } from '../config/suggest.ts';
import { UsageError } from './context.ts';

// Apart from from-config.ts, which loads all that reads a configuration: most commands start without.

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
