import type { Canary } from '../../src/domain/canary.ts';
import type { Policy } from '../../src/domain/probe.ts';
import type { Day, DayWorld } from './helpdesk-days.ts';
import { TEST_POLICY, TEST_ROUTE } from './test-launch.ts';

/** Many probes into one helpdesk, each at its own moment of the interval. */
export interface CrowdOptions {
  readonly probes: number;
  /** Between two canaries of a probe, in milliseconds. */
  readonly everyMs: number;
  /** Launches go on for so long, in milliseconds. */
  readonly forMs: number;
  readonly policy?: Partial<Policy>;
}

/** Launches what a schedule of so many probes would. Answers the canaries' ids, in order. */
export async function runCrowd<W extends DayWorld>(
  { clock, engine }: Pick<Day<W>, 'clock' | 'engine'>,
  { probes, everyMs, forMs, policy }: CrowdOptions,
): Promise<readonly string[]> {
  const launches: Promise<Canary>[] = [];
  const { signal } = new AbortController();
  const stepMs = everyMs / probes;
  for (let index = 0; index * stepMs < forMs; index += 1) {
    const order = {
      route: { ...TEST_ROUTE, probe: `probe-${index % probes}` },
      from: 'canary@probe.example',
      to: 'support@example.test',
      profile: 'automatic' as const,
      policy: { ...TEST_POLICY, ...policy },
      launchWindowMs: 30_000,
    };
    const occasion = { kind: 'scheduled', scheduledAt: clock.now() } as const;
    launches.push(engine.launch(order, occasion, { signal }));
    await clock.advance(stepMs);
  }
  return (await Promise.all(launches)).map((canary) => canary.launch.id);
}
