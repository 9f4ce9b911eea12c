import { createApp } from '../app.ts';
import { silentLogger } from '../base/logger.ts';
import type { Config, ProbeConfig } from '../config/schema.ts';
import type { Canary } from '../domain/canary.ts';
import { HEADER_PROFILES, type HeaderProfile } from '../domain/message.ts';
import { recordOf } from '../domain/record.ts';
import { probeOnce } from '../engine/probe-once.ts';
import type { CliContext } from './context.ts';
import { appConfigFor } from './from-config.ts';
import { endsOf, orderOf } from './plan.ts';

/** Where one canary ended. */
export interface Landing {
  /** `support, automatic headers` */
  readonly name: string;
  /** It arrived where people look, in time. */
  readonly ok: boolean;
  readonly summary: string;
  readonly warnings: readonly string[];
}

/**
 * Sends one canary of each header profile for each probe, and follows it to its end. Mail that calls itself automatic
 * is what some helpdesks park, and mail that does not is what others answer: here one sees which.
 *
 * @throws MonitorError `ledger` when a running monitor has the ledger.
 */
export async function launchEach(
  config: Config,
  timeoutMs: number,
  context: CliContext,
): Promise<readonly Landing[]> {
  const { clock, random, signal } = context;
  const app = await createApp(appConfigFor(config, config.probes), {
    ...{ clock, random, logger: silentLogger },
  });
  const launch = async (probe: ProbeConfig, profile: HeaderProfile): Promise<Landing> => {
    const options = { lateAfter: timeoutMs / 2, timeout: timeoutMs };
    const ends = endsOf(config, probe);
    const plain = orderOf({ probe, ...ends, vantage: config.vantage, options });
    const order = { ...plain, profile, route: { ...plain.route, shape: profile } };
    const once = { order, count: 1, intervalMs: 0, signal };
    const [canary] = await probeOnce(once, { ...app, clock });
    return landingOf(`${probe.name}, ${profile} headers`, canary);
  };
  try {
    const all = config.probes.flatMap((probe) =>
      HEADER_PROFILES.map((profile) => launch(probe, profile)),
    );
    return await Promise.race([Promise.all(all), app.engine.crashed]);
  } finally {
    await app.stop();
  }
}

function landingOf(name: string, canary: Canary | undefined): Landing {
  if (canary === undefined) return { name, ok: false, summary: 'not launched', warnings: [] };
  const { outcome, place, latency_seconds: latency, duplicates } = recordOf(canary, undefined);
  const after = latency === null ? '' : ` after ${latency.toFixed(1)} s`;
  const warnings = duplicates > 0 ? [`${duplicates + 1} copies arrived; one was sent`] : [];
  return {
    name,
    ok: outcome === 'on_time',
    summary: `${wordsOf(canary, place)}${after}`,
    warnings,
  };
}

function wordsOf(canary: Canary, place: string | null): string {
  if (place !== null) return `in ${place === 'inbox' ? 'the inbox' : place}`;
  if (canary.refusal !== null) return `not taken: ${canary.refusal.detail}`;
  if (canary.doubt !== null) return `the connection was lost: ${canary.doubt.detail}`;
  if (canary.settlement?.verdict === 'overdue') return 'taken by the mail system, and seen nowhere';
  return 'unknown: nobody could look';
}
