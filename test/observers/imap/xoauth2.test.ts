import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { silentLogger } from '../../../src/base/logger.ts';
import { createSystemClock, createSystemRandom } from '../../../src/base/system.ts';
import { parseObserver } from '../../../src/config/adapters.ts';
import { createImapObserver } from '../../../src/observers/imap/index.ts';
import { TEST_KEYS } from '../../support/test-launch.ts';

/** The SASL string of XOAUTH2: user and bearer token between control characters. */
const sasl = (user: string, token: string): string =>
  Buffer.from(`user=${user}\u0001auth=Bearer ${token}\u0001\u0001`).toString('base64');

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** A token endpoint that gives out token-1, token-2, ... and keeps what it was asked. */
async function tokenEndpoint(): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createHttpServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      asked.push(body);
      response.setHeader('content-type', 'application/json');
      const access_token = `token-${asked.length}`;
      response.end(JSON.stringify({ access_token, token_type: 'Bearer', expires_in: 3_600 }));
    });
  });
  return { url: `http://127.0.0.1:${await listening(server)}/token`, asked };
}

const OPEN_INBOX =
  '* 0 EXISTS\r\n* OK [UIDVALIDITY 1] valid\r\n* OK [UIDNEXT 1] next\r\n$ OK [READ-ONLY] done';

/** An IMAP server that takes one token only, and nothing but XOAUTH2. */
async function mailServer(accepted: string): Promise<{ port: number; logins: string[] }> {
  const logins: string[] = [];
  const server = createServer((socket) => {
    onTestFinished(() => void socket.destroy());
    socket.on('error', () => undefined);
    socket.write('* OK hello\r\n');
    let pending: string | undefined;
    const answer = (tag: string, response: string): void => {
      const fits = response === sasl('help@example.com', accepted);
      logins.push(response);
      const code = fits ? 'OK' : 'NO [AUTHENTICATIONFAILED]';
      socket.write(`${tag} ${code} done\r\n`);
    };
    createInterface({ input: socket }).on('line', (line) => {
      if (pending !== undefined) {
        answer(pending, line);
        pending = undefined;
        return;
      }
      const [tag = '', command = '', ...words] = line.split(' ');
      const replies: Record<string, string> = {
        CAPABILITY: '* CAPABILITY IMAP4rev1 SASL-IR AUTH=XOAUTH2 LOGINDISABLED\r\n$ OK done',
        LIST: '* LIST () "/" INBOX\r\n$ OK done',
        EXAMINE: OPEN_INBOX,
        LOGIN: '$ NO [PRIVACYREQUIRED] no passwords here',
      };
      if (command === 'AUTHENTICATE' && words[1] !== undefined) answer(tag, words[1]);
      else if (command === 'AUTHENTICATE') {
        pending = tag;
        socket.write('+ \r\n');
      } else socket.write(`${(replies[command] ?? '$ OK done').replace('$', tag)}\r\n`);
    });
  });
  return { port: await listening(server), logins };
}

function observe(port: number, tokenUrl: string, grant: Record<string, string>) {
  const config = parseObserver(
    {
      type: 'imap',
      url: `imap://help%40example.com@127.0.0.1:${port}`,
      oauth2: { token_url: tokenUrl, client_id: 'app', client_secret: 'app-secret', ...grant },
    },
    '--imap',
  );
  if (config.type !== 'imap') throw new Error('not parsed as it was written');
  const tools = { clock: createSystemClock(), random: createSystemRandom(), logger: silentLogger };
  const observer = createImapObserver('cloud', config, { ...tools, keys: TEST_KEYS });
  onTestFinished(() => observer.close());
  return observer;
}

const look = {
  cursor: undefined,
  since: Date.UTC(2026, 0, 1),
  signal: new AbortController().signal,
};

describe('XOAUTH2', () => {
  it.each([
    ['client credentials', { scope: 'mail/.default' }, 'grant_type=client_credentials'],
    ['a refresh token', { refresh_token: 'refresh-1' }, 'grant_type=refresh_token'],
  ])('logs in with a token had for %s', async (_name, grant, form) => {
    const endpoint = await tokenEndpoint();
    const server = await mailServer('token-1');

    const seen = await observe(server.port, endpoint.url, grant).look(look);

    expect(seen.complete).toBe(true);
    expect(server.logins).toEqual([sasl('help@example.com', 'token-1')]);
    expect(endpoint.asked[0]).toContain(form);
  });

  it('a token that is not taken is auth, is not said, and is not used again', async () => {
    const endpoint = await tokenEndpoint();
    const server = await mailServer('token-2');
    const observer = observe(server.port, endpoint.url, {});

    const failure: unknown = await observer.look(look).catch((error: unknown) => error);
    const report = await observer.check(new AbortController().signal);

    expect(failure).toMatchObject({ reason: 'auth' });
    expect(String(failure)).not.toMatch(/token-1|app-secret/);
    expect(server.logins.at(-1)).toBe(sasl('help@example.com', 'token-2'));
    expect(report.summary).toContain('INBOX');
  });
});
