/** One sample line, taken apart. */
export interface Sample {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
  readonly exemplar: ParsedExemplar | undefined;
}

export interface ParsedExemplar {
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
  readonly timestamp: number | undefined;
}

const NUMBER = /^(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|NaN|[+-]?Inf)$/;
const EXEMPLAR_LIMIT = 128;

export function parseNumber(text: string): number {
  if (!NUMBER.test(text)) throw new Error(`not a number: ${text}`);
  if (text === 'NaN') return Number.NaN;
  return text.endsWith('Inf') ? (text.startsWith('-') ? -Infinity : Infinity) : Number(text);
}

/** `name{labels} value [timestamp] [# {labels} value [timestamp]]`, one space between. */
export function parseSample(line: string): Sample {
  const cursor = new Cursor(line);
  const name = cursor.take(/[a-zA-Z_:][a-zA-Z0-9_:]*/y);
  const labels = cursor.peek() === '{' ? cursor.labels() : new Map<string, string>();
  cursor.take(/ /y);
  const value = parseNumber(cursor.take(/[^ ]+/y));
  if (/^ [^#]/.test(cursor.rest())) parseNumber(cursor.take(/ [^ ]+/y).slice(1));
  const exemplar = cursor.rest() === '' ? undefined : parseExemplar(cursor);
  if (cursor.rest() !== '') throw new Error(`trailing text: ${line}`);
  return { name, labels, value, exemplar };
}

function parseExemplar(cursor: Cursor): ParsedExemplar {
  cursor.take(/ # /y);
  const labels = cursor.labels();
  const length = [...labels].flat().reduce((sum, text) => sum + Array.from(text).length, 0);
  if (length > EXEMPLAR_LIMIT) throw new Error(`exemplar labels too long: ${length}`);
  const value = parseNumber(cursor.take(/ [^ ]+/y).slice(1));
  const timestamp = cursor.rest() === '' ? undefined : parseNumber(cursor.take(/ [^ ]+/y).slice(1));
  return { labels, value, timestamp };
}

/** Undoes the escapes of label values and help texts; any other escape is an error. */
export function unescape(text: string): string {
  if (/\\(?![\\"n])/.test(text.replaceAll('\\\\', ''))) throw new Error(`bad escape: ${text}`);
  return text.replace(/\\([\\"n])/g, (_, char: string) => (char === 'n' ? '\n' : char));
}

class Cursor {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  peek(): string {
    return this.#text.charAt(this.#at);
  }

  rest(): string {
    return this.#text.slice(this.#at);
  }

  take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found === undefined)
      throw new Error(`expected ${pattern.source} at ${this.#at}: ${this.#text}`);
    this.#at += found.length;
    return found;
  }

  labels(): ReadonlyMap<string, string> {
    const labels = new Map<string, string>();
    this.take(/\{/y);
    while (this.peek() !== '}') {
      if (labels.size > 0) this.take(/,/y);
      const name = this.take(/[a-zA-Z_][a-zA-Z0-9_]*/y);
      const quoted = this.take(/="(?:[^"\\]|\\.)*"/y);
      if (labels.has(name)) throw new Error(`label ${name} twice: ${this.#text}`);
      labels.set(name, unescape(quoted.slice(2, -1)));
    }
    this.take(/\}/y);
    return labels;
  }
}
