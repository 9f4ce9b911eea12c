import type { CheckFacts } from '../check-observer.ts';
import type { Finding } from './check.ts';

/** docs/check.md tells what each of it means. */
export function checkJson(findings: readonly Finding[]): string {
  const ok = findings.every((finding) => finding.ok);
  return `${JSON.stringify({ ok, findings: findings.map(findingJson) }, null, 2)}\n`;
}

function findingJson({ what, name, ok, summary, reason, warnings, type, facts }: Finding): unknown {
  const told = facts === undefined ? null : factsJson(facts);
  return { what, name, ok, summary, reason, warnings, type: type ?? null, facts: told };
}

function factsJson(facts: CheckFacts): unknown {
  const { login, read, tidy, inbox, misfiled, clock, rate, control, webhook, volume } = facts;
  const { state, text } = tidy;
  return {
    login,
    read,
    tidy: {
      ...{ state, text, manner: tidy.manner },
      may_close: tidy.mayClose,
      may_delete: tidy.mayDelete,
    },
    inbox,
    misfiled,
    clock: { state: clock.state, text: clock.text, offset_seconds: offsetJson(clock.offset) },
    requests: {
      ...{ state: rate.state, text: rate.text },
      ...{ limit: rate.limit, remaining: rate.remaining },
      own_limit_per_minute: rate.own,
      needed_per_minute: rate.needed,
    },
    control: {
      ...{ state: control.state, text: control.text },
      every_seconds: control.everyMs === null ? null : control.everyMs / 1_000,
    },
    webhook,
    volume: {
      ...{ state: volume.state, text: volume.text },
      per_month: volume.aMonth,
      noun: volume.noun,
    },
  };
}

function offsetJson(offset: CheckFacts['clock']['offset']): unknown {
  if (offset === null) return null;
  return { low: seconds(offset.low), high: seconds(offset.high) };
}

function seconds(ms: number): number {
  return Math.round(ms) / 1_000;
}
