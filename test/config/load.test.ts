import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/load.ts';
import { ENV, errorOf, fileWith, FIXTURES, parse } from './support.ts';

function loadGood(name: string) {
  const path = `${FIXTURES}/good/${name}.yaml`;
  return parseConfig(readFileSync(path, 'utf8'), { path, env: ENV, readFile: readFileSync });
}

describe('a minimal file', () => {
  it('gets the defaults', () => {
    const config = loadGood('minimal');

    expect(config.vantage).toBe('default');
    expect(config.ledger).toEqual({
      url: `sqlite:${FIXTURES}/good/mailcanary.db`,
      keepMs: 90 * 86_400_000,
    });
    expect(config.probes).toEqual([
      {
        name: 'support',
        role: 'target',
        sender: 'relay',
        observer: 'plain',
        front: [],
        to: 'support@example.com',
        schedule: { everyMs: 60_000 },
        policy: {
          suspectAfterMs: 180_000,
          lateAfterMs: 600_000,
          lostAfterMs: 21_600_000,
          forgetAfterMs: 259_200_000,
        },
      },
    ]);
    expect(config.warnings).toEqual([]);
  });
});

describe('schedules', () => {
  const config = loadGood('schedule');

  it('are cron expressions in their time zone, UTC unless another is written', () => {
    expect(config.probes.map((probe) => probe.schedule)).toEqual([
      { cron: '*/5 8-18 * * 1-5', timezone: 'Europe/Berlin' },
      { cron: '0 2 * * *', timezone: 'UTC' },
    ]);
    expect(config.warnings.map(({ path, line, message }) => ({ path, line, message }))).toEqual([
      { path: 'probes.nightly.cron', line: 13, message: 'is read in UTC' },
    ]);
  });

  it('have windows of maintenance, once or again and again', () => {
    expect(config.maintenance).toEqual([
      {
        probes: ['office'],
        reason: 'backup',
        when: { schedule: { cron: '0 2 * * 0', timezone: 'UTC' }, forMs: 7_200_000 },
      },
      {
        probes: null,
        reason: 'move',
        when: { since: Date.UTC(2026, 11, 1, 22), until: Date.UTC(2026, 11, 1, 23, 30) },
      },
    ]);
  });
});

describe('a full file', () => {
  const config = loadGood('full');

  it('has all its parts', () => {
    expect(config.vantage).toBe('eu-west-1');
    expect(Object.keys(config.senders)).toEqual(['relay', 'cloud']);
    expect(Object.keys(config.observers)).toEqual([
      'helpdesk',
      'plain',
      'desk',
      'account',
      'shared',
      'spool',
    ]);
    expect(config.warnings).toEqual([]);
  });

  it('makes paths relative to itself', () => {
    expect(config.ledger.url).toBe(`sqlite:${FIXTURES}/good/data/mailcanary.db`);
    expect(config.senders.relay?.caFile).toBe(`${FIXTURES}/good/secrets/ca.pem`);
  });

  it('reads secrets from files, without the end of the line', () => {
    expect(config.senders.relay?.password?.reveal()).toBe('from-a-file-1');
    expect(config.senders.cloud?.oauth2?.refreshToken?.reveal()).toBe('from-a-file-1');
    expect(config.tokenKeys.map((key) => key.reveal())).toEqual([
      'first-key-in-a-file-0123456789',
      'second-key-in-a-file-0123456789',
    ]);
  });

  it('puts the environment in, and $${ stands for ${', () => {
    const { helpdesk } = config.observers;
    expect(helpdesk).toMatchObject({ type: 'imap' });
    const password = helpdesk?.type === 'imap' ? helpdesk.password : undefined;
    expect(password?.reveal()).toBe('pre-hunter2secret-${literal}');
  });

  it('takes merge keys, of which what is written wins', () => {
    expect(config.probes[1]?.policy).toEqual({
      ...config.probes[0]?.policy,
      lostAfterMs: 86_400_000,
    });
    const { plain, helpdesk } = config.observers;
    expect(plain).toMatchObject({ tls: 'none' });
    const foldersOf = (observer: typeof plain): unknown =>
      observer?.type === 'imap' ? observer.folders : undefined;
    expect(foldersOf(plain)).toEqual(foldersOf(helpdesk));
  });

  it('prints no secret', () => {
    expect(JSON.stringify(config)).not.toMatch(/hunter2|from-a-file|key-in-a-file/);
  });
});

describe('a secret from a file', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mailcanary-config-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function passwordFrom(file: string) {
    const text = fileWith({ sender: `, user: canary, password_file: "${file}"` });
    const path = join(folder, 'mailcanary.yaml');
    return parseConfig(text, { path, env: ENV, readFile: readFileSync }).senders.relay?.password;
  }

  it('is read again by refresh()', () => {
    writeFileSync(join(folder, 'secret'), 'old\n');
    const password = passwordFrom('secret');

    writeFileSync(join(folder, 'secret'), 'new\r\n');

    expect(password?.refresh()).toBe(true);
    expect(password?.reveal()).toBe('new');
  });

  it('stays as it was while the file is away or empty', () => {
    writeFileSync(join(folder, 'secret'), 'old');
    const password = passwordFrom('secret');

    writeFileSync(join(folder, 'secret'), '');
    expect(password?.refresh()).toBe(false);
    rmSync(join(folder, 'secret'));
    expect(password?.refresh()).toBe(false);
    expect(password?.reveal()).toBe('old');
  });

  it('loses one end of line and no other space', () => {
    writeFileSync(join(folder, 'secret'), ' a b \n');

    expect(passwordFrom('secret')?.reveal()).toBe(' a b ');
  });
});

describe('the environment', () => {
  it('is not read as YAML and not substituted again', () => {
    const text = fileWith({ sender: ', user: canary, password: "${TRICKY}"' });
    const env = (name: string) => (name === 'TRICKY' ? '"}: ${ENV} #\n$&' : ENV(name));

    const config = parseConfig(text, { path: 'a.yaml', env, readFile: readFileSync });

    expect(config.senders.relay?.password?.reveal()).toBe('"}: ${ENV} #\n$&');
  });

  it('goes into every text, not only secrets', () => {
    const env = (name: string) => (name === 'ROLE' ? 'control' : ENV(name));
    const text = fileWith({ probe: ', role: "${ROLE}"' });

    const config = parseConfig(text, { path: 'a.yaml', env, readFile: readFileSync });

    expect(config.probes[0]?.role).toBe('control');
  });

  it('names no missing variable that may be part of a password', () => {
    const text = fileWith({ sender: ', user: canary, password: "a${hunter2}b"' });

    expect(errorOf(() => parse(text)).message).toMatch(
      /senders\.relay\.password: names an environment variable that is not set\n.*\$\$\{/,
    );
  });
});

describe('ledger.url', () => {
  it.each([
    ['sqlite:x.db', `${FIXTURES}/good/x.db`],
    ['sqlite:../x.db', `${FIXTURES}/x.db`],
    ['sqlite:/var/x.db', '/var/x.db'],
  ])('%s', (url, path) => {
    expect(parse(fileWith({ top: `ledger: { url: "${url}" }` })).ledger.url).toBe(`sqlite:${path}`);
  });

  it.each(['sqlite:', 'sqlite://x.db', 'sqlite::memory:', 'sqlite:x.db?mode=ro', 'x.db', 'file:x'])(
    'refuses %s',
    (url) => {
      const error = errorOf(() => parse(fileWith({ top: `ledger: { url: "${url}" }` })));
      expect(error.problems.map((problem) => problem.path)).toEqual(['ledger.url']);
    },
  );
});

describe('names', () => {
  it('that every object has are no names of this file', () => {
    const error = errorOf(() =>
      parse(fileWith({}).replace('sender: relay', 'sender: constructor')),
    );
    expect(error.message).toContain('probes.support.sender: names no sender of this file');
  });

  it.each(['__proto__', 'a.b', '-a', 'A', 'a'.repeat(64)])('cannot be %s', (name) => {
    const error = errorOf(() => parse(fileWith({}).replaceAll('support: {', `${name}: {`)));
    expect(error.problems).toHaveLength(1);
  });

  it.each(['constructor', '0', '1a', 'a'.repeat(63)])('can be %s', (name) => {
    expect(parse(fileWith({}).replaceAll('support: {', `${name}: {`)).probes[0]?.name).toBe(name);
  });
});

describe('warnings', () => {
  it.each([
    [fileWith({ probe: ', role: control' }), 'probes', 'has controls only, and no target'],
    [
      fileWith({}).replace('to: support@', 'to: C@'),
      'probes.support.to',
      'is also the address that the canaries come from',
    ],
    [
      fileWith({})
        .replace(
          'probes: {',
          'probes: { c: { sender: b, observer: plain, to: a@b.c, role: control },',
        )
        .replace(
          'senders: {',
          'senders: { b: { type: smtp, url: "smtp://localhost", from: d@example.com },',
        ),
      'probes.c.sender',
      'is the sender of this control and of no target',
    ],
    [
      fileWith({}).replace(
        'senders: {',
        'senders: { b: { type: smtp, url: "smtp://localhost", from: d@example.com },',
      ),
      'senders.b',
      'is used by no probe',
    ],
    [
      fileWith({})
        .replace('imaps://canary', 'imap://canary')
        .replace('password: secret', 'password: secret, tls: none'),
      'observers.plain.tls',
      'lets the password go over the network in the clear',
    ],
  ])('case %#', (text, path, message) => {
    expect(parse(text).warnings.map((warning) => [warning.path, warning.message])).toEqual([
      [path, message],
    ]);
  });
});
