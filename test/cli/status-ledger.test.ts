import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { accepted, createBench, draft, settled, sighted } from '../ledger/support.ts';
import { MINUTE, NOW, SECOND } from '../server/samples.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { testLaunch } from '../support/test-launch.ts';
import { createTestContext, nobody, run, writeConfig } from './support.ts';

describe('status without a monitor', () => {
  async function leftBehind(facts: boolean): Promise<string[]> {
    const path = await writeConfig(await nobody());
    const bench = await createBench(dirname(path));
    const ledger = await bench.open({ clock: createFakeClock(NOW) });
    const { launchedAt } = draft(0);
    await ledger.activate('support', 'default');
    const { id } = (await ledger.launch(draft(0))).launch;
    await ledger.append([accepted(), sighted(), settled()].map((fact) => ({ id, fact })));
    if (facts)
      await ledger.recordLook({
        observer: 'helpdesk',
        horizon: launchedAt,
        cursor: null,
        facts: [],
      });
    await ledger.close();
    return ['--config', path];
  }

  it('reads the ledger, says since when, and is not OK', async () => {
    const args = await leftBehind(true);
    const context = createTestContext({ clock: createFakeClock(NOW + 3 * 3_600_000) });

    const { exitCode, out } = await run(['status', ...args], context);

    expect(out).toMatch(/^support +unknown +-/m);
    expect(out).toContain(
      'from the ledger, last written to at 2026-11-24 02:30:00 UTC (3 h ago): no monitor answers at 127.0.0.1:',
    );
    expect(exitCode).toBe(3);
  });

  it('is not OK either where its probes are paused', async () => {
    const path = await writeConfig(await nobody());
    const ledger = await (await createBench(dirname(path))).open({ clock: createFakeClock(NOW) });
    for (const probe of ['support', 'control']) {
      await ledger.activate(probe, 'default');
      await ledger.pause(probe, 'default', { since: NOW, until: NOW + MINUTE, reason: 'upgrade' });
    }
    await ledger.close();
    const context = createTestContext({ clock: createFakeClock(NOW + SECOND) });

    const { exitCode, out } = await run(
      ['status', '--format', 'nagios', '--config', path],
      context,
    );

    expect(out).toMatch(/^MAILCANARY UNKNOWN - /);
    expect(exitCode).toBe(3);
  });

  it('says the same to Nagios and in JSON', async () => {
    const args = await leftBehind(true);

    const nagios = await run(['status', '--format', 'nagios', ...args]);
    const json = await run(['status', '--format', 'json', ...args]);

    expect(nagios.out).toMatch(
      /^MAILCANARY UNKNOWN - support unknown: .*; control unknown: .*; from the ledger, last written to at /,
    );
    expect(nagios.exitCode).toBe(3);
    expect(JSON.parse(json.out)).toMatchObject({
      source: 'ledger',
      last_written_at: '2026-11-24T02:30:00.000Z',
      exit_code: 3,
      probes: [
        { name: 'support', state: 'unknown', to: 'support@example.com' },
        { name: 'control' },
      ],
    });
  });

  it('says so when somebody has the ledger and yet does not answer', async () => {
    const path = await writeConfig(await nobody());
    const bench = await createBench(dirname(path));
    await bench.open();

    const { exitCode, out } = await run(
      ['status', '--config', path],
      createTestContext({ isAlive: (pid) => pid === process.pid }),
    );

    expect(out.replaceAll(/\s+/g, ' ')).toContain(`although process ${process.pid} has the ledger`);
    expect(exitCode).toBe(3);
  });

  it('keeps a proven stall critical', async () => {
    const path = await writeConfig(await nobody());
    const bench = await createBench(dirname(path));
    const ledger = await bench.open({ clock: createFakeClock(NOW) });
    await ledger.activate('support', 'default');
    for (const sequence of [1, 2]) {
      const launchedAt = NOW - 20 * MINUTE + sequence * SECOND;
      const { launch } = await ledger.launch(testLaunch({ sequence, launchedAt }));
      const at = { low: launchedAt, high: launchedAt };
      const acceptance = { at, queueId: null, serverMessageId: null };
      await ledger.append([{ id: launch.id, fact: { type: 'accepted', acceptance } }]);
    }
    await ledger.recordLook({
      observer: 'helpdesk',
      horizon: NOW + MINUTE,
      cursor: null,
      facts: [],
    });
    await ledger.close();

    const context = createTestContext({ clock: createFakeClock(NOW + 2 * MINUTE) });
    const { exitCode, out } = await run(['status', '--config', path], context);

    expect(out).toMatch(/^support +stalled +20 min 59 s/m);
    expect(exitCode).toBe(2);
  });

  it('names both troubles where there is no ledger either', async () => {
    const args = ['--config', await writeConfig(await nobody())];

    const text = await run(['status', ...args]);
    const nagios = await run(['status', '--format', 'nagios', ...args]);

    expect(text.err).toMatch(/no monitor answers at .*; the ledger .* does not exist/);
    expect(nagios.out).toMatch(/^MAILCANARY UNKNOWN - no monitor answers at [^\n|]*\n$/);
    expect([text.exitCode, nagios.exitCode]).toEqual([3, 3]);
  });
});
