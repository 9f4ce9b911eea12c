import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../base/errors.ts';
import type { SimulationReport } from '../simulation/run.ts';
import { UsageError, type CliContext } from './context.ts';
import { makeFolder } from './make-folder.ts';
import { simulationJson, simulationText } from './output/simulate.ts';
import { createStyle, table } from './output/style.ts';
import { shorten } from './output/width.ts';

export interface SimulateOptions {
  readonly list?: boolean;
  readonly every: number;
  readonly perServer?: boolean;
  readonly seed: number;
  readonly rules?: boolean;
  readonly out?: string;
  readonly format: 'text' | 'json';
}

const EXIT_WRONG_VERDICT = 1;

export async function simulateCommand(
  scenario: string | undefined,
  options: SimulateOptions,
  context: CliContext,
): Promise<number> {
  const { simulate, listScenarios } = await import('../simulation/run.ts');
  const { every: everyMs, perServer = false, seed, rules = false, out, format } = options;
  const columns = context.screen.columns();
  if (options.list === true) {
    const rows = (await listScenarios()).map(({ name, about }) => [name, about]);
    context.out(
      table(rows)
        .map((line) => `${shorten(line, columns)}\n`)
        .join(''),
    );
    return 0;
  }
  if (scenario === undefined) {
    throw new UsageError('name a scenario: mailcanary simulate --list shows those that there are');
  }
  const { signal } = context;
  if (out !== undefined) await makeOut(out);
  const startedAt = context.clock.now();
  const samples = rules || out !== undefined;
  const report = await simulate({ scenario, everyMs, perServer, seed, rules, samples, signal });
  if (report.type === 'refused') throw new UsageError(report.why);
  if (out !== undefined && report.files !== undefined) await write(out, report.files);
  const run = { everyMs, seed, tookMs: context.clock.now() - startedAt };
  const screen = { columns, style: createStyle(context.colour && context.isTerminal.out) };
  context.out(
    format === 'json' ? simulationJson(report, run) : simulationText(report, run, screen),
  );
  return report.mistakes.length === 0 ? 0 : EXIT_WRONG_VERDICT;
}

/** Before it takes its time. */
async function makeOut(folder: string): Promise<void> {
  try {
    await makeFolder(folder);
  } catch (error) {
    throw new UsageError(`${folder} cannot be written: ${messageOf(error)}`);
  }
}

async function write(folder: string, files: NonNullable<SimulationReport['files']>): Promise<void> {
  try {
    await writeFile(join(folder, 'rules.yml'), files.rules);
    await writeFile(join(folder, 'test.yml'), files.test);
  } catch (error) {
    throw new UsageError(`${folder} cannot be written: ${messageOf(error)}`);
  }
}
