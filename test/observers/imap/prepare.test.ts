import { expect, it, onTestFinished } from 'vitest';
import { silentLogger } from '../../../src/base/logger.ts';
import { createSystemClock, createSystemRandom } from '../../../src/base/system.ts';
import { parseObserver } from '../../../src/config/adapters.ts';
import type { Observer } from '../../../src/observers/observer.ts';
import { createObserver } from '../../../src/observers/registry.ts';
import { createSandbox } from '../../../src/sandbox/sandbox.ts';
import { startProxy, type Rule, type TcpProxy } from '../../support/tcp-proxy.ts';
import { TEST_KEYS } from '../../support/test-launch.ts';

const tools = { clock: createSystemClock(), random: createSystemRandom(), logger: silentLogger };

/** A mailbox of the sandbox behind a proxy, and an observer of it. */
async function openBench(...rules: readonly Rule[]): Promise<[Observer, TcpProxy]> {
  const sandbox = createSandbox({}, tools);
  const { imap } = await sandbox.start();
  onTestFinished(() => sandbox.stop());
  const proxy = await startProxy({ target: { port: imap.port }, rules });
  onTestFinished(() => proxy.stop());
  const { imapUser: user, imapPassword } = sandbox.credentials;
  const config = parseObserver(
    {
      ...{ type: 'imap', url: `imap://127.0.0.1:${proxy.port}`, user },
      password: imapPassword.reveal(),
    },
    'mailbox',
  );
  const observer = await createObserver('mailbox', config, { ...tools, keys: TEST_KEYS });
  onTestFinished(() => observer.close());
  return [observer, proxy];
}

const look = (observer: Observer) =>
  observer.look({ cursor: undefined, since: Date.now(), signal: new AbortController().signal });

it('a login that is refused in advance is not tried again at once by the first look', async () => {
  const refusal = { answer: '$1 NO [AUTHENTICATIONFAILED] not today\r\n' };
  const [observer, proxy] = await openBench({
    ...{ on: 'client-line', match: / AUTHENTICATE /, do: refusal },
  });

  observer.prepare?.();
  const first = look(observer);

  await expect(first).rejects.toMatchObject({ reason: 'auth' });
  expect(proxy.connections().total).toBe(1);
});

it('a connection that breaks while a folder is asked for is no refusal of the server', async () => {
  const [observer] = await openBench({ on: 'client-line', match: / STATUS /, do: 'reset' });

  await expect(look(observer)).rejects.toMatchObject({ reason: 'unreachable', retryable: true });
});
