import type * as z from 'zod';
import { MonitorError } from '../base/errors.ts';
import { exampleOf } from './examples.ts';
import { childSchema, knownKeys, valueAt } from './shape.ts';
import { findNearest } from './suggest.ts';

export type Path = readonly (string | number)[];

/** Where something stands in the file; both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** What is wrong, before it is known where in the file that is. No text of these repeats a value. */
export interface Finding {
  readonly path: Path;
  readonly message: string;
  readonly hint?: string | undefined;
  /** The key that was probably meant by this one; that it is missing is no second problem. */
  readonly meant?: Path | undefined;
  /** Where it is known already: what YAML itself complains about. */
  readonly at?: Position;
}

/** One thing to mend, for a person. */
export interface Problem {
  /** `probes.support.late_after`; empty for the file as a whole. */
  readonly path: string;
  /** Null where there is no file, or nothing of it could be read. */
  readonly line: number | null;
  readonly column: number | null;
  readonly message: string;
  readonly hint: string | null;
}

/** A configuration that cannot be used, with everything that is wrong with it. */
export class ConfigError extends MonitorError {
  readonly problems: readonly Problem[];

  /** `source`: the file, or the option of the command line, that the problems are in. */
  constructor(source: string, problems: readonly Problem[]) {
    super(problems.map((problem) => formatProblem(problem, source)).join('\n'), {
      reason: 'config',
      retryable: false,
    });
    this.problems = problems;
  }
}

/** `mailcanary.yaml:12: probes.support.to: is missing`, and the hint on a line of its own. */
export function formatProblem(problem: Problem, source: string): string {
  const { path, line, message, hint } = problem;
  const place = line === null ? source : `${source}:${line}`;
  const sentence = [place, path, message].filter((part) => part !== '').join(': ');
  return hint === null ? sentence : `${sentence}\n    hint: ${hint}`;
}

/**
 * A path as a person reads it. Keys come from the file, where a password may
 * stand for a key by a slip of the pen: only what looks like a name is repeated.
 */
export function pathText(path: Path): string {
  let text = '';
  for (const key of path) {
    if (typeof key === 'number') text += `[${key}]`;
    else text += (text === '' ? '' : '.') + (isPlain(key) ? key : '?');
  }
  return text;
}

function isPlain(key: string): boolean {
  return /^[a-z][a-z0-9_-]{0,40}$/i.test(key) || /^[A-Z][a-z]+(?:[/. ][A-Z][a-z]+)*$/.test(key);
}

/** What zod found, in our sentences. `tree` is what was parsed with `schema`. */
export function findingsOf(
  issues: readonly z.core.$ZodIssue[],
  tree: unknown,
  schema: z.core.$ZodType,
): readonly Finding[] {
  return issues.flatMap((issue) => {
    const path = issue.path.map((key) => (typeof key === 'number' ? key : String(key)));
    if (issue.code === 'unrecognized_keys') {
      const known = keysAt(path, tree, schema);
      return issue.keys.map((key) => unknownKey([...path, key], known));
    }
    return [{ path, ...sentence(issue, valueAt(tree, path), path) }];
  });
}

function keysAt(path: Path, tree: unknown, root: z.core.$ZodType): readonly string[] {
  let schema: z.core.$ZodType | undefined = root;
  path.forEach((key, index) => {
    schema = childSchema(schema, key, valueAt(tree, path.slice(0, index)));
  });
  return knownKeys(schema, valueAt(tree, path));
}

function unknownKey(path: Path, known: readonly string[]): Finding {
  const near = findNearest(String(path.at(-1)), known);
  const list = known.filter((key) => !key.endsWith('_file') || key === 'ca_file');
  const hint =
    near === undefined ? `the keys here are ${list.join(', ')}` : `did you mean ${near}?`;
  const meant = near === undefined ? undefined : [...path.slice(0, -1), near.replace(/_file$/, '')];
  return { path, message: 'is not a key that exists here', hint, meant };
}

type Sentence = Pick<Finding, 'message' | 'hint'>;

function sentence(issue: z.core.$ZodIssue, value: unknown, path: Path): Sentence {
  if (issue.message === 'is missing') return custom(issue, path);
  if (value === undefined) return { message: 'is missing', hint: exampleOf(path) };
  if (value === null) return { message: 'has no value', hint: exampleOf(path) };
  if (value === '') return { message: 'is empty', hint: exampleOf(path) };
  switch (issue.code) {
    case 'invalid_type':
      return wrongType(issue.expected, value, path);
    case 'too_small':
    case 'too_big':
      return outOfBounds(issue);
    case 'invalid_value':
      return oneOf(issue.values.map(String), value);
    case 'invalid_union':
      return issue.discriminator === undefined || !('options' in issue)
        ? wrongType('string', value, path)
        : oneOf((issue.options ?? []).map(String), value);
    case 'invalid_key':
      return (
        issue.issues.map((inner) => custom(inner, path)).at(0) ?? {
          message: 'has a key that is not allowed',
        }
      );
    case 'custom':
      return custom(issue, path);
    case 'invalid_format':
    case 'not_multiple_of':
    case 'unrecognized_keys':
    case 'invalid_element':
      return { message: 'is not written as it must be', hint: exampleOf(path) };
  }
}

function wrongType(expected: string, value: unknown, path: Path): Sentence {
  if (expected === 'object' || expected === 'record') {
    const message = 'must be a mapping of keys to values';
    return {
      message,
      hint: exampleOf(path) ?? 'write key: value, one a line, further to the right',
    };
  }
  if (expected === 'array') return { message: 'must be a list', hint: exampleOf(path) };
  if (expected !== 'string') return { message: `must be a ${expected}`, hint: exampleOf(path) };
  const quotes = typeof value === 'object' ? exampleOf(path) : 'put it in quotes';
  return { message: 'must be text', hint: quotes };
}

function outOfBounds(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): Sentence {
  const [limit, side] =
    issue.code === 'too_small' ? [issue.minimum, 'least'] : [issue.maximum, 'most'];
  const unit = issue.origin === 'string' ? ' characters' : '';
  return { message: `must be at ${side} ${String(limit)}${unit}` };
}

function oneOf(words: readonly string[], value: unknown): Sentence {
  const near = typeof value === 'string' ? findNearest(value, words) : undefined;
  return {
    message: words.length === 1 ? `must be ${words.join()}` : `must be one of ${words.join(', ')}`,
    hint: near === undefined || words.length === 1 ? undefined : `did you mean ${near}?`,
  };
}

function custom(issue: z.core.$ZodIssue, path: Path): Sentence {
  const hint: unknown = issue.code === 'custom' ? issue.params?.['hint'] : undefined;
  return { message: issue.message, hint: typeof hint === 'string' ? hint : exampleOf(path) };
}
