import { budgetAlerts, budgetRecords } from './budget.ts';
import { chainAlerts, chainRecords } from './chain.ts';
import { helpdeskAlerts } from './helpdesk.ts';
import type { RulesInput } from './input.ts';
import { durationsOf } from './limits.ts';
import { metaAlerts } from './meta.ts';
import { replyAlerts } from './replies.ts';
import type { RuleGroup } from './rule.ts';
import { senderAlerts } from './sender.ts';
import { standing } from './standing.ts';
import { watchAlerts } from './watch.ts';

/**
 * All rules for one configuration. Rules of a group run in order at one instant; the order of groups is not defined, so
 * a rule reads recordings only from above it in its own group, and elsewhere (other groups, ALERTS) what may be a round old.
 */
export function ruleGroups(input: RulesInput): readonly RuleGroup[] {
  const durations = durationsOf(input);
  const context = { ...input, durations };
  return [
    {
      name: 'mailcanary-page',
      interval: durations.paging,
      rules: [
        ...standing(context),
        ...chainRecords(context),
        ...senderAlerts(context),
        ...helpdeskAlerts(context),
        ...chainAlerts(context),
        ...watchAlerts(context),
      ],
    },
    {
      name: 'mailcanary-slo',
      interval: durations.others,
      rules: [...budgetRecords(context), ...budgetAlerts(context)],
    },
    {
      name: 'mailcanary-meta',
      interval: durations.others,
      rules: [...metaAlerts(context), ...replyAlerts()],
    },
  ];
}
