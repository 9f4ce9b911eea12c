import { appendFile, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { renderAlertmanager } from '../../src/generate/alertmanager/render.ts';
import { DEFAULT_INPUT } from '../../src/generate/rules/input.ts';
import { renderRules } from '../../src/generate/rules/render.ts';
import { run, writeConfig } from './support.ts';

describe('mailcanary rules', () => {
  it('prints those of the defaults, without a configuration', async () => {
    const { exitCode, out, err } = await run(['rules', '--defaults']);

    expect([exitCode, err]).toEqual([0, '']);
    expect(out).toBe(renderRules(DEFAULT_INPUT));
  });

  it('prints those of a configuration', async () => {
    const config = await writeConfig(9);
    const slow = '  slow: { sender: relay, to: a@example.com, observer: helpdesk, late_after: 1h }';
    await appendFile(config, `${slow}\nalerts: { job: canaries }\n`);

    const { exitCode, out } = await run(['rules', '-c', config]);

    expect(exitCode).toBe(0);
    expect(out).toContain('absent(up{job="canaries"} == 1)');
    expect(out).toContain('probe=~"slow",le="600.0"');
  });

  it('says what is wrong with the configuration', async () => {
    const { exitCode, err } = await run(['rules', '-c', '/nowhere/mailcanary.yaml']);

    expect(exitCode).toBe(3);
    expect(err).toContain('there is no such file');
  });
});

describe('mailcanary alertmanager', () => {
  it('prints routes with placeholders, without a configuration', async () => {
    const { exitCode, out } = await run(['alertmanager', '--defaults']);

    expect(exitCode).toBe(0);
    expect(out).toBe(renderAlertmanager({ webhooks: {}, scrapeIntervalMs: 5_000 }));
  });

  it('prints routes to the webhooks of a configuration', async () => {
    const config = await writeConfig(9);
    await appendFile(config, 'alerts: { webhooks: { tickets: "https://t.example.org/x" } }\n');

    const { out } = await run(['alertmanager', '-c', config]);

    expect(out).toBe(
      renderAlertmanager({
        webhooks: { tickets: 'https://t.example.org/x' },
        scrapeIntervalMs: 5_000,
      }),
    );
  });
});

describe('mailcanary dashboards', () => {
  async function newFolder(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'mailcanary-cli-dashboards-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    return folder;
  }

  it('writes those of a configuration into a folder that it makes, and says where', async () => {
    const config = await writeConfig(9);
    await appendFile(config, 'alerts: { job: canaries, objective: 95% }\n');
    const folder = join(await newFolder(), 'new');

    const { exitCode, out } = await run(['dashboards', '-c', config, '--output-dir', folder]);

    expect(exitCode).toBe(0);
    const files = await readdir(folder);
    expect(files).toHaveLength(5);
    expect(out.trim().split('\n').sort()).toEqual(files.map((file) => join(folder, file)).sort());
    const text = await readFile(join(folder, 'mailcanary-slo.json'), 'utf8');
    expect(text).toContain('"value": "canaries"');
    expect(text).toContain('the objective is 95 %');
  });

  it('says in a sentence where it cannot write', async () => {
    const config = await writeConfig(9);

    const { exitCode, err } = await run(['dashboards', '--defaults', '--output-dir', config]);

    expect(exitCode).toBe(3);
    expect(err).toMatch(/^mailcanary: cannot write .*mailcanary-overview\.json: /);
  });
});
