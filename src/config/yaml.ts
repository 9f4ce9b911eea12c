import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type ErrorCode,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { Origins } from './origins.ts';
import type { Finding, Path, Position } from './problems.ts';

/** A YAML file as plain values, and where each was written. */
export interface YamlTree {
  readonly value: unknown;
  readonly origins: Origins;
  readonly findings: readonly Finding[];
}

interface Reading {
  /** What each alias stands for. */
  readonly targets: ReadonlyMap<unknown, unknown>;
  readonly lines: LineCounter;
  readonly origins: Origins;
  readonly findings: Finding[];
  /** Nodes left: aliases of aliases can make a few lines into millions of values. */
  left: number;
  /** Mappings and lists that are being read: an alias inside its own anchor would never end. */
  readonly open: Set<unknown>;
}

const MOST_NODES = 50_000;
const DEEPEST = 20;

/** Reads YAML 1.2 with merge keys (`<<`). A text that is no YAML has findings and no value. */
export function parseYaml(text: string): YamlTree {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false, // they quote the line, and with it the password in it
    uniqueKeys: false, // we say which key, and where it stood first
    logLevel: 'error',
  });
  const origins = new Origins();
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0) {
    const findings = faults.map(({ code, pos }) => ({
      path: [],
      at: position(lines, pos[0]),
      ...syntaxFault(code),
    }));
    return { value: undefined, origins, findings: firstOfEachLine(findings) };
  }
  const reading: Reading = {
    targets: aliasTargets(document),
    lines,
    origins,
    findings: [],
    left: MOST_NODES,
    open: new Set(),
  };
  const value = read(document.contents, [], reading);
  return { value, origins, findings: reading.findings };
}

function position(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}

/** One slip makes YAML complain several times. */
function firstOfEachLine<T extends { readonly at: Position }>(findings: readonly T[]): T[] {
  const lines = findings.map((finding) => finding.at.line);
  return findings.filter((finding, index) => lines.indexOf(finding.at.line) === index);
}

/** The last anchor of that name above each alias. (`Alias.resolve` walks the document each time.) */
function aliasTargets(document: Document.Parsed): ReadonlyMap<unknown, unknown> {
  const anchors = new Map<string, unknown>();
  const targets = new Map<unknown, unknown>();
  visit(document, {
    Node(_key, node) {
      if (isAlias(node)) targets.set(node, anchors.get(node.source));
      else if (node.anchor !== undefined) anchors.set(node.anchor, node);
    },
  });
  return targets;
}

function read(node: unknown, path: Path, reading: Reading): unknown {
  if (isScalar(node)) return node.value;
  const target = isAlias(node) ? reading.targets.get(node) : node;
  if (isAlias(node) && target === undefined) {
    reading.findings.push({
      path,
      message: 'is an alias (*) of an anchor (&) that is not above it',
    });
  }
  if (isScalar(target)) return target.value;
  if (!isMap(target) && !isSeq(target)) return null;
  if (!enter(target, path, reading)) return null;
  const value = isMap(target) ? readMap(target, path, reading) : readList(target, path, reading);
  reading.open.delete(target);
  return value;
}

/** Whether a mapping or list may be read: not inside itself, not too deep, not too much. */
function enter(node: YAMLMap | YAMLSeq, path: Path, reading: Reading): boolean {
  reading.left -= node.items.length + 1;
  const message = 'is nested too deeply, or its aliases make it too large';
  if (reading.left >= 0 && path.length <= DEEPEST && !reading.open.has(node)) {
    reading.open.add(node);
    return true;
  }
  const said = reading.findings.some((finding) => finding.message === message);
  if (!said) reading.findings.push({ path, message }); // once: a bomb would say it for each value
  return false;
}

function readList(list: YAMLSeq, path: Path, reading: Reading): unknown {
  return list.items.map((item, index) => {
    const own = [...path, index];
    reading.origins.add(own, positionOf(item, reading));
    return read(item, own, reading);
  });
}

function readMap(map: YAMLMap, path: Path, reading: Reading): unknown {
  const entries = new Map<string, unknown>();
  for (const pair of map.items) {
    if (isMergeKey(pair.key)) readMerge(pair.value, path, { reading, entries });
  }
  const lines = new Map<string, number>();
  for (const pair of map.items) {
    if (isMergeKey(pair.key)) continue;
    const key = readKey(pair, path, reading);
    if (key === undefined) continue;
    const own = [...path, key];
    const at = positionOf(pair.key, reading);
    const first = lines.get(key);
    if (first !== undefined) {
      const message = `is there twice, first on line ${first}`;
      const hint = 'take one out, or give it another name';
      reading.findings.push({ path: own, at, message, hint });
      continue;
    }
    lines.set(key, at.line);
    reading.origins.add(own, at);
    entries.set(key, read(pair.value, own, reading));
  }
  return Object.fromEntries(entries);
}

function isMergeKey(key: unknown): boolean {
  return isScalar(key) && key.value === '<<' && key.type === 'PLAIN';
}

interface Merge {
  readonly reading: Reading;
  readonly entries: Map<string, unknown>;
}

/** `<<: *base` and `<<: [*one, *two]`: what is not written here comes from there, the first named first. */
function readMerge(node: unknown, path: Path, merge: Merge): void {
  const { reading, entries } = merge;
  const target = isAlias(node) ? reading.targets.get(node) : node;
  if (isSeq(target) && target.items.every((item) => isAlias(item))) {
    for (const item of [...target.items].reverse()) readMerge(item, path, merge);
    return;
  }
  if (!isMap(target)) {
    const message = 'has a << that names no mapping above it';
    reading.findings.push({ path, message, hint: 'write <<: *anchor' });
    return;
  }
  const merged = read(target, path, reading);
  if (typeof merged !== 'object' || merged === null) return;
  for (const [key, value] of Object.entries(merged)) entries.set(key, value);
}

/** The key of a pair; undefined, with a finding, where there is none that can be used. */
function readKey(
  pair: { readonly key: unknown; readonly value: unknown },
  path: Path,
  reading: Reading,
): string | undefined {
  const { key } = pair;
  const at = positionOf(key, reading);
  if (pair.value === null) {
    const hint = 'write key: value, with a space behind the colon';
    reading.findings.push({ path, at, message: 'has a key without a value', hint });
    return undefined;
  }
  const text = isScalar(key) ? (key.source ?? String(key.value)) : '';
  if (text !== '' && text !== '__proto__') return text;
  reading.findings.push({ path, at, message: 'has a key that is not a name' });
  return undefined;
}

function positionOf(node: unknown, reading: Reading): Position {
  const offset = isNode(node) ? node.range?.[0] : undefined;
  return position(reading.lines, offset ?? 0);
}

/** YAML's complaints without what they quote from the file. */
function syntaxFault(code: ErrorCode): Pick<Finding, 'message' | 'hint'> {
  return FAULTS[code] ?? { message: 'is not YAML from here on' };
}

const FAULTS: Partial<Record<ErrorCode, Pick<Finding, 'message' | 'hint'>>> = {
  BAD_ALIAS: { message: 'an anchor (&) or alias (*) without a name' },
  BAD_DIRECTIVE: { message: 'a line that begins with % is not allowed here' },
  BAD_DQ_ESCAPE: {
    message: 'an unknown escape with \\ in a text in double quotes',
    hint: "write \\\\ for a backslash, or use single quotes: '...'",
  },
  BAD_INDENT: {
    message: 'the indentation is wrong, or a bracket is not closed',
    hint: 'close brackets above this line; begin the keys of one mapping in one column',
  },
  BAD_SCALAR_START: {
    message: 'a value cannot begin with this character',
    hint: 'put it in quotes',
  },
  BLOCK_AS_IMPLICIT_KEY: {
    message: 'two keys on one line, or a colon in a value',
    hint: 'put a value with a colon in quotes',
  },
  MISSING_CHAR: {
    message: 'a quote, bracket or colon is missing here or above',
    hint: 'write key: value, with a space behind the colon',
  },
  MULTILINE_IMPLICIT_KEY: {
    message: 'a colon is missing here',
    hint: 'write key: value, with a space behind the colon',
  },
  MULTIPLE_DOCS: { message: 'a second document begins here', hint: 'take the line --- out' },
  TAB_AS_INDENT: { message: 'a tab indents this line', hint: 'use spaces' },
  TAG_RESOLVE_FAILED: { message: 'a tag (!) that means nothing here', hint: 'leave it out' },
  UNEXPECTED_TOKEN: {
    message: 'something stands here that does not belong to the value',
    hint: 'put the whole value in quotes',
  },
};
