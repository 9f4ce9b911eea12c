import { formatDuration } from '../base/duration.ts';
import { UsageError, type CliContext } from './context.ts';
import { createScreenBlock } from './output/screen-block.ts';
import { renderStatusJson } from './output/status-json.ts';
import { statusExitCode } from './output/status-scale.ts';
import { renderStatus } from './output/status-text.ts';
import { createStyle } from './output/style.ts';
import { shorten } from './output/width.ts';
import { findFacts, type StatusFacts, type StatusQuestion } from './status-facts.ts';
import type { StatusOptions } from './status-options.ts';

/**
 * Shows the status again and again, until Ctrl-C: in place on a terminal, else a
 * block whenever something changed. Answers the last exit code.
 */
export async function watchStatus(
  question: StatusQuestion,
  options: StatusOptions,
  context: CliContext,
): Promise<number> {
  const { clock, signal } = context;
  const show =
    options.format === 'text' && context.isTerminal.out
      ? redrawing(options, context)
      : appending(options, context);
  let exitCode = 3;
  try {
    while (!signal.aborted) {
      const facts = await findFacts(question, context).catch((error: unknown) => {
        if (signal.aborted || !(error instanceof UsageError)) throw error;
        return error;
      });
      exitCode = facts instanceof UsageError ? 3 : statusExitCode(facts);
      show.facts(facts);
      await clock.sleep(options.interval, signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error; // else it was the question that Ctrl-C cut short
  } finally {
    show.stop();
  }
  return exitCode;
}

interface Shower {
  facts(facts: StatusFacts | UsageError): void;
  stop(): void;
}

function redrawing(options: StatusOptions, context: CliContext): Shower {
  const block = createScreenBlock(context);
  const style = createStyle(context.colour);
  let last: StatusFacts | UsageError | undefined;
  const draw = (): void => {
    if (last === undefined) return;
    const columns = context.screen.columns();
    const hint = `every ${formatDuration(options.interval)}, Ctrl-C ends`;
    const body =
      last instanceof UsageError
        ? [style.warn(shorten(last.message, columns))]
        : renderStatus(last, { style, columns });
    block.draw([...body, style.dim(shorten(hint, columns))]);
  };
  const forget = context.screen.onResize(draw);
  return {
    facts(facts) {
      last = facts;
      draw();
    },
    stop() {
      forget();
      block.stop();
    },
  };
}

/** For logs and pipes. JSON comes each time, for programs that wait for it. */
function appending(options: StatusOptions, context: CliContext): Shower {
  const look = { style: createStyle(false), columns: Infinity };
  let before: string | undefined;
  return {
    facts(facts) {
      if (facts instanceof UsageError) {
        if (before !== facts.message) context.err(`mailcanary: ${facts.message}\n`);
        before = facts.message;
        return;
      }
      if (options.format === 'json') {
        context.out(renderStatusJson(facts));
        return;
      }
      const text = renderStatus(facts, look).join('\n');
      const change = renderStatus({ ...facts, note: facts.source, at: 0 }, look).join('\n');
      if (change === before) return;
      context.out(before === undefined ? `${text}\n` : `\n${text}\n`);
      before = change;
    },
    stop: () => undefined,
  };
}
