import { pino } from 'pino';
import type { Logger } from '../base/logger.ts';
import type { CliContext } from './context.ts';

/** JSON lines on stderr: level and time in words, errors with their stack, secrets by their own toJSON. */
export function createLog(context: CliContext, level: string): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date(context.clock.now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: context.err },
  );
}
