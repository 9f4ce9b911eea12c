import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseConfig } from '../../src/config/load.ts';
import { ConfigError } from '../../src/config/problems.ts';
import type { Config } from '../../src/config/schema.ts';

export const FIXTURES = fileURLToPath(new URL('../fixtures/config', import.meta.url));

const VARIABLES: Readonly<Record<string, string>> = {
  MAILCANARY_TOKEN_KEY: 'kH7vQ2xLp9sRt4WzYb1n',
  IMAP_PASSWORD: 'hunter2secret',
  OAUTH_SECRET: 'oauth-secret',
  EMPTY: '',
};

export function ENV(name: string): string | undefined {
  return VARIABLES[name];
}

export function parse(text: string): Config {
  return parseConfig(text, {
    path: `${FIXTURES}/good/test.yaml`,
    env: ENV,
    readFile: readFileSync,
  });
}

export function errorOf(body: () => unknown): ConfigError {
  try {
    body();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** A file with the parts that a test does not care about. */
export function fileWith(parts: {
  readonly top?: string;
  readonly sender?: string;
  readonly observer?: string;
  readonly probe?: string;
}): string {
  const { top = '', sender = '', observer = '', probe = '' } = parts;
  return [
    'token_keys: ["${MAILCANARY_TOKEN_KEY}"]',
    top,
    `senders: { relay: { type: smtp, url: "smtp://localhost", from: c@example.com ${sender} } }`,
    `observers: { plain: { type: imap, url: "imaps://canary@mail.example.com", password: secret ${observer} } }`,
    `probes: { support: { sender: relay, observer: plain, to: support@example.com ${probe} } }`,
    '',
  ].join('\n');
}
