import type { Command } from 'commander';
import { load } from './api.ts';
import type { CliContext } from './context.ts';

interface AlertmanagerOptions {
  readonly config: string;
  readonly defaults?: boolean;
}

const EXAMPLES = `
Examples:
  mailcanary alertmanager > /etc/prometheus/alertmanager.yml
  mailcanary alertmanager --defaults

Pages about the helpdesk, pages about our own mail and monitoring, tickets, and the dead man's switch go to the
webhooks of the configuration (alerts.webhooks: helpdesk_pages, monitoring_pages, tickets, deadman); those that
it does not name are left as https://alerts.example.com/... to be filled in.
`;

export function addAlertmanager(program: Command, context: CliContext): void {
  program
    .command('alertmanager')
    .description('print a configuration for Alertmanager that routes the alerts')
    .option('-c, --config <file>', 'configuration', 'mailcanary.yaml')
    .option('--defaults', 'with nothing but placeholders; reads no configuration')
    .addHelpText('after', EXAMPLES)
    .action(async (options: AlertmanagerOptions) => {
      const { renderAlertmanager } = await import('../generate/alertmanager/render.ts');
      const { DEFAULT_INPUT } = await import('../generate/rules/input.ts');
      const none = { webhooks: {}, scrapeIntervalMs: DEFAULT_INPUT.scrapeIntervalMs };
      context.out(
        renderAlertmanager(options.defaults === true ? none : (await load(options)).alerts),
      );
    });
}
