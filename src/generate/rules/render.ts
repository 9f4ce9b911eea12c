import { Document, isMap, isScalar, isSeq, visit } from 'yaml';
import { ruleGroups } from './groups.ts';
import type { RulesInput } from './input.ts';
import type { Alert, Rule } from './rule.ts';

const HEADER = ` Alert rules of mailcanary, for Prometheus 2.42 or later. Generated: change the configuration and run
 \`mailcanary rules\` again, rather than this file. Thresholds come from what the monitor exports
 (late_after, suspect_after, interval, look interval); durations and windows from the configuration.
 Words: acceptance, horizon, head, stragglers and so on are explained in README.md.`;

/** The rule file for Prometheus. */
export function renderRules(input: RulesInput): string {
  const groups = ruleGroups(input);
  const document = new Document({
    groups: groups.map(({ name, interval, rules }) => ({
      name,
      interval,
      rules: rules.map((rule) => contentOf(rule, input)),
    })),
  });
  document.commentBefore = HEADER;
  const whys = groups.flatMap(({ rules }) => rules.map(({ why }) => why));
  comment(document, whys);
  return document.toString({ lineWidth: 0, indentSeq: true, singleQuote: true });
}

function contentOf(rule: Rule, input: RulesInput): Record<string, unknown> {
  if ('record' in rule) return { record: rule.record, expr: rule.expr };
  return {
    alert: rule.alert,
    expr: rule.expr,
    ...(rule.for === undefined ? {} : { for: rule.for }),
    ...(rule.keepFiringFor === undefined ? {} : { keep_firing_for: rule.keepFiringFor }),
    labels: labelsOf(rule),
    annotations: {
      summary: rule.summary,
      description: rule.description,
      runbook_url: `${input.runbooks}/${rule.alert}.md`,
      dashboard_url: dashboardOf(rule, input),
    },
  };
}

function labelsOf(rule: Alert): Record<string, string> {
  const { severity, team, culprit, labels } = rule;
  return { severity, team, ...(culprit === undefined ? {} : { culprit }), ...labels };
}

function dashboardOf(rule: Alert, { dashboards }: RulesInput): string {
  const page = `${dashboards}/mailcanary-${rule.dashboard}`;
  return rule.ofProbe === true ? `${page}?var-probe={{ $labels.probe }}` : page;
}

/** Puts the reasons over the rules, and a free line between those. */
function comment(document: Document, whys: readonly (string | undefined)[]): void {
  let index = 0;
  visit(document, {
    Pair(_key, pair) {
      if (!isScalar(pair.key) || pair.key.value !== 'rules' || !isSeq(pair.value)) return;
      for (const rule of pair.value.items) {
        const why = whys[index];
        index += 1;
        if (isMap(rule) && why !== undefined) rule.commentBefore = ` ${why}`;
      }
    },
  });
}
