import { describe, expect, it } from 'vitest';
import { json, openSandbox } from './support.ts';

describe('what the API refuses', () => {
  it.each([
    ['an unknown status', '?status=pendign', 'status'],
    ['a date with a fraction', '?modifiedSince=2018-05-04T12:00:03.000Z', 'modifiedSince'],
    ['a date without a zone', '?modifiedSince=2018-05-04T12:00:03', 'modifiedSince'],
    ['a date that does not exist', '?modifiedSince=2018-02-31T12:00:03Z', 'modifiedSince'],
    ['an unknown sort field', '?sortField=updatedAt', 'sortField'],
    ['an unknown order', '?sortOrder=up', 'sortOrder'],
    ['an unknown embed', '?embed=thread', 'embed'],
    ['page 0', '?page=0', 'page'],
    ['a mailbox that is no id', '?mailbox=support', 'mailbox'],
    ['a parameter that does not exist', '?modified_since=2018-05-04T12:00:03Z', 'modified_since'],
    ['a parameter given twice', '?status=all&status=spam', 'status'],
    ['a query without parentheses', '?query=subject:"x"', 'query'],
    ['a query with an unknown field', '?query=(topic:"x")', 'query'],
    ['a query that does not end', '?query=(subject:"x"', 'query'],
  ])('a list with %s: 400', async (_what, query, path) => {
    const { ask } = await openSandbox();

    const reply = await ask(`/v2/conversations${query}`);

    expect(reply.status).toBe(400);
    expect(reply.headers.get('content-type')).toBe('application/vnd.error+json');
    expect(await reply.json()).toMatchObject({
      message: 'Bad request',
      _embedded: { errors: [{ path, source: 'QUERY' }] },
    });
  });

  it.each([
    ['an unknown path', 'GET', '/v2/conversation', 404],
    ['an unknown conversation', 'GET', '/v2/conversations/1', 404],
    ['an unknown mailbox', 'GET', '/v2/mailboxes/86', 404],
    ['a method that is not there', 'PUT', '/v2/conversations', 405],
    ['a PATCH that is no JSON', 'PATCH', '/v2/conversations/100200301', 415],
    ['a list without a token endpoint of its own', 'GET', '/v2/oauth2/token', 405],
  ])('%s', async (...[, method, path, status]) => {
    const { ask, send } = await openSandbox();
    await send();

    const reply = await ask(path, { method });

    expect(reply.status).toBe(status);
  });

  it.each([
    ['another operation', { op: 'add', path: '/status', value: 'closed' }, 'op'],
    ['another path', { op: 'replace', path: '/state', value: 'closed' }, 'path'],
    ['a status that does not exist', { op: 'replace', path: '/status', value: 'done' }, 'value'],
    ['more than is asked for', { op: 'replace', path: '/status', value: 'closed', by: 1 }, ''],
  ])('a PATCH with %s: 400', async (_what, body, path) => {
    const { ask, send } = await openSandbox();
    await send();

    const reply = await ask('/v2/conversations/100200301', { method: 'PATCH', ...json(body) });

    expect(reply.status).toBe(400);
    expect(await reply.json()).toMatchObject({ _embedded: { errors: [{ path, source: 'JSON' }] } });
  });

  it.each([
    ['no url', { events: ['convo.created'], secret: 'x' }],
    ['no events', { url: 'http://127.0.0.1/', events: [], secret: 'x' }],
    ['an unknown event', { url: 'http://127.0.0.1/', events: ['convo.made'], secret: 'x' }],
    ['no secret', { url: 'http://127.0.0.1/', events: ['convo.created'] }],
    [
      'a secret of 41',
      { url: 'http://127.0.0.1/', events: ['convo.created'], secret: 'x'.repeat(41) },
    ],
    [
      'another version',
      { url: 'http://127.0.0.1/', events: ['convo.created'], secret: 'x', payloadVersion: 'V1' },
    ],
    ['a url that is none', { url: 'here', events: ['convo.created'], secret: 'x' }],
  ])('a webhook with %s: 400', async (_what, body) => {
    const { ask } = await openSandbox();

    const reply = await ask('/v2/webhooks', { method: 'POST', ...json(body) });

    expect(reply.status).toBe(400);
  });
});

describe('tokens', () => {
  it.each([
    ['no grant', { client_id: 'id', client_secret: 's' }, 400, 'invalid_request'],
    ['another grant', { grant_type: 'password' }, 400, 'unsupported_grant_type'],
    [
      'a wrong secret',
      { grant_type: 'client_credentials', client_id: 'i', client_secret: 's' },
      401,
      'invalid_client',
    ],
  ])('%s', async (...[, fields, status, error]) => {
    const { helpdesk } = await openSandbox();

    const body = new URLSearchParams(fields as Record<string, string>);
    const reply = await fetch(`${helpdesk.url}/v2/oauth2/token`, { method: 'POST', body });

    expect(reply.status).toBe(status);
    expect(await reply.json()).toMatchObject({ error });
  });

  it('are had by form, by JSON and by query alike', async () => {
    const { helpdesk, sandbox } = await openSandbox();
    const { appId, appSecret } = sandbox.credentials;
    const secret = appSecret.reveal();
    const fields = { grant_type: 'client_credentials', client_id: appId, client_secret: secret };
    const url = `${helpdesk.url}/v2/oauth2/token`;

    const replies = await Promise.all([
      fetch(url, { method: 'POST', body: new URLSearchParams(fields) }),
      fetch(url, { method: 'POST', ...json(fields) }),
      fetch(`${url}?${new URLSearchParams(fields).toString()}`, { method: 'POST' }),
    ]);

    for (const reply of replies) {
      expect(await reply.json()).toMatchObject({ token_type: 'bearer', expires_in: 172_800 });
    }
  });

  it('are needed, expire and can be revoked', async () => {
    const { ask, clock, sandbox, token } = await openSandbox();
    const status = async (value: string): Promise<number> =>
      (await ask('/v2/users/me', { headers: { Authorization: value } })).status;
    const first = await token();

    expect(await status('')).toBe(401);
    expect(await status('Bearer nonsense')).toBe(401);
    expect(await status(`Basic ${first}`)).toBe(401);
    expect(await status(`Bearer ${first}`)).toBe(200);
    await clock.advance(172_799_999);
    expect(await status(`Bearer ${first}`)).toBe(200);
    await clock.advance(1);
    expect(await status(`Bearer ${first}`)).toBe(401);
    const second = await token();
    sandbox.helpdesk.revokeTokens();
    expect(await status(`Bearer ${second}`)).toBe(401);
  });
});
