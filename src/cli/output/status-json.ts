import { iso } from '../../domain/record.ts';
import type { StatusFacts } from '../status-facts.ts';
import { statusExitCode } from './status-scale.ts';

/** One object on one line: what the API says of probes and observers, and who said it. */
export function renderStatusJson(facts: StatusFacts): string {
  const { source, note, probes, observers } = facts;
  return `${JSON.stringify({
    source,
    at: iso(facts.at),
    last_written_at: iso(facts.lastWrittenAt),
    note,
    exit_code: statusExitCode(facts),
    probes,
    observers,
  })}\n`;
}
