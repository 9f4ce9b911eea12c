import type { Instant } from './base/clock.ts';
import { createCron } from './base/cron.ts';
import type { MaintenanceWindow } from './config/maintenance.ts';
import type { Config, ProbeConfig } from './config/schema.ts';
import {
  createCalendarCadence,
  createGrid,
  createRepeatedPause,
  createSinglePause,
  phaseOf,
  type Cadence,
  type Maintenance,
  type Schedule,
} from './domain/schedule.ts';
import type { Assignment } from './engine/roster.ts';
import { siteOf } from './observers/site.ts';

/** The probes of `config`, by way of the senders and observers that run. */
export function assignmentsOf(
  config: Config,
  running: Config,
  now: Instant,
): readonly Assignment[] {
  const windows = config.maintenance.map((window) => ({
    window,
    maintenance: maintenanceOf(window, now),
  }));
  return config.probes.flatMap((configured) => {
    const probe = runnable(configured, running);
    if (probe === undefined) return [];
    const sender = running.senders[probe.sender];
    const decider = running.observers[probe.observer];
    if (sender === undefined || decider === undefined) return [];
    const { name, role, observer, front, to, policy, schedule } = probe;
    const shape = sender.headerProfile;
    const { vantage } = running;
    const site = siteOf(decider);
    const ends = { probe: name, role, sender: probe.sender, observer, site, vantage };
    const route = { ...ends, path: '', shape, ...(front.length === 0 ? {} : { front }) };
    const { from, launchWindowMs } = sender;
    return [
      {
        order: { route, from, to, profile: shape, policy, launchWindowMs },
        cadence: cadenceOf(schedule, { probe: name, vantage, now }),
        maintenance: windows
          .filter(({ window }) => window.probes?.includes(name) ?? true)
          .map(({ maintenance }) => maintenance),
      },
    ];
  });
}

/** A probe that asks for a sender or an observer that comes with the next start stays as it was until then. */
function runnable(probe: ProbeConfig, running: Config): ProbeConfig | undefined {
  const isThere = Object.hasOwn(running.senders, probe.sender);
  const chain = [...probe.front, probe.observer];
  if (isThere && chain.every((name) => Object.hasOwn(running.observers, name))) return probe;
  return running.probes.find(({ name }) => name === probe.name);
}

interface Place {
  readonly probe: string;
  readonly vantage: string;
  readonly now: Instant;
}

function cadenceOf(schedule: Schedule, { probe, vantage, now }: Place): Cadence {
  if ('everyMs' in schedule) {
    return createGrid(schedule.everyMs, phaseOf(probe, vantage, schedule.everyMs));
  }
  return createCalendarCadence(createCron(schedule.cron, schedule.timezone), now);
}

function maintenanceOf({ when, reason }: MaintenanceWindow, now: Instant): Maintenance {
  if ('since' in when) return createSinglePause({ ...when, reason });
  const { schedule, forMs } = when;
  const cadence = cadenceOf(schedule, { probe: '', vantage: '', now });
  return createRepeatedPause({ cadence, forMs, reason });
}

/** Milliseconds between the canaries of each probe, by its name; of a cron expression the shortest interval. */
export function intervalsOf(config: Config): ReadonlyMap<string, number> {
  const assignments = assignmentsOf({ ...config, maintenance: [] }, config, 0);
  return new Map(assignments.map(({ order, cadence }) => [order.route.probe, cadence.intervalMs]));
}
