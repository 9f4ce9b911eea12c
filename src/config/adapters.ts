import type * as z from 'zod';
import { ObserverConfig } from '../observers/config.ts';
import { SenderConfig } from '../senders/config.ts';
import { ConfigError, findingsOf, pathText } from './problems.ts';

/**
 * A sender from the command line, by the same rules as in the file.
 *
 * @throws ConfigError; `option` names where it came from, such as `--smtp`, and stands for its url.
 */
export function parseSender(value: unknown, option: string): SenderConfig {
  return parse(SenderConfig, value, option);
}

/** An observer from the command line; see {@link parseSender}. */
export function parseObserver(value: unknown, option: string): ObserverConfig {
  return parse(ObserverConfig, value, option);
}

function parse<T extends z.ZodType>(schema: T, value: unknown, option: string): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = findingsOf(parsed.error.issues, value, schema).map((finding) => {
    const { path, message, hint = null } = finding;
    const text = pathText(path);
    return { path: text === 'url' ? '' : text, line: null, column: null, message, hint };
  });
  throw new ConfigError(option, problems);
}
