import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Secret } from '../base/secret.ts';
import type { LedgerUrl } from '../ledger/url.ts';
import { crossFindings, warningsOf } from './checks.ts';
import { substituteEnv, type Environment } from './env.ts';
import { environment } from './environment.ts';
import { decodeText, fileFault, NO_FILE, readFiles, type ReadFile } from './files.ts';
import type { Origins } from './origins.ts';
import { ConfigError, findingsOf, type Finding, type Path, type Problem } from './problems.ts';
import { ConfigFile, type Config } from './schema.ts';
import { parseYaml } from './yaml.ts';

/** What a configuration is read with, besides its text. */
export interface ConfigSource {
  /** Of the configuration file: for messages, and where relative paths begin. */
  readonly path: string;
  readonly env: Environment;
  readonly readFile: ReadFile;
}

/**
 * Reads and checks a configuration file, with the environment of the process.
 *
 * @throws ConfigError with every problem at once.
 */
export async function loadConfig(path: string): Promise<Config> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw new ConfigError(path, [unreadable(error)]);
  }
  return parseConfig(decodeFile(bytes, path), { path, env: environment, readFile: readFileSync });
}

function decodeFile(bytes: Uint8Array, path: string): string {
  try {
    return decodeText(bytes);
  } catch {
    const line = firstBadLine(bytes);
    const hint = 'save the file in UTF-8';
    const column = line === null ? null : 1;
    throw new ConfigError(path, [
      { path: '', line, column, message: 'this line is not in UTF-8', hint },
    ]);
  }
}

function firstBadLine(bytes: Uint8Array): number | null {
  const lines = Buffer.from(bytes).toString('latin1').split('\n');
  const index = lines.findIndex((line) => {
    try {
      decodeText(Buffer.from(line, 'latin1'));
      return false;
    } catch {
      return true;
    }
  });
  return index < 0 ? null : index + 1;
}

function unreadable(error: unknown): Problem {
  const fault = fileFault(error);
  const hint = fault === NO_FILE ? ELSEWHERE : null;
  return { path: '', line: null, column: null, message: `cannot be read: ${fault}`, hint };
}

const ELSEWHERE =
  'name another with --config, or write one as README.md shows; for a canary without any see mailcanary probe --help';

/**
 * Checks the text of a configuration file.
 *
 * @throws ConfigError with every problem at once, in the order of their lines.
 */
export function parseConfig(text: string, source: ConfigSource): Config {
  const yaml = parseYaml(text);
  const { origins } = yaml;
  if (!isMapping(yaml.value)) {
    const found = yaml.findings.length > 0 ? yaml.findings : [notMapping(yaml.value)];
    throw new ConfigError(source.path, locate(found, origins));
  }
  const env = substituteEnv(yaml.value, source.env);
  const files = readFiles(env.value, ConfigFile, { ...source, origins });
  const parsed = ConfigFile.safeParse(files.value);
  const known = [...yaml.findings, ...env.findings, ...files.findings];
  const found = [
    ...(parsed.success ? [] : findingsOf(parsed.error.issues, files.value, ConfigFile)),
    ...crossFindings(files.value),
  ];
  const problems = locate([...known, ...withoutEchoes(found, known)], origins);
  if (!parsed.success || problems.length > 0) throw new ConfigError(source.path, problems);
  return {
    ...assemble(parsed.data, source),
    warnings: locate(warningsOf(parsed.data, files.value), origins),
  };
}

function isMapping(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function notMapping(value: unknown): Finding {
  if (value === null) return { path: [], message: 'the file is empty' };
  const message = 'the file is no mapping of keys to values';
  return { path: [], message, hint: 'begin with a key at the start of a line, such as probes:' };
}

/** A value that could not be had, or whose key is misspelt, gives no second problem. */
function withoutEchoes(
  findings: readonly Finding[],
  known: readonly Finding[],
): readonly Finding[] {
  const startsWith = (path: Path, start: Path): boolean =>
    start.every((key, index) => path[index] === key);
  const misspelt = findings.flatMap(({ meant }) => (meant === undefined ? [] : [meant.join('.')]));
  return findings
    .filter(({ path }) => !known.some((first) => startsWith(path, first.path)))
    .filter(({ path, message }) => message !== 'is missing' || !misspelt.includes(path.join('.')));
}

function locate(findings: readonly Finding[], origins: Origins): readonly Problem[] {
  const problems = findings.map((finding) => origins.locate(finding));
  return problems.sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
}

function assemble(file: ConfigFile, { path, env }: ConfigSource): Omit<Config, 'warnings'> {
  const { vantage, ledger, token_keys: tokenKeys, server, senders, observers } = file;
  return {
    path,
    vantage,
    ledger: { ...ledger, url: ledgerUrl(ledger.url, { path, env }) },
    tokenKeys,
    server,
    senders,
    observers,
    probes: Object.entries(file.probes).map(([name, probe]) => ({ name, ...probe })),
    maintenance: file.maintenance,
    alerts: file.alerts,
    heartbeat: file.heartbeat,
    loss: file.loss,
    metrics: file.metrics,
  };
}

/** As PostgreSQL's own programs do, a password that is nowhere else is taken from the environment. */
function ledgerUrl(url: LedgerUrl, { path, env }: Pick<ConfigSource, 'path' | 'env'>): LedgerUrl {
  if (typeof url === 'string') return `sqlite:${resolve(dirname(path), url)}`;
  const password = env('PGPASSWORD') ?? '';
  return url.password !== undefined || password === ''
    ? url
    : { ...url, password: new Secret(password) };
}
