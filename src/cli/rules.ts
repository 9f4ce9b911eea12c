import type { Command } from 'commander';
import { load } from './api.ts';
import { rulesInputOf } from '../rules-input.ts';
import type { CliContext } from './context.ts';

interface RulesOptions {
  readonly config: string;
  readonly defaults?: boolean;
}

const EXAMPLES = `
Examples:
  mailcanary rules > /etc/prometheus/rules/mailcanary.yml
  mailcanary rules --defaults | promtool check rules

Thresholds follow what the monitor exports; windows, durations and links follow late_after of the probes
and the section alerts: of the configuration (job, scrape_interval, objective, stragglers_to_page,
runbooks, dashboards). Generate them again after you changed one of these.
`;

export function addRules(program: Command, context: CliContext): void {
  program
    .command('rules')
    .description('print the alert rules for Prometheus that fit the configuration')
    .option('-c, --config <file>', 'configuration', 'mailcanary.yaml')
    .option('--defaults', 'those of a monitor with default settings; reads no configuration')
    .addHelpText('after', EXAMPLES)
    .action(async (options: RulesOptions) => context.out(await rules(options)));
}

async function rules(options: RulesOptions): Promise<string> {
  const { renderRules } = await import('../generate/rules/render.ts');
  const { DEFAULT_INPUT } = await import('../generate/rules/input.ts');
  return renderRules(options.defaults === true ? DEFAULT_INPUT : rulesInputOf(await load(options)));
}
