import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { silentLogger } from '../../src/base/logger.ts';
import { createSystemClock } from '../../src/base/system.ts';
import { createHookServer } from '../../src/server/hooks.ts';
import { atEnd } from '../ledger/support.ts';
import { helpscoutObserver } from '../observers/helpscout/bench.ts';
import { createSpoolFolder } from '../observers/maildir/spool.ts';
import { serveWorld } from '../support/helpscout-server.ts';
import { HelpscoutWorld } from '../support/helpscout-world.ts';
import { findFreePorts } from '../support/rig/processes.ts';
import { ZammadWorld } from '../support/zammad-world.ts';
import { createTestContext, run, writeConfig } from './support.ts';

const clock = createSystemClock();
const SECRET = 'between-the-helpdesk-and-us';

const Fact = z.looseObject({ state: z.enum(['ok', 'warn', 'unknown', 'fail']), text: z.string() });
const Facts = z.strictObject({
  login: Fact.extend({ as: z.string().nullable() }),
  read: Fact,
  tidy: Fact.extend({
    manner: z.string(),
    may_close: z.boolean().nullable(),
    may_delete: z.boolean().nullable(),
  }),
  inbox: Fact.extend({ names: z.array(z.string()) }),
  misfiled: Fact.extend({ names: z.array(z.string()) }),
  clock: Fact.extend({
    offset_seconds: z.object({ low: z.number(), high: z.number() }).nullable(),
  }),
  requests: Fact.extend({
    limit: z.number().nullable(),
    remaining: z.number().nullable(),
    own_limit_per_minute: z.number().nullable(),
    needed_per_minute: z.number().nullable(),
  }),
  control: Fact.extend({ every_seconds: z.number().nullable() }),
  webhook: Fact.extend({ url: z.string().nullable(), status: z.number().nullable() }),
  volume: Fact.extend({ per_month: z.number(), noun: z.string() }),
});
const Report = z.object({
  ok: z.boolean(),
  findings: z.array(
    z.object({
      what: z.string(),
      name: z.string(),
      ok: z.boolean(),
      warnings: z.array(z.string()),
      type: z.string().nullable(),
      facts: Facts.nullable(),
    }),
  ),
});
type Facts = z.output<typeof Facts>;

interface Desks {
  readonly config: string;
  /** Where the monitor would take webhooks. */
  readonly hookPort: number;
}

/** Probes of four kinds of observer, with nothing behind the relay and the last of them. */
async function desks(): Promise<Desks> {
  const helpscout = new HelpscoutWorld({ clock, limitPerMinute: 400 });
  const zammad = new ZammadWorld({ clock });
  zammad.roles = ['Agent'];
  const servers = await Promise.all([serveWorld(helpscout), serveWorld(zammad)]);
  for (const server of servers) atEnd(() => server.stop());
  const [scoutAt, zammadAt] = servers.map(({ port }) => `http://127.0.0.1:${port}`);
  const [spool, [hookPort = 0]] = await Promise.all([createSpoolFolder(), findFreePorts(1)]);
  const config = await writeConfig(9);
  const { appId, appSecret, mailboxId } = helpscout;
  await writeFile(
    config,
    `token_keys: ["planted-token-key-0123456789"]
ledger: { url: "sqlite:./ledger.db" }
server: { hooks: { listen: "127.0.0.1:${hookPort}", base_path: /in } }
senders:
  relay: { type: smtp, url: "smtp://127.0.0.1:9", from: a@example.org }
observers:
  scout: { type: helpscout, url: "${scoutAt}", app_id: "${appId}", app_secret: "${appSecret}", mailbox_id: ${mailboxId}, webhook_secret: ${SECRET}, positive_control: "off" }
  zammad: { type: zammad, url: "${zammadAt}", token: "${zammad.token}", tidy: delete, requests_per_minute: 6 }
  spool: { type: maildir, path: ${spool.path} }
  pushed: { type: webhook, webhook_secret: ${SECRET}, fields: { id: ticket.id, subject: ticket.title } }
  down: { type: imap, url: "imap://user@127.0.0.1:9", password: secret }
probes:
  support: { sender: relay, to: support@example.com, observer: [spool, scout], every: 15s }
  second: { sender: relay, to: second@example.com, observer: zammad }
  third: { sender: relay, to: third@example.com, observer: pushed }
  fourth: { sender: relay, to: fourth@example.com, observer: down }
`,
  );
  return { config, hookPort };
}

async function report(config: string): Promise<z.output<typeof Report>> {
  return Report.parse(JSON.parse((await run(['check', '-c', config, '--format', 'json'])).out));
}

async function factsOf(config: string, name: string): Promise<Facts> {
  const facts = (await report(config)).findings.find((found) => found.name === name)?.facts;
  if (facts == null) throw new Error(`nothing was found out about ${name}`);
  return facts;
}

describe('check tells of each observer, as data', () => {
  it('who it is, what it may, what it sees, and what it costs', async () => {
    const { config } = await desks();

    const { findings } = await report(config);

    const [scout, zammad, spool, pushed, down] = ['scout', 'zammad', 'spool', 'pushed', 'down'].map(
      (name) => findings.find((found) => found.name === name),
    );
    expect(scout?.facts).toMatchObject({
      login: { state: 'ok', as: 'app app-of-the-tests' },
      tidy: { manner: 'keep', may_close: null, may_delete: null },
      inbox: { state: 'ok', names: ['Support <support@example.test>'] },
      misfiled: { state: 'ok', names: ['spam'] },
      requests: { limit: 400, own_limit_per_minute: 60, needed_per_minute: 11 },
      control: { state: 'unknown', text: 'none: it is off', every_seconds: null },
      volume: { per_month: 172_800, noun: 'tickets' },
    });
    expect(scout?.facts?.requests.text).toContain('3 % of it, 18 % of requests_per_minute (60)');
    // 7.1 of 6: a canary a minute that is deleted.
    expect(zammad?.facts).toMatchObject({
      login: { as: 'canary@example.test' },
      tidy: { state: 'unknown', manner: 'delete', may_delete: null },
      misfiled: { state: 'unknown', names: [] },
      requests: { state: 'warn', limit: null, needed_per_minute: 7.1 },
      control: { state: 'ok', every_seconds: 300 },
      webhook: { state: 'unknown', text: 'none: webhook_secret is not set' },
    });
    expect(spool?.facts).toMatchObject({
      login: { as: null },
      tidy: { may_close: false, may_delete: true },
      misfiled: { state: 'warn' },
      clock: { offset_seconds: { low: 0, high: 0 } },
      requests: { state: 'unknown', needed_per_minute: null },
      // In front of scout: each canary passes it.
      volume: { per_month: 172_800, noun: 'mails' },
    });
    expect(pushed?.facts).toMatchObject({
      inbox: { state: 'unknown', names: [] },
      clock: { state: 'unknown', offset_seconds: null },
      control: { state: 'unknown', text: 'none: it cannot look, so there is no look to hold' },
    });
    expect([down?.ok, down?.facts]).toEqual([false, null]);
    expect(findings.filter(({ type }) => type !== null)).toHaveLength(4);
    expect(JSON.stringify(findings)).not.toContain(SECRET);
  });
});

describe('check sends a signed push to where the monitor takes them', () => {
  async function listen({ hookPort }: Desks, secret: string, name = 'scout'): Promise<void> {
    const place = { port: 9, appId: 'app', appSecret: 'none', mailboxId: 85 };
    const observer = helpscoutObserver(place, { config: { webhook_secret: secret } });
    const take = observer.hook?.bind(observer);
    const server = createHookServer({
      config: { listen: { host: '127.0.0.1', port: hookPort }, basePath: '/in' },
      takers: new Map(take === undefined ? [] : [[name, take]]),
      ...{ clock, logger: silentLogger },
    });
    await server.start();
    atEnd(() => server.stop());
    atEnd(() => observer.close());
  }

  it('taken: it is reachable, and knows the secret', async () => {
    const scene = await desks();
    await listen(scene, SECRET);

    const { webhook } = await factsOf(scene.config, 'scout');

    const url = `http://127.0.0.1:${scene.hookPort}/in/scout`;
    expect(webhook).toMatchObject({ state: 'ok', url, status: 204 });
  });

  it.each([
    { what: 'another secret', secret: 'another-secret', name: 'scout', status: 401 },
    { what: 'another observer', secret: SECRET, name: 'other', status: 404 },
  ])('refused, by a monitor with $what: that is a failure', async ({ secret, name, status }) => {
    const scene = await desks();
    await listen(scene, secret, name);

    const { findings } = await report(scene.config);

    const scout = findings.find((found) => found.name === 'scout');
    expect(scout?.facts?.webhook).toMatchObject({ state: 'fail', status });
    expect(scout?.ok).toBe(false);
  });

  it('nobody listens: that is a warning', async () => {
    const { config, hookPort } = await desks();

    const { findings } = await report(config);

    const scout = findings.find((found) => found.name === 'scout');
    const text = `nobody listens at 127.0.0.1:${hookPort}: is the monitor running?`;
    expect(scout?.facts?.webhook).toMatchObject({ state: 'warn', text, status: null });
    expect(scout?.warnings).toEqual([`webhook: ${text}`]);
    expect(scout?.ok).toBe(true);
  });
});

describe('check is a table for people', () => {
  async function textOf(config: string, columns: number, colour: boolean): Promise<string> {
    const context = createTestContext({
      colour,
      isTerminal: { out: true, err: true },
      screen: { columns: () => columns, rows: () => 50, onResize: () => () => undefined },
    });
    return (await run(['check', '-c', config], context)).out;
  }

  it.each([80, 120])('that fits into %i columns, with and without colour', async (columns) => {
    const { config } = await desks();

    const plain = await textOf(config, columns, false);
    const painted = await textOf(config, columns, true);

    // What the servers count differs from run to run.
    const shape = (text: string): string =>
      text.replaceAll(/\u001b\[\d+m/g, '').replaceAll(/^ +ok {4}(clock|requests) .*$/gm, '$1');
    expect(painted).toContain('\u001b[33m!\u001b[0m     webhook');
    expect(
      shape(painted)
        .split('\n')
        .filter((line) => !/limit|minute/.test(line)),
    ).toEqual(
      shape(plain)
        .split('\n')
        .filter((line) => !/limit|minute/.test(line)),
    );
    expect(plain.split('\n').filter((line) => line.length > columns)).toEqual([]);
    expect(plain).toMatch(/^ok {4}observer scout +helpscout, 172,800 tickets a month$/m);
    expect(plain).toMatch(/^ {6}ok {4}inbox {5}Support <support@example\.test>$/m);
    expect(plain).toMatch(/^ {6}- {5}misfiled {2}not looked at: Zammad has no spam of its own/m);
    expect(plain).toMatch(/^ {6}! {5}webhook {3}nobody listens at /m);
    expect(plain.match(/nobody listens at/g)).toHaveLength(2);
    expect(plain).toMatch(/^FAIL {2}observer down +127\.0\.0\.1:9: /m);
  });
});
