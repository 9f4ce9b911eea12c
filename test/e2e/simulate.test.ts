import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAIN, runProgram } from '../support/program.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mailcanary-simulate-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Report {
  readonly onset_seconds: number;
  readonly page_seconds: readonly number[];
  readonly alerts: readonly { readonly alert: string; readonly severity: string }[] | null;
  readonly wrong_verdicts: readonly unknown[];
}

async function simulate(...args: string[]): Promise<Report> {
  const { exitCode, stdout, stderr } = await runProgram(['simulate', '--format', 'json', ...args]);
  expect([exitCode, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as Report;
}

function pagesOf({ alerts }: Report): readonly string[] {
  return (alerts ?? []).filter(({ severity }) => severity === 'page').map(({ alert }) => alert);
}

describe('mailcanary simulate, with the real rules in a real promtool', () => {
  it('total-outage: exactly one page, within 12 min; the files for promtool on wish', async () => {
    const out = join(folder, 'outage');

    const report = await simulate('total-outage', '--rules', '--out', out);

    expect(pagesOf(report)).toEqual(['EmailDeliveryStalled']);
    const [at = 0] = report.page_seconds;
    expect(at - report.onset_seconds).toBeGreaterThan(600);
    expect(at - report.onset_seconds).toBeLessThanOrEqual(720);
    expect(await readFile(join(out, 'rules.yml'), 'utf8')).toContain('EmailDeliveryStalled');
    const test = await readFile(join(out, 'test.yml'), 'utf8');
    expect(test).toContain('"rule_files":["rules.yml"]');
    expect(test).toContain('mailcanary_watch_horizon_timestamp_seconds{');
  });

  it('watcher-blind: a page for those who watch, none for the helpdesk', async () => {
    expect(pagesOf(await simulate('watcher-blind', '--rules'))).toEqual(['EmailMonitorBlind']);
  });
});

it('lists its scenarios, and says what is wrong', async () => {
  const [list, unknown, none, mute] = await Promise.all([
    runProgram(['simulate', '--list']),
    runProgram(['simulate', 'nothing']),
    runProgram(['simulate']),
    runProgram(['simulate', 'total-outage', '--out', join(MAIN, 'below')]),
  ]);

  expect(list.stdout).toMatch(/^total-outage +Nothing is ingested for 45 minutes/m);
  expect([list.exitCode, unknown.exitCode, none.exitCode, mute.exitCode]).toEqual([0, 3, 3, 3]);
  expect(unknown.stderr).toContain('there is no scenario "nothing"; there are: ');
  expect(none.stderr).toContain('name a scenario');
  expect(mute.stderr).toContain('below cannot be written');
});

it('plan reads the configuration that lies where it runs, unless it is told not to', async () => {
  const config = `token_keys: ["a key for tests, of good length"]
senders: { relay: { type: smtp, url: "smtp://127.0.0.1:9", from: a@example.org } }
observers: { inbox: { type: imap, url: "imap://user@127.0.0.1:9", password: secret } }
probes: { sales: { sender: relay, to: sales@example.com, observer: inbox } }
`;
  await writeFile(join(folder, 'mailcanary.yaml'), config);
  const plan = (...args: string[]): ReturnType<typeof runProgram> =>
    runProgram(['plan', '--every', '60s', '--loss', '2%', ...args], { cwd: folder });

  const [found, defaults] = await Promise.all([plan(), plan('--defaults')]);

  expect([found.exitCode, defaults.exitCode]).toEqual([0, 0]);
  expect(found.stdout).toContain('The one probe, as configured in mailcanary.yaml:');
  expect(found.stdout).toMatch(/^inbox \(imap\) +1 +not counted +1,440 mails +43,200$/m);
  expect(defaults.stdout).toContain('One probe with default settings');
  expect(defaults.stdout).not.toContain('mailcanary.yaml');
});
