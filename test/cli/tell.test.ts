import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createBench } from '../ledger/support.ts';
import { fakeControl, LOCKED, OPEN, startSite } from '../server/support.ts';
import { NOW } from '../server/samples.ts';
import { createTestContext, nobody, run, writeConfig } from './support.ts';

async function monitor(config = LOCKED, readiness = { ready: true, checks: [] }) {
  const control = fakeControl({ readiness: () => readiness });
  const site = await startSite({ control, config });
  return { control, args: ['--config', await writeConfig(site.port)] };
}

const PAUSE = ['pause', 'support', '--for', '90m', '--reason', 'helpdesk upgrade'];

describe('pause and resume', () => {
  it('say until when, why, and how to end it', async () => {
    const { control, args } = await monitor();

    const paused = await run([...PAUSE, ...args]);
    const resumed = await run(['resume', 'support', ...args]);

    expect(paused).toMatchObject({
      exitCode: 0,
      out: 'support is paused for 1 h 30 min, until 2026-11-24 04:00 UTC: helpdesk upgrade\n  earlier: mailcanary resume support\n',
    });
    expect(resumed).toMatchObject({ exitCode: 0, out: 'support launches again\n' });
    expect(control.told).toEqual(['pause support 5400000 helpdesk upgrade', 'resume support']);
  });

  it('pass on what the monitor said, in JSON', async () => {
    const { args } = await monitor();

    const { out } = await run([...PAUSE, '--format', 'json', ...args]);

    expect(JSON.parse(out)).toMatchObject({
      probe: 'support',
      pause: { since: new Date(NOW).toISOString(), reason: 'helpdesk upgrade' },
    });
  });

  it('say in one line what went wrong, and what to do', async () => {
    const { args } = await monitor();
    const open = await monitor(OPEN as typeof LOCKED);
    const gone = ['--config', await writeConfig(await nobody())];

    const said = [
      await run(['resume', 'suport', ...args]),
      await run(['resume', 'control', ...args]),
      await run([...PAUSE, ...open.args]),
      await run([...PAUSE, ...gone]),
      await run(['pause', 'support', '--for', '2h', '--reason', ' ', ...args]),
    ];

    expect(said.map(({ err }) => err)).toEqual([
      'mailcanary: there is no probe named suport; did you mean support?\n',
      'mailcanary: the running monitor does not know control yet: have it read the configuration again (SIGHUP)\n',
      'mailcanary: the monitor refused: commands need an access token: write server.access_token or access_token_file in mailcanary.yaml, and restart\n',
      expect.stringMatching(
        /^mailcanary: no monitor answers at 127\.0\.0\.1:\d+ \(connection refused\); nothing was done\n$/,
      ),
      expect.stringContaining('a reason has 1 to 200 letters'),
    ]);
    expect(said.every(({ exitCode, out }) => exitCode === 3 && out === '')).toBe(true);
  });
});

describe('an order whose answer does not come', () => {
  it('is not said to be undone: the monitor may have heard it', async () => {
    const { server, port } = await hearsAndBreaksOff();
    const args = ['--config', await writeConfig(port)];

    const { exitCode, err } = await run([...PAUSE, ...args]);

    expect(err).toMatch(
      /^mailcanary: no monitor answers at .*; it may have been done all the same/,
    );
    expect(exitCode).toBe(3);
    server.close();
  });

  it('is told to be one that may be done when Ctrl-C cut it short', async () => {
    const context = createTestContext();
    const { server, port } = await hearsAndBreaksOff(() => context.interrupt());
    const args = ['--config', await writeConfig(port)];

    const { exitCode, err } = await run([...PAUSE, ...args], context);

    expect(err).toBe('mailcanary: interrupted: the monitor may do it all the same\n');
    expect(exitCode).toBe(3);
    server.close();
  });
});

/** Takes each request and breaks the connection. */
async function hearsAndBreaksOff(
  onRequest: () => void = () => undefined,
): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer((request) => {
    onRequest();
    request.socket.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return { server, port: address !== null && typeof address === 'object' ? address.port : 0 };
}

describe('health', () => {
  it('is ready, or says which check fails', async () => {
    const well = await monitor();
    const checks = [
      { name: 'ledger', ok: false, detail: 'cannot be written: nothing is sent' },
      { name: 'clock', ok: true, detail: 'fine' },
    ];
    const ill = await monitor(LOCKED, { ready: false, checks } as never);

    expect(await run(['health', ...well.args])).toMatchObject({ exitCode: 0, out: 'ready\n' });
    expect(await run(['health', ...ill.args])).toMatchObject({
      exitCode: 1,
      out: 'not ready: ledger: cannot be written: nothing is sent\n',
    });
    const gone = await run(['health', '--config', await writeConfig(await nobody())]);
    expect([gone.exitCode, gone.err]).toEqual([1, expect.stringContaining('no monitor answers')]);
  });
});

describe('probe', () => {
  it('tells Nagios on stdout why it cannot even begin', async () => {
    const { args } = await monitor();

    const text = await run(['probe', 'suport', ...args]);
    const nagios = await run(['probe', 'suport', '--format', 'nagios', ...args]);

    expect(text.err).toBe('mailcanary: there is no probe named suport; did you mean support?\n');
    expect([nagios.exitCode, nagios.out]).toEqual([
      3,
      'MAILCANARY UNKNOWN - there is no probe named suport; did you mean support?\n',
    ]);
  });
});

describe('probe, interrupted before anything was sent', () => {
  it.each(['text', 'nagios'])('says so, and that nothing was: %s', async (format) => {
    const context = createTestContext();
    context.interrupt();
    const args = ['--config', await writeConfig(await nobody()), '--format', format];

    const { exitCode, out, err } = await run(['probe', 'support', ...args], context);

    const said = { text: err, nagios: out }[format];
    expect(said).toMatch(/^(?:mailcanary:|MAILCANARY UNKNOWN -) interrupted: nothing was sent\n$/m);
    expect(exitCode).toBe(3);
  });

  it('says so too where the running monitor was asked', async () => {
    const context = createTestContext();
    const { server, port } = await hearsAndBreaksOff(() => context.interrupt());
    const path = await writeConfig(port);
    const ledger = await (await createBench(dirname(path))).open();

    const { exitCode, err } = await run(['probe', 'support', '--config', path], context);

    expect(err).toBe('mailcanary: interrupted: nothing was sent\n');
    expect(exitCode).toBe(3);
    await ledger.close();
    server.close();
  });
});

describe('probe without a configuration', () => {
  it.each([undefined, () => Promise.resolve('')])(
    'says where a password may come from when nobody types one',
    async (askSecret) => {
      const context = createTestContext({ askSecret });
      const from = ['--smtp', 'smtps://canary@mx.example.com', '--from', 'canary@example.com'];
      const to = ['--to', 'support@example.com', '--imap', 'imaps://canary@mail.example.com'];

      const { exitCode, err } = await run(['probe', ...from, ...to], context);

      expect(err).toBe(
        'mailcanary: --smtp names a user without a password: set MAILCANARY_SMTP_PASSWORD, or give --smtp-password-file\n',
      );
      expect(exitCode).toBe(3);
    },
  );
});

describe('a slip of the pen', () => {
  it.each([
    ['nope', "error: unknown command 'nope'\n(mailcanary --help lists the commands)\n"],
    [
      'pause',
      "error: required option '--for <duration>' not specified\n(mailcanary pause --help shows",
    ],
    ['ledger backup', "error: missing required argument 'file'\n(mailcanary ledger backup --help"],
  ])('is answered with the help that would have told: %s', async (line, told) => {
    const { exitCode, err } = await run(line.split(' '));

    expect(err).toContain(told);
    expect(exitCode).toBe(3);
  });

  it.each(['check', 'simulate'])('defaults of %s are durations, not milliseconds', async (name) => {
    const { out } = await run([name, '--help']);

    expect(out).toMatch(/\(default: \d+[sm]\)/);
    expect(out).not.toMatch(/\(default: \d{4,}\)/);
  });
});

describe('help', () => {
  const commands = ['probe', 'demo', 'status', 'pause', 'resume', 'health', 'check', 'run'];
  it.each([...commands, 'tidy', 'rules', 'alertmanager'])('of %s has examples', async (command) => {
    expect((await run([command, '--help'])).out).toMatch(
      new RegExp(`\\nExamples:\\n  mailcanary ${command}`),
    );
  });

  it.each(['backup', 'check'])('of ledger %s has examples', async (command) => {
    expect((await run(['ledger', command, '--help'])).out).toContain(
      `Examples:\n  mailcanary ledger ${command}`,
    );
  });
});
