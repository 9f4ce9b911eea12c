import { inspect } from 'node:util';

const REDACTED = '[redacted]';

/** A string that prints as `[redacted]` wherever it appears; `reveal()` is the only way in. */
export class Secret {
  #value: string;
  readonly #source: (() => string) | undefined;

  /** `source` reads it again where it can change: a mounted file. */
  constructor(value: string, source?: () => string) {
    this.#value = value;
    this.#source = source;
  }

  reveal(): string {
    return this.#value;
  }

  /** Whether it has a source, so that a new value needs no restart. */
  get isReread(): boolean {
    return this.#source !== undefined;
  }

  /**
   * Reads the source again, after an authentication failure. Says whether the
   * value is another now; a source that cannot be read just then keeps the old one.
   */
  refresh(): boolean {
    const before = this.#value;
    try {
      this.#value = this.#source?.() ?? before;
    } catch {
      return false; // a mounted secret is away for an instant while it is replaced
    }
    return this.#value !== before;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}

/**
 * Takes secrets out of a text that came from elsewhere (a server's reply, a
 * client library's error). Also their forms in a URL, in JSON and in base64,
 * alone or in the middle of something longer (AUTH PLAIN, XOAUTH2), of which up
 * to two letters at each end may stay. Secrets shorter than four characters are
 * not looked for.
 */
export function redact(text: string, secrets: readonly Secret[]): string {
  const forms = secrets.flatMap((secret) => formsOf(secret.reveal()));
  forms.sort((a, b) => b.length - a.length); // a secret inside another must not leave the rest of it
  return forms.reduce((clean, form) => clean.replaceAll(form, REDACTED), text);
}

const SHORTEST = 4;

function formsOf(plain: string): readonly string[] {
  if (plain.length < SHORTEST) return [];
  const bytes = Buffer.from(plain);
  const wellFormed = bytes.toString(); // encodeURIComponent throws at half a surrogate pair
  return [
    plain,
    JSON.stringify(plain).slice(1, -1),
    encodeURIComponent(wellFormed),
    new URLSearchParams({ '': wellFormed }).toString().slice(1),
    bytes.toString('base64'),
    ...[0, 1, 2].map((shift) => base64Inside(bytes, shift)),
  ];
}

/** The letters of base64 that depend on `bytes` alone when `shift` (mod 3) other bytes stand before them. */
function base64Inside(bytes: Buffer, shift: number): string {
  const shifted = Buffer.concat([Buffer.alloc(shift), bytes]);
  return shifted
    .toString('base64')
    .slice(Math.ceil((shift * 8) / 6), Math.floor((shifted.length * 8) / 6));
}
