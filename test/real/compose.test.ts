import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { DEFAULT_INPUT } from '../../src/generate/rules/input.ts';
import { runProgram } from '../support/program.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'mailcanary-compose-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** As docker-compose reads it, with all that it must be told. */
function readCompose(env: Readonly<Record<string, string>>) {
  return spawnSync('docker-compose', ['-f', 'compose.yaml', 'config'], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], ...env },
  });
}

const TOLD = { MAILCANARY_TOKEN_KEY: 'key', GRAFANA_PASSWORD: 'word' };
const Compose = z.object({
  services: z.record(z.string(), z.object({ volumes: z.array(z.string()) })),
});

const Prometheus = z.object({
  rule_files: z.array(z.string()),
  alerting: z.object({
    alertmanagers: z.array(
      z.object({ static_configs: z.array(z.object({ targets: z.array(z.string()) })) }),
    ),
  }),
  scrape_configs: z.array(
    z.object({ job_name: z.string(), scrape_interval: z.string().optional() }),
  ),
});

function yaml(path: string): unknown {
  return parse(readFileSync(join(ROOT, path), 'utf8'));
}

describe('compose.yaml', () => {
  it('is taken by docker-compose, and every file that it mounts is there', () => {
    const { status, stdout, stderr } = readCompose(TOLD);

    expect([status, stderr]).toEqual([0, '']);
    const { services } = Compose.parse(parse(stdout));
    expect(Object.keys(services).sort()).toEqual([
      'alertmanager',
      'grafana',
      'mailcanary',
      'prometheus',
    ]);
    const mounted = Object.values(services)
      .flatMap(({ volumes }) => volumes.map((volume) => volume.split(':')[0] ?? ''))
      .filter((source) => source.startsWith('/') && !source.endsWith('/secrets'));
    expect(mounted.length).toBeGreaterThan(5);
    for (const source of mounted) expect(existsSync(source), source).toBe(true);
  });

  it.each(Object.keys(TOLD))('does not start without %s', (name) => {
    const { status, stderr } = readCompose({ ...TOLD, [name]: '' });

    expect(status).not.toBe(0);
    expect(stderr).toContain(name);
  });
});

describe('the configurations beside it', () => {
  it('of Prometheus: promtool takes it with the rules, by the job and the pace of the defaults', () => {
    const text = readFileSync(join(ROOT, 'dashboards/compose/prometheus.yml'), 'utf8');
    const file = join(folder, 'prometheus.yml');
    writeFileSync(
      file,
      text.replace('/etc/prometheus/rules/', join(ROOT, 'dashboards/prometheus/')),
    );

    const { status, stdout } = spawnSync('promtool', ['check', 'config', file], {
      encoding: 'utf8',
    });

    expect(status).toBe(0);
    expect(stdout).toMatch(/SUCCESS: \d+ rules found/);
    const { scrape_configs } = Prometheus.parse(parse(text));
    expect(scrape_configs.map(({ job_name }) => job_name)).toEqual([
      DEFAULT_INPUT.job,
      'prometheus',
      'alertmanager',
    ]);
    expect(scrape_configs[0]?.scrape_interval).toBe(`${DEFAULT_INPUT.scrapeIntervalMs / 1_000}s`);
  });

  it('of Alertmanager: amtool takes it', () => {
    const file = join(ROOT, 'dashboards/alertmanager/alertmanager.yml');

    expect(spawnSync('amtool', ['check-config', file]).status).toBe(0);
  });

  it('of mailcanary: only the addresses of example.com are wrong with it', async () => {
    const text = readFileSync(join(ROOT, 'dashboards/compose/mailcanary.yaml'), 'utf8');
    mkdirSync(join(folder, 'secrets'));
    for (const name of ['smtp', 'imap']) writeFileSync(join(folder, 'secrets', name), 'word');
    const file = join(folder, 'mailcanary.yaml');
    writeFileSync(file, text.replaceAll('/run/secrets', join(folder, 'secrets')));

    const { exitCode, stdout, stderr } = await runProgram(['rules', '--config', file], {
      env: { MAILCANARY_TOKEN_KEY: 'oM5z2lQ9rTnVxYw3sKdPqA8uHbJcEfGi' },
    });

    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toBe(readFileSync(join(ROOT, 'dashboards/prometheus/mailcanary.yml'), 'utf8'));
  });

  it('of Grafana: one source, by the pace of the scrapes, whose exemplars lead to the status page', () => {
    const sources = z
      .strictObject({
        apiVersion: z.literal(1),
        datasources: z.tuple([
          z.strictObject({
            name: z.string(),
            uid: z.string(),
            type: z.literal('prometheus'),
            access: z.literal('proxy'),
            url: z.literal('http://prometheus:9090'),
            isDefault: z.literal(true),
            editable: z.literal(false),
            jsonData: z.strictObject({
              httpMethod: z.literal('POST'),
              timeInterval: z.literal('5s'),
              exemplarTraceIdDestinations: z.tuple([
                z.strictObject({
                  name: z.literal('canary_id'),
                  // Twice the sign: a single one names a variable of the environment there.
                  url: z.string().endsWith('/canary/$${__value.raw}'),
                  urlDisplayLabel: z.string(),
                }),
              ]),
            }),
          }),
        ]),
      })
      .safeParse(yaml('dashboards/grafana/provisioning/datasources/mailcanary.yml'));
    const { services } = Compose.parse(yaml('compose.yaml'));
    const provider = z
      .strictObject({
        apiVersion: z.literal(1),
        providers: z.tuple([
          z.strictObject({
            name: z.string(),
            folder: z.string(),
            type: z.literal('file'),
            disableDeletion: z.boolean(),
            allowUiUpdates: z.literal(false),
            updateIntervalSeconds: z.number(),
            options: z.strictObject({ path: z.string() }),
          }),
        ]),
      })
      .parse(yaml('dashboards/grafana/provisioning/dashboards/mailcanary.yml'));

    expect(sources.error).toBeUndefined();
    expect(services['grafana']?.volumes).toContain(
      `./dashboards/grafana:${provider.providers[0].options.path}:ro`,
    );
  });
});
