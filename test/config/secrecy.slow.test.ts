import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/load.ts';
import { ConfigError } from '../../src/config/problems.ts';
import { ENV, FIXTURES } from './support.ts';

/** Has a bit of everything that YAML, URLs and the substitution find special. */
const PLANTED = 'Zq7xW2vK9p';
const SECRETS = [PLANTED, `${PLANTED}:tail`, `${PLANTED}@x/y#z`, `a-\${${PLANTED}}`, `%${PLANTED}`];

const FULL = [
  'token_keys: ["SECRET-and-more-of-it"]',
  'senders:',
  '  relay:',
  '    type: smtp',
  '    url: "smtp://canary:SECRET@mail.example.com"',
  '    from: canary@probe.example.com',
  '  cloud:',
  '    type: smtp',
  '    url: "smtp://canary@mail.example.com"',
  '    oauth2: { token_url: "https://h/t", client_id: abc, client_secret: SECRET }',
  '    from: canary@probe.example.com',
  'observers:',
  '  plain: { type: imap, url: "imaps://canary@mail.example.com", password: "SECRET" }',
  'probes:',
  '  support: { sender: relay, to: support@example.com, observer: plain }',
  '',
].join('\n');

/** One slip of a person at a keyboard: a stretch is lost, doubled, moved, or a special character gets in. */
const slip = fc.record({
  at: fc.nat(FULL.length + 40),
  length: fc.nat(12),
  kind: fc.constantFrom('lose', 'double', 'insert', 'join', 'unspace'),
  text: fc.constantFrom(
    ':',
    ' ',
    '\n',
    '"',
    "'",
    '{',
    '}',
    '[',
    '- ',
    '#',
    '&',
    '*',
    '!',
    '\t',
    ',',
  ),
});
type Slip = typeof slip extends fc.Arbitrary<infer T> ? T : never;

function apply(text: string, { at, length, kind, text: added }: Slip): string {
  const [head, middle, tail] = [
    text.slice(0, at),
    text.slice(at, at + length),
    text.slice(at + length),
  ];
  switch (kind) {
    case 'lose':
      return head + tail;
    case 'double':
      return head + middle + middle + tail;
    case 'insert':
      return head + added + middle + tail;
    case 'join':
      return head + (middle + tail).replace('\n', '');
    case 'unspace':
      return head + (middle + tail).replace(/: |, /, ':');
  }
}

function messageOf(text: string): string {
  try {
    const config = parseConfig(text, { path: 'a.yaml', env: ENV, readFile: readFileSync });
    return JSON.stringify(config.warnings);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message + JSON.stringify(error.problems);
  }
}

describe('a secret in the file', () => {
  it('is in no message, whatever else is wrong', () => {
    const input = fc.tuple(
      fc.constantFrom(...SECRETS),
      fc.array(slip, { minLength: 1, maxLength: 4 }),
    );
    fc.assert(
      fc.property(input, ([secret, slips]) => {
        const text = slips.reduce(apply, FULL.replaceAll('SECRET', secret));

        const message = messageOf(text);

        for (let start = 0; start + 5 <= PLANTED.length; start += 1) {
          expect(message).not.toContain(PLANTED.slice(start, start + 5));
        }
      }),
      { numRuns: 600 },
    );
  });

  it('is in no message when it stands at the place of any other value', () => {
    const files = readdirSync(`${FIXTURES}/good`).filter((name) => name.endsWith('.yaml'));
    for (const file of files) {
      const path = `${FIXTURES}/good/${file}`;
      const text = readFileSync(path, 'utf8');
      for (const match of text.matchAll(/(?<=: )[^\s{},[\]][^\n,}]*/g)) {
        const planted =
          text.slice(0, match.index) + PLANTED + text.slice(match.index + match[0].length);
        expect(messageOf(planted)).not.toContain(PLANTED);
      }
    }
  });
});

describe('any text', () => {
  it('is a configuration or has a ConfigError', () => {
    fc.assert(
      fc.property(fc.array(slip, { maxLength: 25 }), (slips) => {
        expect(typeof messageOf(slips.reduce(apply, FULL))).toBe('string');
      }),
      { numRuns: 200 },
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(typeof messageOf(text)).toBe('string');
      }),
    );
  });
});
