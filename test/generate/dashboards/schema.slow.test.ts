import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { renderDashboards } from '../../../src/generate/dashboards/render.ts';
import { DEFAULT_INPUT } from '../../../src/generate/rules/input.ts';
import { parseBoard, type BoardJson } from '../../support/dashboards/board.ts';
import { makeSchema } from '../../support/dashboards/schema.ts';

const FILE = '../../fixtures/grafana/classic-dashboard.schema.json';
const BOARDS = renderDashboards(DEFAULT_INPUT);
const ajv = new Ajv({ allErrors: true, allowUnionTypes: true });
const validate = ajv.compile(
  JSON.parse(readFileSync(new URL(FILE, import.meta.url), 'utf8')) as object,
);

describe('the JSON schema of dashboards', () => {
  it('is what the types in the SDK of Grafana say (vitest -u writes it)', async () => {
    await expect(makeSchema()).toMatchFileSnapshot(FILE);
  });

  it.each(BOARDS.map(({ file, text }) => [file, text]))('takes %s', (_file, text) => {
    validate(JSON.parse(text));

    expect(validate.errors ?? []).toEqual([]);
  });

  const spoilt: readonly (readonly [string, (text: string) => string])[] = [
    ['a key that there is not', (text) => text.replace('"refresh"', '"refreshEvery"')],
    ['a place that is none', (text) => text.replace(/"w": \d+/, '"w": "wide"')],
    [
      'another way of drawing',
      (text) => text.replace('"drawStyle": "points"', '"drawStyle": "ink"'),
    ],
    ['an option that a stat has not', (text) => text.replace('"colorMode"', '"colourMode"')],
    ['a misspelt query', (text) => text.replace('"legendFormat"', '"legend"')],
    ['a threshold in words', (text) => text.replace(/"value": \d+/, '"value": "much"')],
    ['a panel of an unknown kind', (text) => text.replace('"timeseries"', '"graph3d"')],
  ];

  it.each(spoilt)('refuses %s', (_name, spoil) => {
    const text = BOARDS[0]!.text;
    const before: BoardJson = parseBoard(text);

    const after: unknown = JSON.parse(spoil(text));

    expect(after).not.toEqual(before);
    expect(validate(after)).toBe(false);
  });
});
