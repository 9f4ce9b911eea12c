import { once } from 'node:events';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import * as z from 'zod';
import { describe, expect, it } from 'vitest';
import type { Authorization } from '../../../src/observers/http/courier.ts';
import { clock, failureOf, open, PLANTED, serve, signal } from './support.ts';

describe('credentials', () => {
  function grants(...tokens: readonly string[]): Authorization & { readonly renewals: number } {
    let renewals = 0;
    return {
      header: () => Promise.resolve(tokens[renewals] ?? 'none'),
      renew() {
        renewals += 1;
        return true;
      },
      get renewals() {
        return renewals;
      },
    };
  }

  it('are renewed once at a 401', async () => {
    const { port, requests } = await serve((incoming, outgoing) =>
      outgoing.writeHead(incoming.headers.authorization === 'second' ? 200 : 401).end('{}'),
    );
    const authorization = grants('first', 'second');

    await open(port).call({ path: '/x', authorization }, signal);

    expect(requests).toEqual(['GET /x first', 'GET /x second']);
  });

  it('are not renewed again when that does not help', async () => {
    const { port, requests } = await serve((_incoming, outgoing) => outgoing.writeHead(401).end());
    const authorization = grants('first', 'second', 'third');

    const error = await failureOf(open(port).call({ path: '/', authorization }, signal));

    expect(error.reason).toBe('auth');
    expect(requests).toHaveLength(2);
  });

  it('are asked for at a host that says nothing of the clock and the limit of this one', async () => {
    const hour = 3_600_000;
    const other = await serve((_incoming, outgoing) => {
      const date = new Date(Date.now() + hour).toUTCString();
      outgoing.writeHead(200, { date, 'x-ratelimit-remaining-minute': '0' }).end('{}');
    });
    const { port } = await serve((_incoming, outgoing) => outgoing.end('{}'));
    const http = open(port);
    await http.call({ path: '/' }, signal);

    const url = `http://127.0.0.1:${other.port}/token`;
    await http.postToken(url, new URLSearchParams(), { signal, secrets: [] });

    expect(http.offset()?.high).toBeLessThan(hour / 2);
    expect(http.budget.remaining()).toBeGreaterThan(0);
    await http.call({ path: '/' }, signal);
  });

  it('go with a redirect on the same host, and to no other', async () => {
    const other = await serve((_incoming, outgoing) => outgoing.end('{}'));
    const { port, requests } = await serve((incoming, outgoing) => {
      if (incoming.url === '/near') outgoing.writeHead(302, { location: '/there' }).end();
      else if (incoming.url === '/there') outgoing.end('{}');
      else outgoing.writeHead(302, { location: `http://127.0.0.1:${other.port}/` }).end();
    });
    const http = open(port);
    const authorization = grants('token');

    await http.call({ path: '/near', authorization }, signal);
    const error = await failureOf(http.call({ path: '/far', authorization }, signal));

    expect(requests).toContain('GET /there token');
    expect(error).toMatchObject({ reason: 'bad-reply' });
    expect(other.requests).toEqual([]);
  });

  it('redirects in a circle end', async () => {
    const { port, requests } = await serve((_incoming, outgoing) =>
      outgoing.writeHead(301, { location: '/' }).end(),
    );

    expect((await failureOf(open(port).call({ path: '/' }, signal))).reason).toBe('bad-reply');
    expect(requests).toHaveLength(4);
  });

  it('a write is never sent on to where a redirect points', async () => {
    const { port, requests } = await serve((_incoming, outgoing) =>
      outgoing.writeHead(307, { location: '/elsewhere' }).end(),
    );

    await failureOf(open(port).call({ path: '/', method: 'DELETE' }, signal));

    expect(requests).toEqual(['DELETE / -']);
  });
});

describe('bodies', () => {
  const Shape = z.object({ id: z.number() });

  it('are parsed, below the path of the base URL', async () => {
    const { port, requests } = await serve((_incoming, outgoing) => outgoing.end('{"id":7,"x":1}'));

    const value = await open(port, { path: '/base/' }).json({ path: '/a?b=c' }, Shape, signal);

    expect(value).toEqual({ id: 7 });
    expect(requests).toEqual(['GET /base/a?b=c -']);
  });

  it.each([
    ['no JSON', '<html>secret of a customer'],
    ['another form', '{"id":"secret of a customer"}'],
    ['nothing', ''],
  ])('of %s are bad replies, and not repeated', async (_what, body) => {
    const { port } = await serve((_incoming, outgoing) => outgoing.end(body));

    const error = await failureOf(open(port).json({ path: '/a?q=private' }, Shape, signal));

    expect(error.reason).toBe('bad-reply');
    expect(error.message).not.toMatch(/customer|private/);
  });

  it('longer than the limit are not read to their end', async () => {
    let sent = 0;
    const { port } = await serve((_incoming, outgoing) => {
      const piece = 'x'.repeat(65_536);
      const pump = (): void => {
        while (!outgoing.destroyed && sent < 1_000 && outgoing.write(piece)) sent += 1;
        sent += 1;
      };
      outgoing.on('drain', pump);
      pump();
    });

    const error = await failureOf(open(port).call({ path: '/', bodyLimit: 100_000 }, signal));

    expect(error).toMatchObject({ reason: 'bad-reply' });
    expect(error.message).toContain('longer than');
    expect(sent).toBeLessThan(900);
  });

  it('that end too early are a broken connection', async () => {
    const { port } = await serve((_incoming, outgoing) => {
      outgoing.writeHead(200, { 'content-length': '100' });
      outgoing.write('{"id":', () => outgoing.destroy());
    });

    expect((await failureOf(open(port).call({ path: '/' }, signal))).reason).toBe('unreachable');
  });
});

describe('deadlines and broken lines', () => {
  it('a request that hangs ends at its deadline', async () => {
    const { port } = await serve(() => undefined);

    const error = await failureOf(open(port, { timeoutMs: 50 }).call({ path: '/' }, signal));

    expect(error).toMatchObject({ reason: 'timeout', retryable: true });
  });

  it('a body that hangs does too', async () => {
    const { port } = await serve((_incoming, outgoing) => void outgoing.write('{'));

    const error = await failureOf(open(port, { timeoutMs: 50 }).call({ path: '/' }, signal));

    expect(error.reason).toBe('timeout');
  });

  it('what is stopped says so, and what was stopped before is not sent', async () => {
    const stop = new AbortController();
    const { port, requests } = await serve(() => stop.abort());
    const http = open(port);

    const [during, before] = [
      await failureOf(http.call({ path: '/' }, stop.signal)),
      await failureOf(http.call({ path: '/' }, stop.signal)),
    ];

    expect([during.reason, before.reason]).toEqual(['aborted', 'aborted']);
    expect(requests).toHaveLength(1);
    expect(http.requests()).toBe(1);
  });

  it('a reset, nobody there, and what is not HTTP are told apart', async () => {
    const tcp = createTcpServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.resetAndDestroy());
    });
    tcp.listen(0, '127.0.0.1');
    await once(tcp, 'listening');
    const { port } = tcp.address() as AddressInfo;
    const reset = await failureOf(open(port).call({ path: '/' }, signal));
    tcp.close();
    await once(tcp, 'close');

    const nobody = await failureOf(open(port).call({ path: '/' }, signal));

    expect(reset).toMatchObject({ reason: 'unreachable', retryable: true });
    expect(nobody).toMatchObject({ reason: 'unreachable', retryable: true });
  });

  it('no secret is in anything that an error holds', async () => {
    const { port } = await serve((_incoming, outgoing) => outgoing.destroy());
    const authorization = {
      header: () => Promise.resolve(`Bearer ${PLANTED}`),
      renew: () => false,
    };

    const error = await failureOf(open(port).call({ path: '/', authorization }, signal));

    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(PLANTED);
  });

  it('the Date of each reply tells of its clock', async () => {
    const { port } = await serve((_incoming, outgoing) => {
      outgoing.sendDate = false;
      outgoing.writeHead(200, { date: new Date(clock.now() + 40_000).toUTCString() }).end('{}');
    });
    const http = open(port);
    expect(http.offset()).toBeUndefined();

    await http.call({ path: '/' }, signal);

    const { low, high } = http.offset()!;
    expect(low).toBeLessThanOrEqual(40_000);
    expect(high).toBeGreaterThanOrEqual(40_000);
  });
});
