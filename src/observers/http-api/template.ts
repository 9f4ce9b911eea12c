/** What can stand in the braces of a template; absent: nothing is there. */
export interface TemplateValues {
  /** An instant on the other side's clock. */
  readonly since?: number;
  readonly page?: number;
  readonly cursor?: string;
  /** An external id. Its parts, between colons, are `{id:1}`, `{id:2}`... */
  readonly id?: string;
}

const PLACEHOLDER = /\{(\w+)(?::(\w+))?\}/g;
const TIME_FORMATS = ['iso', 'iso_ms', 's', 'ms'];

/** Why a template cannot be used, in a sentence without a subject; undefined where it can. */
export function templateFault(text: string, names: readonly string[]): string | undefined {
  for (const [whole, name = '', format] of text.matchAll(PLACEHOLDER)) {
    const isKnown =
      names.includes(name) &&
      (format === undefined ||
        (name === 'since' && TIME_FORMATS.includes(format)) ||
        (name === 'id' && /^[1-9]$/.test(format)));
    if (!isKnown) return `has ${whole}, and knows ${names.map((known) => `{${known}}`).join(', ')}`;
  }
  return undefined;
}

/** Whether a placeholder stands in it. */
export function hasPlaceholder(text: string, wanted: string): boolean {
  return [...text.matchAll(PLACEHOLDER)].some(([, name]) => name === wanted);
}

/** A path with its query. A parameter of the query that is nothing but an absent value is left out. */
export function fillPath(template: string, values: TemplateValues): string {
  const [path, query] = splitOnce(template, '?');
  const filled = replace(path, values);
  if (query === undefined) return filled;
  const parameters = query
    .split('&')
    .filter((parameter) => !isAbsent(splitOnce(parameter, '=')[1] ?? '', values))
    .map((parameter) => replace(parameter, values));
  return parameters.length === 0 ? filled : `${filled}?${parameters.join('&')}`;
}

/** Any JSON, with the templates among its texts filled; one that is nothing but a number's placeholder becomes a number. */
export function fillJson(value: unknown, values: TemplateValues): unknown {
  if (typeof value === 'string') {
    if (isAbsent(value, values)) return undefined;
    const text = value.replace(PLACEHOLDER, (_whole, name: string, format?: string) =>
      valueOf(name, format, values),
    );
    return /^\{(?:page|since:m?s)\}$/.test(value) ? Number(text) : text;
  }
  if (Array.isArray(value)) return value.map((item: unknown) => fillJson(item, values));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]: [string, unknown]) => [key, fillJson(item, values)]),
  );
}

function replace(template: string, values: TemplateValues): string {
  return template.replace(PLACEHOLDER, (_whole, name: string, format?: string) =>
    encodeURIComponent(valueOf(name, format, values)),
  );
}

function isAbsent(template: string, values: TemplateValues): boolean {
  const [, name, format] = /^\{(\w+)(?::(\w+))?\}$/.exec(template) ?? [];
  return name !== undefined && valueOf(name, format, values) === '';
}

function valueOf(name: string, format: string | undefined, values: TemplateValues): string {
  if (name === 'page') return values.page === undefined ? '' : String(values.page);
  if (name === 'cursor') return values.cursor ?? '';
  if (name === 'since') return values.since === undefined ? '' : timeText(values.since, format);
  const { id = '' } = values;
  return format === undefined ? id : (id.split(':')[Number(format) - 1] ?? '');
}

function timeText(instant: number, format = 'iso'): string {
  const at = Math.max(0, Math.floor(instant));
  if (format === 'ms') return String(at);
  if (format === 's') return String(Math.floor(at / 1_000));
  const iso = new Date(at).toISOString();
  return format === 'iso_ms' ? iso : iso.replace(/\.\d{3}Z$/, 'Z');
}

function splitOnce(text: string, separator: string): readonly [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
