import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ALERTS } from '../../src/generate/rules/rule.ts';
import { run } from '../cli/support.ts';

const FOLDER = fileURLToPath(new URL('../../dashboards/runbooks/', import.meta.url));
const textOf = (alert: string): string => readFileSync(`${FOLDER}${alert}.md`, 'utf8');

describe('runbooks', () => {
  it('are there for every alert, and for nothing else', () => {
    expect(readdirSync(FOLDER).sort()).toEqual(ALERTS.map((alert) => `${alert}.md`).sort());
  });

  it.each(ALERTS)('%s: what it means, what to check, what not to conclude', (alert) => {
    const text = textOf(alert);

    const headings = text.split('\n').filter((line) => line.startsWith('#'));
    expect(headings).toEqual([
      `# ${alert}`,
      '## What it means',
      '## What to check first',
      '## What not to conclude',
    ]);
    expect(text).toMatch(/## What to check first\n\n1\. \S/);
    expect(text).toMatch(/## What not to conclude\n\n- That /);
    expect(text.split('\n').length).toBeLessThan(40);
  });

  it('name commands that exist, and other alerts that exist', async () => {
    const { out: help } = await run(['--help']);
    const commands = new Set([...help.matchAll(/^ {2}(\w+)/gm)].map(([, name]) => name));
    const all = ALERTS.map(textOf).join('\n');

    const named = [...all.matchAll(/`mailcanary (\w+)/g)].map(([, name]) => name);
    expect(named.length).toBeGreaterThan(30);
    for (const name of new Set(named)) expect(commands).toContain(name);
    for (const [alert] of all.matchAll(/\bEmail\w+/g)) expect(ALERTS).toContain(alert);
  });
});
