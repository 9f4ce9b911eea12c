import MailComposer from 'nodemailer/lib/mail-composer';
import PostalMime from 'postal-mime';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../src/base/secret.ts';
import {
  composeMessage,
  TOKEN_HEADER,
  type CanaryMessage,
  type HeaderProfile,
} from '../../src/domain/message.ts';
import { recogniseTokens } from '../../src/domain/token-text.ts';
import { createToken, type TokenKeys } from '../../src/domain/token.ts';
import { createFakeRandom } from '../support/fake-random.ts';
import { T0 } from './samples.ts';

const KEYS: TokenKeys = [new Secret('the key of this year, long enough')];
const { id, token } = createToken({
  kind: 'scheduled',
  launchedAt: T0,
  route: { vantage: 'default', probe: 'support', path: '' },
  keys: KEYS,
  random: createFakeRandom(),
});

function compose(profile: HeaderProfile = 'automatic', probe = 'support'): CanaryMessage {
  return composeMessage({
    id,
    token,
    probe,
    from: 'canary@monitor.example.com',
    to: 'support@example.org',
    launchedAt: T0,
    profile,
  });
}

describe('composeMessage', () => {
  test('carries the token in subject, body, a header of its own and the Message-ID', () => {
    const message = compose();

    expect(message.subject).toBe(`mailcanary ${token}`);
    expect(message.messageId).toBe(`<${token}@monitor.example.com>`);
    expect(message.text).toContain(`Token: ${token}\n`);
    expect(message.headers).toContainEqual([TOKEN_HEADER, token]);
    expect(message).toMatchObject({
      id,
      from: 'canary@monitor.example.com',
      to: 'support@example.org',
      date: T0,
    });
  });

  test.each<readonly [HeaderProfile, readonly string[]]>([
    ['automatic', [TOKEN_HEADER, 'Auto-Submitted', 'X-Auto-Response-Suppress']],
    ['plain', [TOKEN_HEADER]],
  ])('the profile "%s" has just these headers', (profile, expected) => {
    expect(compose(profile).headers.map(([name]) => name)).toEqual(expected);
  });

  test('says that it is automatic in the words of RFC 3834 and of Exchange', () => {
    expect(compose('automatic').headers).toEqual([
      [TOKEN_HEADER, token],
      ['Auto-Submitted', 'auto-generated'],
      ['X-Auto-Response-Suppress', 'All'],
    ]);
  });

  test('is plain ASCII in short lines: nothing has to encode it', () => {
    const { subject, text } = compose();

    expect(subject + text).toMatch(/^[\x20-\x7e\n]*$/);
    expect(text.split('\n').filter((line) => line.length > 78)).toEqual([]);
  });

  test('names neither the ledger nor the machine, only probe, time and token', () => {
    expect(compose().text).toContain('"support"');
    expect(compose().text).toContain(`Sent:  ${new Date(T0).toISOString()}`);
  });
});

describe('on its way', () => {
  test.each<readonly [string, HeaderProfile, string]>([
    ['automatic', 'automatic', 'support'],
    ['plain', 'plain', 'support'],
    [
      'a name that needs an encoding',
      'automatic',
      'Prüfung des Posteingangs, sehr lang: '.repeat(3),
    ],
  ])(
    'every place of the token is read back from the MIME form (%s)',
    async (...[, profile, probe]) => {
      const raw = await mimeOf(compose(profile, probe));

      const mail = await PostalMime.parse(raw);

      const header = (name: string): string =>
        mail.headers.find((one) => one.key === name.toLowerCase())?.value ?? '';
      for (const text of [mail.subject, header(TOKEN_HEADER), mail.messageId, mail.text]) {
        expect(recogniseTokens(text ?? '', KEYS).tokens.map((one) => one.token)).toEqual([token]);
      }
      expect(mail.messageId).toBe(`<${token}@monitor.example.com>`);
    },
  );

  test('and from its raw text, folds and encodings still in it', async () => {
    const raw = await mimeOf(compose('automatic', 'Prüfung'));

    expect(recogniseTokens(raw, KEYS).tokens.map((one) => one.token)).toEqual([token]);
  });

  test('no line is longer than 78 characters but for those that are one word', async () => {
    const raw = await mimeOf(compose());

    const lines = raw.split(/\r?\n/).filter((line) => line.length > 78);
    expect(lines.filter((line) => !/^(?:\S+:)? ?\S+$/.test(line))).toEqual([]);
    expect(lines.filter((line) => line.length > 998)).toEqual([]);
  });
});

/** As a sender writes it. */
async function mimeOf(message: CanaryMessage): Promise<string> {
  const composer = new MailComposer({
    from: message.from,
    to: message.to,
    subject: message.subject,
    messageId: message.messageId,
    date: new Date(message.date),
    headers: message.headers.map(([key, value]) => ({ key, value })),
    text: message.text,
  });
  return (await composer.compile().build()).toString('latin1');
}
