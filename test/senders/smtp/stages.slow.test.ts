import { afterEach, describe, expect, it } from 'vitest';
import { createSystemClock } from '../../../src/base/system.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import {
  createSmtpStub,
  type StubAction,
  type StubOptions,
  type StubStage,
} from '../../support/smtp-stub.ts';
import { createCertificate } from '../certificate.ts';
import { brief, detailOf, LOGIN, message, NEVER, senderFor } from './setup.ts';

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

const WITH_LOGIN: StubOptions = { extensions: ['AUTH PLAIN'] };
const PIPELINED: StubOptions = { extensions: ['AUTH PLAIN', 'PIPELINING'] };
const STARTTLS: StubOptions = { tls: 'starttls', certificate: createCertificate() };

async function send(options: StubOptions, clock = createSystemClock()) {
  const stub = await createSmtpStub(options);
  const security = options.tls === 'starttls' ? ({ tls: 'starttls' } as const) : LOGIN;
  const sender = senderFor(stub.port, security, clock);
  opened.push(sender, stub);
  return { stub, sending: sender.send(message(), NEVER) };
}

const R4 = '451 4.3.0 Try later';
const R5 = '554 5.3.0 No way';

type Row = readonly [stage: StubStage, action: StubAction, expected: string];
const TABLE: readonly Row[] = [
  ['greeting', R4, 'deferred refused 451'],
  ['greeting', R5, 'refused refused 554'],
  ['greeting', 'reset', 'refused unreachable'],
  ['greeting', 'close', 'refused unreachable'],
  ['greeting', 'HTTP/1.1 400 Bad Request', 'refused bad-reply'],
  ['greeting', '421 4.7.0 Too many connections', 'deferred rate-limited 421'],
  ['ehlo', R4, 'deferred refused 451'],
  ['ehlo', R5, 'refused refused 554'],
  ['ehlo', 'reset', 'refused unreachable'],
  ['ehlo', 'close', 'refused unreachable'],
  ['ehlo', 'what?', 'refused bad-reply'],
  ['auth', '454 4.7.0 Temporary authentication failure', 'deferred auth 454'],
  ['auth', '535 5.7.8 Error: authentication failed', 'refused auth 535'],
  ['auth', '534 5.7.9 Application-specific password required', 'refused auth 534'],
  ['auth', '454 4.7.0 Too many login attempts', 'deferred rate-limited 454'],
  ['auth', 'reset', 'refused unreachable'],
  ['auth', 'close', 'refused unreachable'],
  ['auth', 'what?', 'refused bad-reply'],
  ['mail', R4, 'deferred refused 451'],
  ['mail', '452 4.3.1 Insufficient system storage', 'deferred refused 452'],
  ['mail', '530 5.7.0 Authentication required', 'refused auth 530'],
  ['mail', R5, 'refused refused 554'],
  ['mail', 'reset', 'refused unreachable'],
  ['mail', 'close', 'refused unreachable'],
  ['mail', 'what?', 'refused bad-reply'],
  ['rcpt', '450 4.7.1 Greylisted', 'deferred rate-limited 450'],
  ['rcpt', '450 4.2.1 This user is receiving mail at a rate', 'deferred rate-limited 450'],
  ['rcpt', '550 5.1.1 No such user', 'refused refused 550'],
  ['rcpt', 'reset', 'refused unreachable'],
  ['rcpt', 'close', 'refused unreachable'],
  ['rcpt', 'what?', 'refused bad-reply'],
  ['data', R4, 'deferred refused 451'],
  ['data', R5, 'refused refused 554'],
  ['data', { reply: '421 4.3.2 Closing', then: 'close' }, 'deferred refused 421'],
  ['data', 'reset', 'refused unreachable'],
  ['data', 'close', 'refused unreachable'],
  ['data', 'what?', 'refused bad-reply'],
  // 354 and the end of it in one packet: nothing of the mail may count as handed over.
  ['data', { reply: '354 go', then: 'close' }, 'refused unreachable'],
  ['data', { reply: '354 go', then: 'reset' }, 'refused unreachable'],
  ['data', '354 go\r\n250 2.0.0 Ok: queued as NEVER', 'refused bad-reply'],
  ['body', R4, 'deferred refused 451'],
  ['body', '552 5.3.4 Too big', 'refused refused 552'],
  ['body', 'reset', 'refused unreachable'],
  ['final', R4, 'deferred refused 451'],
  ['final', '421 4.3.2 Shutting down', 'deferred refused 421'],
  ['final', '454 Throttling failure: Maximum sending rate exceeded.', 'deferred rate-limited 454'],
  ['final', '550 5.7.1 Spam', 'refused refused 550'],
  ['final', 'reset', 'in_doubt unreachable'],
  ['final', 'close', 'in_doubt unreachable'],
  ['final', 'what?', 'in_doubt bad-reply'],
  ['final', '354 go on', 'in_doubt bad-reply'],
  ['final', '250-half a reply', 'in_doubt timeout'],
  ['quit', 'reset', 'accepted'],
  ['quit', 'what?', 'accepted'],
];

const STALLS: readonly (readonly [StubStage, string])[] = [
  ['greeting', 'refused timeout'],
  ['ehlo', 'refused timeout'],
  ['auth', 'refused timeout'],
  ['mail', 'refused timeout'],
  ['rcpt', 'refused timeout'],
  ['data', 'refused timeout'],
  ['final', 'in_doubt timeout'],
];

const name = (action: StubAction): string =>
  typeof action === 'string' ? action.replaceAll('\r\n', ' / ') : JSON.stringify(action);

describe('each stage of the dialogue', () => {
  for (const [stage, action, expected] of TABLE) {
    if (expected.endsWith('timeout')) continue;
    it(`${stage}: ${name(action)} is ${expected}`, async () => {
      const { sending } = await send({ ...WITH_LOGIN, script: { [stage]: action } });

      expect(brief(await sending)).toBe(expected);
    });
  }

  for (const [stage, action, expected] of TABLE) {
    if (!['mail', 'rcpt', 'data'].includes(stage) || action === 'what?') continue;
    it(`${stage}, pipelined: ${name(action)} is ${expected}`, async () => {
      const { sending } = await send({ ...PIPELINED, script: { [stage]: action } });

      expect(brief(await sending)).toBe(expected);
    });
  }

  for (const [stage, expected] of STALLS) {
    it(`${stage}: silence until the deadline is ${expected}`, async () => {
      const clock = createFakeClock();
      const { stub, sending } = await send({ ...WITH_LOGIN, script: { [stage]: 'stall' } }, clock);

      await stub.reached(stage);
      await clock.advance(30_000);

      expect(brief(await sending)).toBe(expected);
    });
  }

  it('keeps the interval of doubt: from the dot to the loss', async () => {
    const clock = createFakeClock();
    const { stub, sending } = await send({ script: { final: '250-half' }, ...WITH_LOGIN }, clock);
    const start = clock.now();

    await stub.reached('final');
    await clock.advance(30_000);

    const result = await sending;
    expect(result).toMatchObject({
      type: 'in_doubt',
      doubt: { at: { low: start, high: start + 30_000 } },
    });
    expect(detailOf(result)).toBe('no end in time, waiting for the reply to the mail');
  });
});

describe('STARTTLS', () => {
  const rows: readonly Row[] = [
    ['starttls', '454 4.7.0 TLS not available due to local problem', 'deferred tls 454'],
    ['starttls', '502 5.5.1 Command not implemented', 'refused tls 502'],
    ['starttls', 'reset', 'refused unreachable'],
    ['starttls', 'close', 'refused unreachable'],
    ['starttls', 'what?', 'refused bad-reply'],
    ['starttls', { reply: '220 go', then: 'reset' }, 'refused tls'],
    ['starttls', { reply: '220 go', then: 'close' }, 'refused tls'],
  ];
  for (const [stage, action, expected] of rows) {
    it(`${name(action)} is ${expected}`, async () => {
      const { stub, sending } = await send({ ...STARTTLS, script: { [stage]: action } });

      expect(brief(await sending)).toBe(expected);
      expect(stub.sessions[0]!.commands).not.toContainEqual(expect.stringMatching(/^(AUTH|MAIL)/));
    });
  }
});

it('a port where nobody listens is unreachable, a name that does not exist too', async () => {
  const stub = await createSmtpStub();
  await stub.close();
  const nobody = senderFor(stub.port);
  const server = { host: 'no.such.host.invalid', port: 25, implicitTls: false };
  const nowhere = senderFor(25, { server: { ...server, user: undefined, password: undefined } });

  expect(brief(await nobody.send(message(), NEVER))).toBe('refused unreachable');
  expect(brief(await nowhere.send(message(), NEVER))).toBe('refused unreachable');
});
