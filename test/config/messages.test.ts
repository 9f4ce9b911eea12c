import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeText } from '../../src/config/files.ts';
import { loadConfig, parseConfig } from '../../src/config/load.ts';
import { ConfigError } from '../../src/config/problems.ts';
import { ENV, errorOf, FIXTURES } from './support.ts';

const BAD = `${FIXTURES}/bad`;
const names = readdirSync(BAD)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => basename(name, '.yaml'));

describe('every bad file has its exact message', () => {
  it.each(names.filter((name) => name !== 'utf8'))('%s', (name) => {
    const path = `${BAD}/${name}.yaml`;
    const text = decodeText(readFileSync(path));

    const error = errorOf(() => parseConfig(text, { path, env: ENV, readFile: readFileSync }));

    expect(error.message.replaceAll(`${BAD}/`, '')).toBe(
      readFileSync(`${BAD}/${name}.txt`, 'utf8').trimEnd(),
    );
    expect(error.message).not.toContain('hunter2');
  });

  it('says which line is not UTF-8', async () => {
    const error: unknown = await loadConfig(`${BAD}/utf8.yaml`).catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(ConfigError);
    expect(String(error)).toContain(readFileSync(`${BAD}/utf8.txt`, 'utf8').trimEnd());
  });

  it('has at least 25 files, and none without its message', () => {
    const messages = readdirSync(BAD).filter((name) => name.endsWith('.txt'));

    expect(names.length).toBeGreaterThanOrEqual(25);
    expect(messages.map((name) => basename(name, '.txt'))).toEqual(names);
  });
});

describe('a file that cannot be read', () => {
  it.each([
    [
      'nowhere.yaml',
      'cannot be read: there is no such file\n    hint: name another with --config, or',
    ],
    ['', 'cannot be read: it is a directory'],
    ['empty.yaml/nested', 'cannot be read: there is no such file'],
  ])('%s', async (name, message) => {
    await expect(loadConfig(`${BAD}/${name}`)).rejects.toThrow(`${BAD}/${name}: ${message}`);
  });
});

describe('a problem', () => {
  it('names path, line, column, message and hint apart', () => {
    const text = 'token_keys: ["0123456789abcdef"]\nprobes:\n  support: { to: 1 }\n';

    const error = errorOf(() =>
      parseConfig(text, { path: 'a.yaml', env: ENV, readFile: readFileSync }),
    );

    expect(error.reason).toBe('config');
    expect(error.retryable).toBe(false);
    expect(error.problems).toContainEqual({
      path: 'probes.support.to',
      line: 3,
      column: 14,
      message: 'must be text',
      hint: 'put it in quotes',
    });
  });
});
