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

  /** Reads the source again, after an authentication failure. Says whether the value is another now. */
  refresh(): boolean {
    const value = this.#source?.() ?? this.#value;
    const changed = value !== this.#value;
    this.#value = value;
    return changed;
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
 * client library's error). Also their base64 forms, since SMTP and IMAP carry
 * credentials so. Secrets shorter than four characters are not looked for.
 */
export function redact(text: string, secrets: readonly Secret[]): string {
  let clean = text;
  for (const secret of secrets) {
    const plain = secret.reveal();
    if (plain.length < 4) continue;
    const forms = [plain, encodeURIComponent(plain), Buffer.from(plain).toString('base64')];
    for (const form of forms) clean = clean.replaceAll(form, REDACTED);
  }
  return clean;
}
