import { writeFile, readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { createTestContext, nobody, run, writeConfig } from '../cli/support.ts';
import { accepted, draft, settled, sighted } from '../ledger/support.ts';
import { newLedgerUrl } from '../support/test-ledger.ts';
import { openHeard } from './support.ts';

/** A configuration whose ledger is on the server, with a canary in it and no monitor running. */
async function leftBehind(): Promise<{ readonly args: string[]; readonly url: string }> {
  const url = await newLedgerUrl();
  const path = await writeConfig(await nobody());
  const text = await readFile(path, 'utf8');
  await writeFile(path, text.replace('sqlite:./ledger.db', url));
  const { ledger } = await openHeard(url);
  await ledger.activate('support', 'default');
  const { id } = (await ledger.launch(draft(0))).launch;
  await ledger.append([accepted(), sighted(), settled()].map((fact) => ({ id, fact })));
  await ledger.close();
  return { args: ['--config', path], url };
}

it('commands that read a ledger read one on a server, and none prints its password', async () => {
  const { args, url } = await leftBehind();
  const said: string[] = [];
  const ask = async (...words: string[]): Promise<{ exitCode: number; text: string }> => {
    const context = createTestContext();
    const { exitCode } = await run([...words, ...args], context);
    const text = context.said.out + context.said.err;
    said.push(text);
    return { exitCode, text };
  };

  const status = await ask('status');
  const check = await ask('ledger', 'check');
  const tidy = await ask('tidy', '--dry-run');
  const backup = await ask('ledger', 'backup', '/nowhere/copy.db');
  const { ledger } = await openHeard(url);
  const inUse = await ask('ledger', 'check', '--format', 'json');
  const refused = await ask('check');
  await ledger.close();

  expect(status.text).toContain('from the ledger, last written to at ');
  expect(status.exitCode).toBe(3);
  expect(check).toMatchObject({ exitCode: 0, text: expect.stringContaining('balance') as string });
  expect(tidy.exitCode).toBe(0);
  expect(backup.exitCode).toBe(3);
  expect(backup.text).toContain('pg_dump --format=custom');
  expect(JSON.parse(inUse.text)).toMatchObject({ ok: true, in_use_by: process.pid });
  expect(refused.text).toMatch(
    /^ok +ledger postgres:\/\/canary@127.* writes to it, and only one may$/m,
  );
  expect(said.join('')).not.toMatch(/only(?: |%20)for(?: |%20)tests/);
});
