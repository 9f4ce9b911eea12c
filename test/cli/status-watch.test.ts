import { describe, expect, it } from 'vitest';
import { aProbe, MINUTE, NOW } from '../server/samples.ts';
import { createTestContext, monitor, nobody, run, writeConfig } from './support.ts';

const STALLED = { headAt: NOW - 12 * MINUTE, headWaiting: 3, overdue: 2 };

describe('status --watch', () => {
  it('redraws in place, follows the size, and gives the cursor back at Ctrl-C', async () => {
    const { args } = await monitor();
    const size = { columns: 80 };
    const context = createTestContext({ isTerminal: { out: true, err: true } });
    const screen = { ...context.screen, columns: () => size.columns, rows: () => 24 };
    const watching = run(['status', '--watch', '--interval', '10ms', ...args], {
      ...context,
      screen,
    });
    await context.whenOut(/\u001b\[\d+A/);

    const before = context.said.out.length;
    size.columns = 40;
    for (const listener of context.listeners) listener();
    const redrawn = context.said.out.slice(before);
    context.interrupt();

    expect((await watching).exitCode).toBe(0);
    expect(context.said.out.startsWith('\u001b[?25l')).toBe(true);
    expect(context.said.out.endsWith('\r\u001b[K\u001b[?25h')).toBe(true);
    expect(redrawn).toContain('support  ok');
    expect(context.listeners.size).toBe(0);
  });

  it('off a terminal prints a block for each change', async () => {
    const probe = { state: aProbe() };
    const { args } = await monitor({ probes: () => [probe.state] });
    const context = createTestContext();
    const watching = run(['status', '--watch', '--interval', '1ms', ...args], context);
    await context.whenOut(/support +ok/);

    probe.state = aProbe(STALLED);
    await context.whenOut(/support +stalled/);
    context.interrupt();

    expect((await watching).exitCode).toBe(2);
    expect(context.said.out.match(/^probe /gm)).toHaveLength(2);
    expect(context.said.out).not.toContain('\u001b');
  });

  it('does not wait for a probe whose name is a slip', async () => {
    const args = ['--config', await writeConfig(await nobody())];

    const { exitCode, err } = await run(['status', 'suport', '--watch', ...args]);

    expect([exitCode, err]).toEqual([
      3,
      'mailcanary: there is no probe named suport; did you mean support?\n',
    ]);
  });

  it('refuses to be watched by Nagios', async () => {
    const { args } = await monitor();

    const { exitCode, err } = await run(['status', '--watch', '--format', 'nagios', ...args]);

    expect([exitCode, err]).toEqual([
      3,
      expect.stringContaining('--watch goes with text and json'),
    ]);
  });
});
