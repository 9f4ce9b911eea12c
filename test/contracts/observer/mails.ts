import { randomBytes } from 'node:crypto';
import { composeMessage } from '../../../src/domain/message.ts';
import { createToken, type Token, type TokenKeys } from '../../../src/domain/token.ts';
import { TEST_KEYS, TEST_ROUTE } from '../../support/test-launch.ts';
import { contractClock } from './looks.ts';

/** Stand in every foreign mail, and nowhere in what an observer gives out. */
export const FOREIGN_WORDS = 'Aardvark invoice of a customer';

/** A canary as it would be sent, with a real token. */
export interface TestCanary {
  readonly token: Token;
  readonly headers: readonly string[];
  readonly text: string;
  readonly message: string;
}

export function testCanary(keys: TokenKeys = TEST_KEYS): TestCanary {
  const launchedAt = contractClock.now();
  const random = { bytes: (count: number) => randomBytes(count) };
  const token = createToken({ kind: 'scheduled', launchedAt, route: TEST_ROUTE, keys, random });
  const mail = composeMessage({
    id: token.id,
    token: token.token,
    probe: 'support',
    from: 'canary@probe.example',
    to: 'support@example.test',
    launchedAt,
    profile: 'automatic',
  });
  const headers = [
    `From: ${mail.from}`,
    `To: ${mail.to}`,
    `Subject: ${mail.subject}`,
    `Message-ID: ${mail.messageId}`,
    `Date: ${new Date(launchedAt).toUTCString()}`,
    ...mail.headers.map(([name, value]) => `${name}: ${value}`),
  ];
  return { token, headers, text: mail.text, message: [...headers, '', mail.text].join('\r\n') };
}

export function foreignMail(subject = FOREIGN_WORDS): string {
  const id = randomBytes(8).toString('hex');
  return [
    'From: customer@elsewhere.test',
    'To: support@example.test',
    `Subject: ${subject}`,
    `Message-ID: <${id}@elsewhere.test>`,
    '',
    `${FOREIGN_WORDS}, with a secret of theirs`,
    '',
  ].join('\r\n');
}
