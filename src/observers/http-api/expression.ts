import { createContext, Script } from 'node:vm';
import type { JSONValue } from '@jmespath-community/jmespath';
import * as z from 'zod';
import { messageOf, MonitorError } from '../../base/errors.ts';

/** What an expression gives for a value; undefined where it cannot be asked of it (a function of another type). */
export type Evaluate = (value: unknown) => unknown;

export interface Expressions {
  /** @throws MonitorError `config` for what is no JMESPath; `name` is the key that it stands in. */
  readonly compile: (text: string, name: string) => Evaluate;
  /** Runs something that evaluates. @throws MonitorError `config` where it takes longer than two seconds. */
  readonly within: <T>(work: () => T) => T;
}

/** A page takes milliseconds; only an expression that multiplies its own results takes longer. */
const LONGEST_MS = 2_000;

/** What was parsed from JSON, as the library's type has it. */
const Json = z.custom<JSONValue>();

/**
 * JMESPath cannot loop, call itself or run code, but a chain of expressions that double their
 * result grows without end; V8 stops that.
 */
export async function loadExpressions(): Promise<Expressions> {
  // Loaded when needed, from a bundle of its own.
  const { compile, TreeInterpreter } = await import('@jmespath-community/jmespath');
  return {
    compile(text, name) {
      const tree = parse(() => compile(text), name);
      return (value) => {
        try {
          return TreeInterpreter.search(tree, Json.parse(value));
        } catch {
          return undefined;
        }
      };
    },
    within(work) {
      const results: ReturnType<typeof work>[] = [];
      const run = (): void => void results.push(work());
      try {
        new Script('run()').runInContext(createContext({ run }), { timeout: LONGEST_MS });
      } catch (error) {
        if (!isTimeout(error)) throw error;
        throw fault('an expression takes more than two seconds on one page');
      }
      for (const result of results) return result;
      throw new Error('a script ended without its work');
    },
  };
}

function parse<T>(compile: () => T, name: string): T {
  try {
    return compile();
  } catch (error) {
    const said = messageOf(error).replace(/\s+/g, ' ').slice(0, 150);
    throw fault(`${name} is no JMESPath expression: ${said}`);
  }
}

/** It belongs to the other context, and so is no Error of ours. */
function isTimeout(error: unknown): boolean {
  const isObject = typeof error === 'object' && error !== null;
  return isObject && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
}

function fault(message: string): MonitorError {
  return new MonitorError(message, { reason: 'config', retryable: false });
}
