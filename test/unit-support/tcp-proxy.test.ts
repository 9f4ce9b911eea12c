import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createFakeClock } from '../support/fake-clock.ts';
import { startProxy, type ProxyOptions, type Rule, type TcpProxy } from '../support/tcp-proxy.ts';
import { connectLines, startLineServer, type LineClient, type LineServer } from './line-peers.ts';

let mail: LineServer;
let proxy: TcpProxy;
const clients: LineClient[] = [];

beforeEach(async () => {
  mail = await startLineServer();
});
afterEach(async () => {
  await proxy.stop();
  for (const client of clients.splice(0)) client.socket.destroy();
  mail.stop();
});

async function start(rules: readonly Rule[], more: Partial<ProxyOptions> = {}): Promise<void> {
  proxy = await startProxy({ target: { port: mail.port }, rules, ...more });
}

function connect(): LineClient {
  const client = connectLines(proxy.port);
  clients.push(client);
  return client;
}

describe('a proxy without rules', () => {
  test('passes lines both ways, and writes them down', async () => {
    await start([]);
    const client = connect();

    expect(await client.hear()).toBe('220 here');
    client.say('EHLO');
    expect([await client.hear(), await client.hear()]).toEqual(['250-first', '250 last']);

    expect(proxy.said('client')).toEqual(['EHLO']);
    expect(proxy.transcript).toContainEqual({ connection: 1, from: 'server', text: '250 last' });
    expect(proxy.connections()).toEqual({ total: 1, open: 1 });
  });

  test('passes an end on', async () => {
    await start([]);
    const client = connect();
    await client.hear();

    client.socket.end('without a newline');
    expect(await client.ended).toBe('end');
    await proxy.whenIdle();

    expect(mail.lines).toEqual(['without a newline']);
    expect(mail.ends).toEqual(['end']);
  });

  test('passes bytes as they come when raw', async () => {
    await start([], { raw: true });
    const client = connect();
    await client.hear();
    const arrived = once(mail.sockets[0]!, 'data');

    client.socket.write(Buffer.from([0, 255, 128]));

    expect([...((await arrived)[0] as Buffer)]).toEqual([0, 255, 128]);
  });

  test('becomes raw after STARTTLS', async () => {
    await start([]);
    const client = connect();
    await client.hear();

    client.say('STARTTLS');
    expect(await client.hear()).toBe('220 begin');
    client.socket.write('no newline');
    await proxy.whenPassed((passed) => passed.text === 'no newline');

    expect(proxy.said('client')).toEqual(['STARTTLS', 'no newline']);
  });

  test('resets the client when the target cannot be reached', async () => {
    await start([]);
    mail.stop();

    expect(await connect().ended).toBe('ECONNRESET');
  });
});

describe('a proxy cuts', () => {
  test('after the final dot, before the reply', async () => {
    await start([{ on: 'client-line', match: /^\.$/, at: 'after', do: 'reset' }]);
    const client = connect();

    client.say('DATA', 'text', '.');
    expect(await client.ended).toBe('ECONNRESET');
    await mail.until(() => mail.ends.length === 1);

    expect(mail.lines).toEqual(['DATA', 'text', '.']);
    expect(proxy.said('server')).not.toContain('250 ok .');
  });

  test('after an answer of its own, with a FIN to the side that has still to read', async () => {
    const cutOff = { answer: '', then: 'reset' } as const;
    await start([{ on: 'client-line', match: /^\.$/, at: 'after', do: cutOff }]);
    const client = connect();
    await client.hear();

    client.say('DATA', 'text', '.');
    expect(await client.ended).toBe('ECONNRESET');
    await mail.until(() => mail.ends.length === 1);

    expect(mail.lines).toEqual(['DATA', 'text', '.']);
    expect(mail.ends).toEqual(['end']);
  });

  test('before the final dot', async () => {
    await start([{ on: 'client-line', match: /^\.$/, do: 'reset' }]);
    const client = connect();

    client.say('DATA', 'text', '.');
    expect(await client.ended).toBe('ECONNRESET');
    await mail.until(() => mail.ends.length === 1);

    expect(mail.lines).toEqual(['DATA', 'text']);
  });

  test('at the 354, and only once', async () => {
    await start([{ on: 'server-line', match: /^354/, do: 'reset' }]);

    const first = connect();
    first.say('DATA');
    expect(await first.ended).toBe('ECONNRESET');
    const second = connect();
    await second.hear();
    second.say('DATA');

    expect(await second.hear()).toBe('354 go');
    expect(proxy.connections().total).toBe(2);
  });

  test('with a FIN, after a reply has passed', async () => {
    await start([{ on: 'server-line', match: /^220/, at: 'after', do: 'close' }]);
    const client = connect();

    expect(await client.hear()).toBe('220 here');
    expect(await client.ended).toBe('end');
    await proxy.whenIdle();
    expect(mail.ends).toEqual(['end']);
  });

  test('as often as told', async () => {
    await start([{ on: 'connect', do: 'reset', times: 2 }]);

    const ends = [await connect().ended, await connect().ended];
    const third = await connect().hear();

    expect(ends).toEqual(['ECONNRESET', 'ECONNRESET']);
    expect(third).toBe('220 here');
    expect(mail.ends).toEqual([]);
  });

  test('after so many bytes', async () => {
    await start([{ on: 'client-bytes', moreThan: 10, do: 'reset' }]);
    const client = connect();
    await client.hear();

    client.say('12345678'); // ten with CRLF
    expect(await client.hear()).toBe('250 ok 12345678');
    client.say('9');

    expect(await client.ended).toBe('ECONNRESET');
    expect(mail.lines).toEqual(['12345678']);
  });

  test('all connections on request, and refuses new ones until it accepts again', async () => {
    await start([]);
    const client = connect();
    await client.hear();

    await proxy.refuse();
    const refused = connect();
    expect(await refused.ended).toBe('ECONNREFUSED');
    client.say('NOOP');
    expect(await client.hear()).toBe('250 ok NOOP');
    proxy.resetAll();
    expect(await client.ended).toBe('ECONNRESET');
    await proxy.accept();

    expect(await connect().hear()).toBe('220 here');
  });
});

describe('a proxy stops', () => {
  test('in the moment in which it passes an end on', async () => {
    await start([{ on: 'client-line', match: /QUIT/, do: 'close' }]);
    const client = connect();
    await client.hear();

    client.say('QUIT');
    await proxy.whenRuleFired();
    await proxy.stop();

    expect(proxy.connections().open).toBe(0);
  });

  test('while a side does not read what waits for it', async () => {
    await start([], { raw: true });
    const client = connect();
    await client.hear();
    client.socket.pause();
    mail.sockets[0]!.write('x'.repeat(20_000_000));
    await proxy.whenPassed(({ text }) => text.startsWith('x'));

    await proxy.stop();

    expect(proxy.connections().open).toBe(0);
  });
});

describe('a proxy keeps the line open', () => {
  test('and stalls after the reply to EHLO', async () => {
    await start([{ on: 'server-line', match: /^250 /, at: 'after', do: 'stall' }]);
    const client = connect();
    await client.hear();

    client.say('EHLO');
    await client.hear();
    expect(await client.hear()).toBe('250 last');
    await proxy.whenRuleFired();
    client.say('MAIL');
    client.socket.end();
    await proxy.whenIdle();

    expect(mail.lines).toEqual(['EHLO']);
    expect(mail.ends).toEqual([]); // an end does not come through either
  });

  test('and says nothing from the start', async () => {
    await start([{ on: 'connect', do: 'stall' }]);

    connect();
    await proxy.whenConnected();
    await proxy.whenRuleFired();

    expect(proxy.transcript).toEqual([]);
    expect(proxy.connections().open).toBe(1);
  });

  test('and swallows one direction', async () => {
    await start([{ on: 'server-line', match: /one/, do: 'swallow' }]);
    const client = connect();
    await client.hear();

    client.say('one', 'two');
    await mail.until(() => mail.lines.length === 2);

    expect(proxy.said('server')).toEqual(['220 here']);
  });

  test('and delays each line by our clock', async () => {
    const clock = createFakeClock();
    await start([{ on: 'server-line', match: /one/, do: { delayMs: 300 } }], { clock });
    const client = connect();
    await client.hear();

    client.say('one', 'two');
    await clock.whenAsleep();
    expect(proxy.said('server')).toEqual(['220 here']);
    await clock.advance(300);
    expect(await client.hear()).toBe('250 ok one');
    await clock.whenAsleep();
    await clock.advance(300);

    expect(await client.hear()).toBe('250 ok two');
  });

  test('and takes new rules', async () => {
    await start([]);
    const client = connect();
    await client.hear();

    proxy.setRules();
    proxy.addRule({ on: 'client-line', match: /^QUIT/, do: 'reset' });
    client.say('QUIT');

    expect(await client.ended).toBe('ECONNRESET');
  });
});
