import type { Config } from './config/schema.ts';
import type { RulesInput } from './generate/rules/input.ts';

/** What of a configuration the rules depend on. */
export function rulesInputOf({ alerts, probes }: Pick<Config, 'alerts' | 'probes'>): RulesInput {
  return {
    ...alerts,
    probes: probes.map(({ name, role, policy, front }) => ({
      name,
      role,
      lateAfterMs: policy.lateAfterMs,
      isChain: front.length > 0,
    })),
  };
}
