import { describe, expect, it } from 'vitest';
import { ServerConfig } from '../../src/config/server.ts';

describe('server:', () => {
  it('has defaults', () => {
    expect(ServerConfig.parse({})).toEqual({
      listen: { host: '127.0.0.1', port: 9925 },
      accessToken: undefined,
      allowedHosts: [],
      hooks: undefined,
    });
  });

  it.each([
    [{}, { listen: { host: '127.0.0.1', port: 9926 }, basePath: '' }],
    [
      { listen: '0.0.0.0:80', base_path: '/hook' },
      { listen: { host: '0.0.0.0', port: 80 }, basePath: '/hook' },
    ],
    [{ base_path: '/a/b-1/' }, { listen: { host: '127.0.0.1', port: 9926 }, basePath: '/a/b-1' }],
  ])('takes webhooks as %j', (hooks, expected) => {
    expect(ServerConfig.parse({ hooks }).hooks).toEqual(expected);
  });

  it.each(['hook', '/a//b', '/:id', '/a b', '/*', '/a?b', '//'])('no hooks below "%s"', (path) => {
    expect(ServerConfig.safeParse({ hooks: { base_path: path } }).success).toBe(false);
  });

  it.each([
    ['0.0.0.0:0', { host: '0.0.0.0', port: 0 }],
    ['[::1]:9925', { host: '::1', port: 9925 }],
    ['[::]:80', { host: '::', port: 80 }],
    ['Monitor.example.com:65535', { host: 'monitor.example.com', port: 65_535 }],
  ])('listens on %s', (text, listen) => {
    expect(ServerConfig.parse({ listen: text }).listen).toEqual(listen);
  });

  it.each([
    '9925',
    ':9925',
    'localhost',
    '::1:9925',
    '[::1]',
    '[localhost]:1',
    'a:65536',
    'a:-1',
    'http://a:1',
    'a b:1',
    '',
  ])('does not listen on "%s"', (listen) => {
    expect(ServerConfig.safeParse({ listen }).success).toBe(false);
  });

  it.each([
    [{ access_token: 'short' }, 'must be at least 16 characters'],
    [{ access_token: 'sixteen and more letters' }, 'must be one word of ASCII'],
    [{ allowed_hosts: ['a:1'] }, 'is not the name of a host'],
    [{ allowed_hosts: ['*.example.com'] }, 'is not the name of a host'],
    [{ acces_token: 'x' }, 'Unrecognized key'],
  ])('refuses %j', (section, message) => {
    const { error } = ServerConfig.safeParse(section);

    expect(error?.message).toContain(message);
  });

  it('takes a token without showing it', () => {
    const config = ServerConfig.parse({ access_token: '0123456789abcdef', allowed_hosts: ['A.b'] });

    expect(config.accessToken?.reveal()).toBe('0123456789abcdef');
    expect(JSON.stringify(config)).not.toContain('0123456789abcdef');
    expect(config.allowedHosts).toEqual(['a.b']);
  });
});
