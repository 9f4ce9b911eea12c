import { readdir, readFile } from 'node:fs/promises';
import { isNode, LineCounter, parseDocument, type Document } from 'yaml';
import type * as z from 'zod';
import { messageOf, MonitorError } from '../base/errors.ts';
import { ScenarioFile } from './config.ts';

/** A scenario that was read; durations in milliseconds from its start. */
export type Scenario = ScenarioFile;

/** Scenarios that come with the program lie beside this module, also in the bundle. */
const FOLDER = new URL('./scenarios/', import.meta.url);

/** The names of the scenarios that come with the program. */
export async function scenarioNames(): Promise<readonly string[]> {
  const files = await readdir(FOLDER);
  return files
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length))
    .sort();
}

/**
 * Reads a scenario: one that comes with the program by its name, any other by
 * its path (with a slash or a dot in it).
 *
 * @throws MonitorError `config`, with the line of each mistake
 */
export async function loadScenario(nameOrPath: string): Promise<Scenario> {
  const isPath = /[/\\.]/.test(nameOrPath);
  if (!isPath) {
    const names = await scenarioNames();
    if (!names.includes(nameOrPath)) {
      throw wrong(`there is no scenario "${nameOrPath}"; there are: ${names.join(', ')}`);
    }
  }
  const file = isPath ? nameOrPath : new URL(`${nameOrPath}.yaml`, FOLDER);
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw wrong(`${nameOrPath} cannot be read: ${messageOf(error)}`);
  });
  return parseScenario(text, isPath ? nameOrPath : `${nameOrPath}.yaml`);
}

/** @throws MonitorError `config`: one line for each mistake, `file:line: path: what is wrong` */
export function parseScenario(text: string, source: string): Scenario {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    logLevel: 'error',
  });
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0) {
    const said = faults.map(({ pos, message }) => {
      const summary = message.split('\n', 1)[0] ?? '';
      return `${source}:${lines.linePos(pos[0]).line}: ${summary}`;
    });
    throw wrong(said.join('\n'));
  }
  const tree: unknown = document.toJS({ maxAliasCount: 100 });
  const parsed = ScenarioFile.safeParse(tree);
  if (parsed.success) return parsed.data;
  const findings = parsed.error.issues.flatMap(flatten).map(({ path, message }) => ({
    line: lineOf(document, lines, path),
    said: [pathText(path), message].filter((part) => part !== '').join(': '),
  }));
  findings.sort((a, b) => a.line - b.line);
  throw wrong(findings.map(({ line, said }) => `${source}:${line}: ${said}`).join('\n'));
}

interface Finding {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** An issue in our words. */
function flatten(issue: z.core.$ZodIssue): readonly Finding[] {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: [...path, key],
      message: 'is not a key that exists here',
    }));
  }
  if (issue.code === 'invalid_union') {
    const inner = nearestBranch(issue.errors).flatMap((one) =>
      flatten({ ...one, path: [...path, ...one.path] }),
    );
    return inner.length > 0 ? inner : [{ path, message: 'is not written as it must be' }];
  }
  if (issue.code === 'invalid_type' && issue.input === undefined) {
    return [{ path, message: issue.message.includes('undefined') ? 'is missing' : issue.message }];
  }
  return [{ path, message: issue.message }];
}

type Issues = readonly z.core.$ZodIssue[];

/** Of the forms that something can have, the one that was probably meant: its keys are there, and it was read deepest. */
function nearestBranch(branches: readonly Issues[]): Issues {
  const strangers = (issues: Issues): number =>
    issues.filter(
      ({ code, path }) =>
        code === 'unrecognized_keys' || (code === 'invalid_type' && path.length === 0),
    ).length;
  const depth = (issues: Issues): number => Math.max(0, ...issues.map(({ path }) => path.length));
  const ranked = [...branches].sort((a, b) => strangers(a) - strangers(b) || depth(b) - depth(a));
  return ranked[0] ?? [];
}

/** The line of a value, or of the nearest thing around it that is there. */
function lineOf(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node: unknown = document.getIn(path.slice(0, length), true);
    const offset = isNode(node) ? node.range?.[0] : undefined;
    if (offset !== undefined) return lines.linePos(offset).line;
  }
  return 1;
}

function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((key, index) =>
      typeof key === 'number' ? `[${key}]` : `${index > 0 ? '.' : ''}${String(key)}`,
    )
    .join('');
}

function wrong(message: string): MonitorError {
  return new MonitorError(message, { reason: 'config', retryable: false });
}
