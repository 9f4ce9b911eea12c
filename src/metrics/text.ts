/** A value as OpenMetrics spells it; prom-client's `Nan` is not it. */
export function renderNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (value === Infinity) return '+Inf';
  return value === -Infinity ? '-Inf' : String(value);
}

/** For label values and help texts alike: OpenMetrics escapes the quote in both. */
export function escapeText(text: string): string {
  return /[\\"\n]/.test(text)
    ? text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
    : text;
}

/** `a="x",b="y"`, without braces. */
export function renderLabels(labels: Iterable<readonly [string, string]>): string {
  return Array.from(labels, ([name, value]) => `${name}="${escapeText(value)}"`).join(',');
}

/** The descriptor lines of a family, each with its line end. */
export function renderHead(head: {
  readonly name: string;
  readonly type: string;
  readonly unit: string | undefined;
  readonly help: string;
}): string {
  const { name, type, unit, help } = head;
  const unitLine = unit === undefined ? '' : `# UNIT ${name} ${unit}\n`;
  return `# TYPE ${name} ${type}\n${unitLine}# HELP ${name} ${escapeText(help)}\n`;
}
