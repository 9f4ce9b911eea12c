import { dirname, resolve } from 'node:path';
import type * as z from 'zod';
import { FilePath } from '../base/schema.ts';
import { Secret } from '../base/secret.ts';
import type { Origins } from './origins.ts';
import type { Finding, Path } from './problems.ts';
import { childSchema, holdsSecret, isSecretList, unwrap } from './shape.ts';

/** Reads a whole file. @throws the errors of node:fs. */
export type ReadFile = (path: string) => Uint8Array;

interface Files {
  /** The configuration file: relative paths begin at its folder. */
  readonly path: string;
  readonly readFile: ReadFile;
  readonly origins: Origins;
}

export interface FilledTree {
  readonly value: unknown;
  readonly findings: readonly Finding[];
}

interface Work extends Files {
  readonly findings: Finding[];
}

/**
 * Reads the files that a tree names: `<key>_file` beside a key that the schema
 * says is a secret becomes that key, with a {@link Secret} in it; other paths
 * become absolute, and are tried.
 */
export function readFiles(tree: unknown, schema: z.core.$ZodType, files: Files): FilledTree {
  const work = { ...files, findings: [] };
  return { value: fill({ value: tree, schema, path: [] }, work), findings: work.findings };
}

interface Spot {
  readonly value: unknown;
  readonly schema: z.core.$ZodType | undefined;
  readonly path: Path;
}

function fill(spot: Spot, work: Work): unknown {
  const { value, schema, path } = spot;
  const below = (key: string | number, child: unknown): unknown =>
    fill({ value: child, schema: childSchema(schema, key, value), path: [...path, key] }, work);
  if (typeof value === 'string') {
    return unwrap(schema, undefined) === FilePath ? fillPath(value, path, work) : value;
  }
  if (Array.isArray(value)) return value.map((item: unknown, index) => below(index, item));
  if (typeof value !== 'object' || value === null) return value;
  const entries = new Map<string, unknown>(Object.entries(value));
  const filled: (readonly [string, unknown])[] = [];
  for (const [key, child] of entries) {
    const secret = childSchema(schema, key.replace(/_file$/, ''), value);
    if (!key.endsWith('_file') || !holdsSecret(secret)) filled.push([key, below(key, child)]);
    else if (entries.has(key.slice(0, -5))) clash([...path, key], work);
    else filled.push(fillSecret({ value: child, schema: secret, path: [...path, key] }, work));
  }
  return Object.fromEntries(filled);
}

function clash(path: Path, work: Work): void {
  const other = String(path.at(-1)).replace(/_file$/, '');
  work.findings.push({ path, message: `cannot stand beside ${other}`, hint: 'write one of them' });
}

function fillPath(value: string, path: Path, work: Work): string {
  if (value === '') return value;
  const file = resolve(dirname(work.path), value);
  try {
    work.readFile(file);
  } catch (error) {
    work.findings.push({
      path,
      message: `cannot be read: ${fileFault(error)}`,
      ...start(value, error),
    });
  }
  return file;
}

function start(file: string, error: unknown): Pick<Finding, 'hint'> {
  if (file.startsWith('/') || fileFault(error) !== REASONS['ENOENT']) return {};
  return { hint: 'a relative path begins at the folder of the configuration file' };
}

/** The key without `_file`, and what the file holds. */
function fillSecret(spot: Spot, work: Work): readonly [string, unknown] {
  const { value, schema, path } = spot;
  const key = String(path.at(-1)).replace(/_file$/, '');
  const own = [...path.slice(0, -1), key];
  work.origins.redirect(own, path);
  if (typeof value !== 'string' || value === '') {
    work.findings.push({ path: own, message: 'must be the path of a file' });
    return [key, value];
  }
  const file = resolve(dirname(work.path), value);
  const list = isSecretList(schema);
  try {
    if (list) return [key, readLines(file, work.readFile).map((line) => new Secret(line))];
    const read = (): string => readSecret(file, work.readFile);
    return [key, new Secret(read(), read)];
  } catch (error) {
    work.findings.push({
      path: own,
      message: `cannot be read: ${fileFault(error)}`,
      ...start(value, error),
    });
    return [key, list ? [] : value];
  }
}

/** A list of secrets, one a line; empty lines do not count. */
function readLines(file: string, readFile: ReadFile): readonly string[] {
  const lines = decodeText(readFile(file)).split(/\r?\n/);
  return lines.filter((line) => line !== '');
}

/** One line, without its end. */
function readSecret(file: string, readFile: ReadFile): string {
  const text = decodeText(readFile(file)).replace(/\r?\n$/, '');
  if (text === '') throw new FileFault('it is empty');
  if (/[\r\n]/.test(text)) throw new FileFault('it has more than one line');
  return text;
}

/** @throws TypeError where it is not UTF-8. */
export function decodeText(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
}

/** A file that can be read and yet not be used; the message says why. */
class FileFault extends Error {}

export const NO_FILE = 'there is no such file';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: NO_FILE,
  ENOTDIR: NO_FILE,
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'it is a directory',
  ENAMETOOLONG: 'its name is too long',
};

/** Why a file could not be read, without its name: by a slip that may be the secret itself. */
export function fileFault(error: unknown): string {
  if (error instanceof FileFault) return error.message;
  if (error instanceof TypeError) return 'it is not UTF-8';
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  return REASONS[code] ?? code;
}
