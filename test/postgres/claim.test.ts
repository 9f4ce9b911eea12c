import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/base/logger.ts';
import { createSystemClock } from '../../src/base/system.ts';
import { openLedger } from '../../src/ledger/open.ts';
import { claim, sessionName } from '../../src/ledger/sql/postgres-claim.ts';
import { connectLine } from '../../src/ledger/sql/postgres-line.ts';
import { parsePostgresUrl } from '../../src/ledger/url.ts';
import { auditLedger } from '../../src/ledger/upkeep.ts';
import { findHolder } from '../../src/ledger/views.ts';
import { buildScript, start } from '../ledger/children.ts';
import { atEnd, draft, idOf } from '../ledger/support.ts';
import { queryPostgres } from '../support/rig/postgres.ts';
import { newLedgerUrl } from '../support/test-ledger.ts';
import { createWay, openHeard } from './support.ts';

const tools = { clock: createSystemClock(), logger: silentLogger };

describe('one writer a database', () => {
  it('refuses a second one by the process that is the first, until that one is killed', async () => {
    const url = await newLedgerUrl();
    const child = start(await buildScript('holder'), [url]);
    atEnd(() => {
      child.process.kill('SIGKILL');
      return child.exited;
    });
    for await (const line of createInterface({ input: child.process.stdout })) {
      if (line === 'open') break;
    }

    await expect(openLedger({ url }, tools)).rejects.toMatchObject({
      reason: 'ledger',
      retryable: true,
      message: expect.stringMatching(
        new RegExp(`process ${child.process.pid!} on .+ writes to it, and only one may$`),
      ) as string,
    });
    expect(await findHolder(url)).toMatchObject({ pid: child.process.pid, isAlive: true });
    child.process.kill('SIGKILL');
    await child.exited;

    const { ledger } = await openHeard(url);
    expect(ledger.isWritable()).toBe(true);
  });

  it('lets it go when it is closed', async () => {
    const url = await newLedgerUrl();
    await (await openLedger({ url }, tools)).close();

    expect(await findHolder(url)).toBeUndefined();
    await (await openLedger({ url }, tools)).close();
  });

  it('makes the tables once where several start at the same instant', async () => {
    const url = await newLedgerUrl();

    const starts = await Promise.allSettled([1, 2, 3].map(() => openLedger({ url }, tools)));

    const started = starts.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    expect(started).toHaveLength(1);
    await started[0]?.launch(draft(1));
    await started[0]?.close();
    expect((await auditLedger(url)).findings.every(({ ok }) => ok)).toBe(true);
  });

  it('is lost with the connection: whoever wrote meanwhile is not written over', async () => {
    const url = await newLedgerUrl();
    const way = await createWay(url);
    const { ledger: first } = await openHeard(way.url);
    await first.launch(draft(1));
    way.close();
    const second = await openLedger({ url }, tools);
    await second.launch(draft(2));

    way.open();
    await expect(first.launch(draft(3))).rejects.toThrow(
      new RegExp(`cannot be written: process ${process.pid} on .+ writes to it$`),
    );
    await second.close();
    await expect(first.launch(draft(3))).rejects.toThrow(
      'another process has written to it since, so this one has to be started anew',
    );

    // The first is of no use any more, and in nobody's way.
    const { ledger } = await openHeard(url);
    expect(ledger.open().map(idOf)).toEqual([draft(1).id, draft(2).id]);
    expect((await first.find(draft(2).id))?.launch.id).toBe(draft(2).id);
    await expect(first.launch(draft(3))).rejects.toThrow('has to be started anew');
    expect(await ledger.checkWritable()).toBe(true);
  });

  it('is given up by one that finds the database gone back, though it runs on', async () => {
    const url = await newLedgerUrl();
    const { ledger: first } = await openHeard(url);
    await first.launch(draft(1));
    await queryPostgres(url, `update counters set value = 0 where name = 'position'`);

    const found = Promise.all([first.find(draft(9).id), first.launch(draft(2))]);
    await expect(found).rejects.toThrow('it is not as this process left it');

    expect(await findHolder(url)).toBeUndefined();
    expect(await first.find(draft(9).id)).toBeUndefined();
    expect(await findHolder(url)).toBeUndefined();
  });

  it('is taken from a session of ours that the server still believes in', async () => {
    const url = parsePostgresUrl(await newLedgerUrl());
    const options = { name: sessionName('writer'), readOnly: false };
    const ghost = await connectLine(url, options);
    const session = await claim(ghost, undefined);
    const line = await connectLine(url, options);
    atEnd(() => Promise.all([ghost.close(), line.close()]));

    await expect(claim(line, undefined)).rejects.toThrow('writes to it');
    await expect(claim(line, { ...session, startedAt: 'another' })).rejects.toThrow('writes to it');
    const own = await claim(line, session);

    expect(own.pid).not.toBe(session.pid);
    await expect(ghost.query('select 1')).rejects.toThrow();
  });
});
