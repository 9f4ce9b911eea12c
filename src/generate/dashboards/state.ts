import { SENDER_SHARE } from '../../domain/culprit.ts';
import { promql, sample, type Matchers } from '../promql.ts';
import { atLeast } from '../rules/limits.ts';
import type { RulesInput } from '../rules/input.ts';
import type { Step, Word } from './panel.ts';
import { recorded } from './query.ts';

/** How a probe is in one word, as on the status page; the worse, the higher, so that a maximum is the worst. */
export const STATE_WORDS: readonly Word[] = [
  { value: 0, text: 'OK', colour: 'green' },
  { value: 1, text: 'PAUSED', colour: 'blue' },
  { value: 2, text: 'SLOW', colour: 'yellow' },
  { value: 3, text: 'MISFILED', colour: 'orange' },
  { value: 4, text: 'NOT SENDING', colour: 'orange' },
  { value: 5, text: 'UNKNOWN', colour: 'purple' },
  { value: 6, text: 'STALLED', colour: 'red' },
];

/** The value of one of `STATE_WORDS` for each probe, worst vantage first. */
export function stateOf(matchers: Matchers, by: string): string {
  const r = (name: Parameters<typeof recorded>[0]): string => recorded(name, matchers);
  return promql`
    max by (${by}) (
      1 + 0 * ${r('paused')}
      or
      6 + 0 * ${r('stalled')}
      or
      5 + 0 * (${r('blindFor')} > (${r('deadline')} + ${r('look')}))
      or
      4 + 0 * (
        time() - min by (job, vantage, probe, role, sender) (${sample('oldest_unserved_tick_timestamp_seconds', matchers)})
          > ${SENDER_SHARE} * ${r('deadline')}
      )
      or
      3 + 0 * (${r('misfiled20m')} > ${atLeast(1)})
      or
      2 + 0 * (${r('lag')} > ${SENDER_SHARE} * ${r('deadline')} or ${r('stragglers')} >= 1)
      or
      0 * ${r('horizon')}
    )
  `;
}

/** How long the oldest canary that nothing newer overtook has waited; 0 while none waits. */
export function lagOf(matchers: Matchers, by: string): string {
  const lag = recorded('lag', matchers);
  return `max by (${by}) (${lag} >= 0 or 0 * ${recorded('horizon', matchers)})`;
}

/** Half of the shortest deadline is a warning, each deadline a line. */
export function lagSteps({ probes }: RulesInput): readonly Step[] {
  const deadlines = [...new Set(probes.map(({ lateAfterMs }) => lateAfterMs / 1_000))];
  const sorted = deadlines.sort((a, b) => a - b);
  const [shortest = 600] = sorted;
  return [
    { from: null, colour: 'green' },
    { from: shortest * SENDER_SHARE, colour: 'yellow' },
    ...sorted.map((from): Step => ({ from, colour: 'red' })),
  ];
}

/** Nothing is well, anything is not. */
export const NONE_IS_WELL: readonly Step[] = [
  { from: null, colour: 'green' },
  { from: 1, colour: 'red' },
];

export const PLAIN: readonly Step[] = [{ from: null, colour: 'text' }];
