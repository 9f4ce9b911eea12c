import { appendFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { atEnd } from '../ledger/support.ts';
import { startWebhook } from '../support/rig/webhook.ts';
import { run, writeConfig } from './support.ts';

interface Finding {
  readonly what: string;
  readonly ok: boolean;
  readonly summary: string;
  readonly warnings: readonly string[];
}

async function findings(config: string): Promise<readonly Finding[]> {
  const { out } = await run(['check', '-c', config, '--format', 'json']);
  return (JSON.parse(out) as { findings: readonly Finding[] }).findings;
}

it('check warns when pages travel by the mail that is watched, and pings the heartbeat', async () => {
  const outside = await startWebhook();
  atEnd(() => outside.stop());
  const config = await writeConfig(9);
  await appendFile(
    config,
    `alerts: { alertmanager_file: am.yml }\nheartbeat: { url: "${outside.url('ping-secret')}" }\n`,
  );
  await writeFile(
    join(dirname(config), 'am.yml'),
    'route: { receiver: team }\nreceivers: [{ name: team, email_configs: [{ to: ops@example.com }] }]\n',
  );

  const found = await findings(config);

  const review = found.find(({ what }) => what === 'alertmanager');
  expect(review?.ok).toBe(true);
  expect(review?.warnings.join()).toContain('whose mail is the one that is watched');
  expect(found.find(({ what }) => what === 'heartbeat')).toMatchObject({ ok: true });
  expect(outside.pings).toEqual(['/ping-secret']);
  expect(JSON.stringify(found)).not.toContain('ping-secret');
});

it('check says when the file of Alertmanager cannot be used, and does without where none is named', async () => {
  const config = await writeConfig(9);
  expect((await findings(config)).map(({ what }) => what)).not.toContain('alertmanager');
  await appendFile(config, 'alerts: { alertmanager_file: nowhere.yml }\n');

  const review = (await findings(config)).find(({ what }) => what === 'alertmanager');

  expect(review?.ok).toBe(false);
  expect(review?.summary).toContain('ENOENT');
});
