import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { messageOf } from '../base/errors.ts';
import { load } from './api.ts';
import { UsageError, type CliContext } from './context.ts';
import { makeFolder } from './make-folder.ts';
import { rulesInputOf } from '../rules-input.ts';

interface DashboardsOptions {
  readonly config: string;
  readonly defaults?: boolean;
  readonly outputDir: string;
}

const EXAMPLES = `
Examples:
  mailcanary dashboards --output-dir /var/lib/grafana/dashboards
  mailcanary dashboards --defaults

Five files for Grafana 10 or later, to be imported or provisioned: overview, one probe, loss, slo, monitor. They read
what the monitor exports and what the rules record (mailcanary rules), and draw the lines of late_after and of the
section alerts: of the configuration. Write them again after you changed one of these.
`;

export function addDashboards(program: Command, context: CliContext): void {
  program
    .command('dashboards')
    .description('write dashboards for Grafana that fit the configuration')
    .option('-c, --config <file>', 'configuration', 'mailcanary.yaml')
    .option('--defaults', 'those of a monitor with default settings; reads no configuration')
    .option('--output-dir <folder>', 'where to; it is made where it is missing', '.')
    .addHelpText('after', EXAMPLES)
    .action((options: DashboardsOptions) => dashboards(options, context));
}

async function dashboards(options: DashboardsOptions, context: CliContext): Promise<void> {
  const { renderDashboards } = await import('../generate/dashboards/render.ts');
  const { DEFAULT_INPUT } = await import('../generate/rules/input.ts');
  const { outputDir } = options;
  const input = options.defaults === true ? DEFAULT_INPUT : rulesInputOf(await load(options));
  for (const { file, text } of renderDashboards(input)) {
    const path = join(outputDir, file);
    try {
      await makeFolder(outputDir);
      await writeFile(path, text);
    } catch (error) {
      throw new UsageError(`cannot write ${path}: ${messageOf(error)}`);
    }
    context.out(`${path}\n`);
  }
}
