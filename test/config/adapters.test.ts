import { describe, expect, it } from 'vitest';
import { Secret } from '../../src/base/secret.ts';
import { parseObserver, parseSender } from '../../src/config/adapters.ts';
import { errorOf } from './support.ts';

describe('parseSender', () => {
  it('takes what the file takes, and a Secret', () => {
    const password = new Secret('p');
    const url = 'smtp://u@localhost';

    const sender = parseSender({ type: 'smtp', url, from: 'a@b', password }, '--smtp');

    expect(sender).toMatchObject({ type: 'smtp', user: 'u', password });
  });

  it('names the option instead of the url', () => {
    const error = errorOf(() =>
      parseSender({ type: 'smtp', url: 'hunter2', from: 'nobody' }, '--smtp'),
    );

    expect(error.message).toBe(
      [
        '--smtp: must begin with smtp:// or smtps://',
        '    hint: write smtps://user@host or smtps://user@host:port',
        '--smtp: from: is not a mail address',
        '    hint: write one address, such as canary@example.com',
      ].join('\n'),
    );
  });
});

describe('parseObserver', () => {
  it('asks for a password', () => {
    const value = { type: 'imap', url: 'imap://u@localhost' };

    const error = errorOf(() => parseObserver(value, '--imap'));

    expect(error.problems).toMatchObject([{ path: 'password', message: 'is missing', line: null }]);
  });
});
