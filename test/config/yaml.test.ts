import { describe, expect, it } from 'vitest';
import { parseYaml } from '../../src/config/yaml.ts';

describe('parseYaml', () => {
  it.each([
    ['a: 1\nb: [x, true, null]', { a: 1, b: ['x', true, null] }],
    ['\ufeffa: 1\r\nb: 2\r\n', { a: 1, b: 2 }],
    ['007: x', { '007': 'x' }],
    ['a: yes\nb: 2001-01-01', { a: 'yes', b: '2001-01-01' }],
    ['a: &x { b: 1 }\nc: *x', { a: { b: 1 }, c: { b: 1 } }],
    ['a: &x 1\nb: *x\nc: &x 2\nd: *x', { a: 1, b: 1, c: 2, d: 2 }],
    ['a: &x { b: 1, c: 2 }\nd: { <<: *x, c: 3 }', { a: { b: 1, c: 2 }, d: { b: 1, c: 3 } }],
    [
      'a: &x { k: 1 }\nb: &y { k: 2, l: 2 }\nc: { <<: [*x, *y] }',
      { a: { k: 1 }, b: { k: 2, l: 2 }, c: { k: 1, l: 2 } },
    ],
    ['"<<": 1', { '<<': 1 }],
    ['', null],
  ])('%j', (text, value) => {
    const tree = parseYaml(text);

    expect(tree.findings).toEqual([]);
    expect(tree.value).toEqual(value);
  });

  it.each([
    ['a: &x { <<: *x }', 'is nested too deeply, or its aliases make it too large', 'a'],
    ['a: { <<: 1 }', 'has a << that names no mapping above it', 'a'],
    ['a: &x { b: *x }', 'is nested too deeply, or its aliases make it too large', 'a.b'],
    ['{a: 1}: 2', 'has a key that is not a name', ''],
    ['__proto__: 2', 'has a key that is not a name', ''],
    [
      `a: ${'['.repeat(30)}${']'.repeat(30)}`,
      'is nested too deeply, or its aliases make it too large',
      'a',
    ],
  ])('refuses %j', (text, message, start) => {
    const { findings, origins } = parseYaml(text);

    expect(findings.map((finding) => finding.message)).toEqual([message]);
    expect(findings.map((finding) => origins.locate(finding).path)[0]).toMatch(
      new RegExp(`^${start}`),
    );
  });

  it('knows where a value was written, also through an alias', () => {
    const { origins } = parseYaml('a: &x\n  b: 1\nc:\n  - *x\n');

    const { line, column } = origins.locate({ path: ['c', 0, 'b'], message: '' });

    expect([line, column]).toEqual([2, 3]);
    expect(origins.locate({ path: ['c', 0, 'missing'], message: '' }).line).toBe(4);
  });
});
