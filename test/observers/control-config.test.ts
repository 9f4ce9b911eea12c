import { describe, expect, it } from 'vitest';
import { parseObserver } from '../../src/config/adapters.ts';
import { errorOf } from '../config/support.ts';

const URL = 'https://desk.example.com';
const VIEWS = { mails: { path: '/mails?page={page}', places: ['inbox'] } };
const FIELDS = { id: 'id', subject: 'subject' };

/** The least that each one has to be told. */
const LOOKERS: Readonly<Record<string, object>> = {
  imap: { url: 'imap://canary@127.0.0.1', password: 'p' },
  helpscout: { app_id: 'a', app_secret: 's', mailbox_id: 1 },
  zammad: { url: URL, token: 't' },
  rt: { url: URL, token: 't', queue: 'General' },
  freescout: { url: URL, api_key: 'k', mailbox_id: 1 },
  jmap: { url: URL, token: 't' },
  sql: {
    url: 'sqlite:/var/lib/desk.db',
    query: 'select id from mails where id > :cursor limit :limit',
  },
  http: { url: URL, views: VIEWS, fields: FIELDS },
  maildir: { path: '/var/mail/canary/Maildir' },
};

describe.each(Object.entries(LOOKERS))('the positive control of %s', (type, keys) => {
  it('reads every five minutes, or as often as is wanted, or never', () => {
    const parse = (own: object) => parseObserver({ type, ...keys, ...own }, 'observer');

    expect(parse({})).toMatchObject({ control: { manner: 'read', everyMs: 300_000 } });
    expect(parse({ positive_control_every: '90s' })).toMatchObject({
      control: { everyMs: 90_000 },
    });
    expect(parse({ positive_control: 'off' })).toMatchObject({ control: undefined });
  });

  it('is of no other manner', () => {
    const wrong = { type, ...keys, positive_control: 'sometimes' };

    const error = errorOf(() => parseObserver(wrong, 'observer'));

    expect(error.problems).toMatchObject([{ path: 'positive_control' }]);
  });
});

it('a webhook shows nothing, so it has none', () => {
  const wrong = { type: 'webhook', secret: 's', positive_control: 'read' };

  const error = errorOf(() => parseObserver(wrong, 'observer'));

  expect(error.message).toContain('positive_control');
});
