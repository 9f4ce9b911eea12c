import { stragglersToPage } from '../../domain/culprit.ts';
import { worstExitCode } from '../../engine/probe-once.ts';
import type { ProbeFacts } from '../reply.ts';
import type { StatusFacts } from '../status-facts.ts';

/** Nagios's scale (design.md section 7): the worst of several probes. Without a running monitor nothing is well. */
export function statusExitCode({ source, probes }: Pick<StatusFacts, 'source' | 'probes'>): number {
  return worstExitCode([...probes.map(probeExitCode), ...(source === 'ledger' ? [3] : [])]);
}

/** 0 on time or paused, 1 late or misfiled, 2 stalled or mails missing, 3 nobody knows. */
export function probeExitCode(probe: ProbeFacts): 0 | 1 | 2 | 3 {
  switch (probe.state) {
    case 'ok':
    case 'paused':
      return 0;
    case 'slow': {
      const { interval_seconds, late_after_seconds, suspect_after_seconds } = probe;
      const fewest = stragglersToPage({
        intervalMs: interval_seconds * 1_000,
        policy: {
          lateAfterMs: late_after_seconds * 1_000,
          suspectAfterMs: suspect_after_seconds * 1_000,
        },
      });
      const isLosing = probe.stragglers >= fewest || probe.loss?.level === 'confirmed';
      return isLosing ? 2 : 1;
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
