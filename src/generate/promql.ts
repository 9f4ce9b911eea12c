import { CATALOG, type FamilyName } from '../metrics/catalog.ts';
import { labelNames, sampleNames, type Family } from '../metrics/family.ts';

/** What one label must be: this value, or one of these. */
export type Matchers = Readonly<Record<string, string | readonly string[]>>;

/** Labels that Prometheus adds to what it scrapes. */
const TARGET_LABELS = ['job', 'instance'];

/**
 * The selector of a gauge or a counter of the catalog. A metric that is not there does not compile;
 * a label or a label value that it never has throws.
 */
export function sample(name: FamilyName, matchers: Matchers = {}): string {
  const family: Family = CATALOG[name];
  const [own] = sampleNames(name, family.type);
  if (own === undefined || family.type === 'histogram') throw unknown(name, 'has no sample alone');
  return own + select(name, matchers);
}

/** The selector of the buckets of a histogram of the catalog. */
export function buckets(name: FamilyName, matchers: Matchers = {}): string {
  const family: Family = CATALOG[name];
  const own = sampleNames(name, family.type).find((each) => each.endsWith('_bucket'));
  if (own === undefined) throw unknown(name, 'is no histogram');
  return own + select(name, matchers);
}

function select(name: FamilyName, matchers: Matchers): string {
  const family: Family = CATALOG[name];
  for (const [label, wanted] of Object.entries(matchers)) {
    if (![...TARGET_LABELS, ...labelNames(family)].includes(label)) {
      throw unknown(name, `has no label ${label}`);
    }
    const split = family.type === 'histogram' ? undefined : family.split;
    if (split?.label !== label) continue;
    const strange = [wanted].flat().find((value) => !split.values.includes(value));
    if (strange !== undefined) throw unknown(name, `is never of ${label} ${strange}`);
  }
  return braces(matchers);
}

function unknown(name: string, what: string): TypeError {
  return new TypeError(`metric ${name} ${what}`);
}

/** `{a="x",b=~"y|z"}`; nothing where nothing is asked for. The values are names of ours or plain words. */
export function braces(matchers: Matchers): string {
  const parts = Object.entries(matchers).map(([label, wanted]) =>
    typeof wanted === 'string'
      ? `${label}="${wanted}"`
      : `${label}=~"${wanted.map(quoteRegex).join('|')}"`,
  );
  return parts.length === 0 ? '' : `{${parts.join(',')}}`;
}

/** Within a string of PromQL, where a backslash is written twice. */
function quoteRegex(value: string): string {
  return value.replace(/[.+]/g, '\\\\$&');
}

/** A template whose lines lose the indentation of the source, and whose inserted lines keep their own. */
export function promql(strings: TemplateStringsArray, ...values: readonly unknown[]): string {
  let text = '';
  for (const [index, part] of strings.raw.entries()) {
    text += part;
    if (index < values.length) {
      const indent = /(?:^|\n)( *)[^\n]*$/.exec(text)?.[1] ?? '';
      text += String(values[index]).replaceAll('\n', `\n${indent}`);
    }
  }
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const depth = Math.min(...lines.map((line) => line.length - line.trimStart().length));
  return lines.map((line) => line.slice(depth).trimEnd()).join('\n');
}
