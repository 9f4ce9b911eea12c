import type { ProbeFacts } from '../reply.ts';
import type { StatusFacts } from '../status-facts.ts';
import { clean, STATES } from './nagios.ts';
import { probeExitCode, statusExitCode } from './status-scale.ts';
import { lagOf, sentenceOf } from './status-words.ts';

/**
 * One plugin line: the troubled probes by name, then lag, latency and missing mails
 * of each (Monitoring Plugins guidelines, sections 2.2 and 2.6).
 */
export function renderStatusNagios(facts: StatusFacts): string {
  const { probes, source, note } = facts;
  const exitCode = statusExitCode(facts);
  const troubled = probes.filter((probe) => probeExitCode(probe) !== 0);
  const words = troubled.map((probe) => `${probe.name} ${detail(probe, facts)}`);
  if (troubled.length === 0) words.push(calm(probes));
  if (source === 'ledger') words.push(note);
  const data = probes.flatMap((probe) => perfdata(probe, probes.length === 1));
  const state = STATES[exitCode] ?? 'UNKNOWN';
  return `MAILCANARY ${state} - ${clean(words.join('; '))} | ${data.join(' ')}\n`;
}

function detail(probe: ProbeFacts, facts: StatusFacts): string {
  const sentence = sentenceOf(probe, facts);
  const state = probe.state.replaceAll('_', ' ');
  return sentence === undefined ? state : `${state}: ${sentence.replace(/\.$/, '')}`;
}

function calm(probes: readonly ProbeFacts[]): string {
  const [only, another] = probes;
  if (only !== undefined && another === undefined) {
    const latency = only.last_latency_seconds;
    const arrived = latency === null ? '' : `, newest arrival took ${latency} s`;
    return `${only.name} ${only.state}${arrived}`;
  }
  const paused = probes.filter(({ state }) => state === 'paused').length;
  const rest = paused === 0 ? '' : `, ${paused} paused`;
  return `${probes.length - paused} probes ok${rest}`;
}

/** Of one probe alone without its name, so that a graph of each service looks alike. */
function perfdata(probe: ProbeFacts, isOnly: boolean): readonly string[] {
  const { suspect_after_seconds: suspect, late_after_seconds: late } = probe;
  const label = (name: string): string => (isOnly ? name : `${probe.name}_${name}`);
  return [
    `${label('lag')}=${figure(lagOf(probe))};${suspect};${late};0`,
    `${label('latency')}=${figure(probe.last_latency_seconds)};${suspect};;0`,
    `${label('in_flight')}=${probe.in_flight};;;0`,
    `${label('missing')}=${probe.overdue};;;0`,
  ];
}

function figure(seconds: number | null): string {
  return seconds === null ? 'U' : `${seconds}s`;
}
