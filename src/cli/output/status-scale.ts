import { worstExitCode } from '../../engine/probe-once.ts';
import type { ProbeFacts } from '../reply.ts';

/** From here on missing mails page (alerting: `straggler_page_min`). */
const FEWEST_STRAGGLERS = 2;
/** At this cadence or slower one is enough. */
const SLOW_CADENCE_SECONDS = 300;

/** Nagios's scale (design.md section 7): the worst of several probes. */
export function statusExitCode(probes: readonly ProbeFacts[]): number {
  return worstExitCode(probes.map(probeExitCode));
}

/** 0 on time or paused, 1 late or misfiled, 2 stalled or mails missing, 3 nobody knows. */
export function probeExitCode(probe: ProbeFacts): 0 | 1 | 2 | 3 {
  switch (probe.state) {
    case 'ok':
    case 'paused':
      return 0;
    case 'slow': {
      const fewest = probe.interval_seconds >= SLOW_CADENCE_SECONDS ? 1 : FEWEST_STRAGGLERS;
      return probe.stragglers >= fewest ? 2 : 1;
    }
    case 'misfiled':
      return 1;
    case 'stalled':
      return 2;
    case 'not_sending':
    case 'blind':
    case 'no_data':
    case 'unknown':
      return 3;
  }
}
