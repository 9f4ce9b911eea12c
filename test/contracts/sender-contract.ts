import { afterEach, describe, expect, it } from 'vitest';
import type { Clock } from '../../src/base/clock.ts';
import { MonitorError } from '../../src/base/errors.ts';
import { createSystemClock } from '../../src/base/system.ts';
import { composeMessage } from '../../src/domain/message.ts';
import type { Sender, SendResult } from '../../src/senders/sender.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createSmtpStub, type SmtpStub, type StubScript } from '../support/smtp-stub.ts';

export interface SenderSubject {
  readonly name: string;
  /** Creates the sender under test against this server; its dialogues end after `timeoutMs`. */
  readonly create: (stub: SmtpStub, options: { clock: Clock; timeoutMs: number }) => Sender;
  /** EHLO keywords that make it do all that it can do. */
  readonly extensions: readonly string[];
  /** The stages its dialogue has. */
  readonly stages: readonly (keyof StubScript)[];
  /** What must appear in no result and no error. */
  readonly secrets: readonly string[];
}

const TIMEOUT_MS = 20_000;
const NEVER = new AbortController().signal;

/** What every sender has to keep to, whatever it does in between. */
export function describeSender(subject: SenderSubject): void {
  const { name, create, extensions, secrets } = subject;
  const stages = subject.stages.filter((stage) => stage !== 'final');
  const opened: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.close();
  });

  async function start(script: StubScript, clock: Clock = createSystemClock()) {
    const stub = await createSmtpStub({ script, extensions });
    const sender = create(stub, { clock, timeoutMs: TIMEOUT_MS });
    opened.push(sender, stub);
    return { stub, sender };
  }

  describe(`sender contract: ${name}`, () => {
    it('hands the mail over exactly once and says when', async () => {
      const { stub, sender } = await start({});

      const result = await sender.send(mail(), NEVER);

      expect(result.type).toBe('accepted');
      expect(stub.sessions.filter((session) => session.mail !== undefined)).toHaveLength(1);
      await stub.idle();
    });

    for (const stage of stages) {
      it(`classifies every failure at ${stage} as a mail not handed over`, async () => {
        expect(await outcome({ [stage]: '451 4.3.0 later' })).toMatch(/^deferred /);
        expect(await outcome({ [stage]: '554 5.3.0 never' })).toMatch(/^refused /);
        expect(await outcome({ [stage]: 'reset' })).toBe('refused unreachable');
        expect(await outcome({ [stage]: 'close' })).toBe('refused unreachable');
      });
    }

    it('classifies every failure after the final dot', async () => {
      expect(await outcome({ final: '451 4.3.0 later' })).toBe('deferred refused');
      expect(await outcome({ final: '554 5.3.0 never' })).toBe('refused refused');
      expect(await outcome({ final: 'reset' })).toBe('in_doubt unreachable');
      expect(await outcome({ final: 'close' })).toBe('in_doubt unreachable');
      expect(await outcome({ final: 'what?' })).toBe('in_doubt bad-reply');
    });

    for (const stage of [...stages, 'final'] as const) {
      it(`ends promptly and for good when stopped at ${stage}`, async () => {
        const { stub, sender } = await start({ [stage]: 'stall' });
        const abort = new AbortController();

        const sending = sender.send(mail(), abort.signal);
        await stub.reached(stage);
        const before = performance.now();
        abort.abort();
        const result = await sending;
        const took = performance.now() - before;
        await stub.idle();

        expect(brief(result)).toBe(`${stage === 'final' ? 'in_doubt' : 'refused'} aborted`);
        expect(took).toBeLessThan(100);
        expect(stub.sessions).toHaveLength(1);
      });

      it(`ends at its deadline when nothing comes at ${stage}`, async () => {
        const clock = createFakeClock();
        const { stub, sender } = await start({ [stage]: 'stall' }, clock);

        const sending = sender.send(mail(), NEVER);
        await stub.reached(stage);
        await clock.advance(TIMEOUT_MS);

        expect(brief(await sending)).toBe(`${stage === 'final' ? 'in_doubt' : 'refused'} timeout`);
        await stub.idle();
      });

      it(`leaks no secret in what it says about ${stage}`, async () => {
        const echo = `550 5.7.1 ${secrets.join(' ')} ${'x'.repeat(400)}`;
        const { sender } = await start({ [stage]: echo });

        const said = JSON.stringify(await sender.send(mail(), NEVER));

        for (const secret of secrets) expect(said).not.toContain(secret);
        expect(said.length).toBeLessThan(800);
      });
    }

    it('does not begin when it is stopped before', async () => {
      const { stub, sender } = await start({});

      const result = await sender.send(mail(), AbortSignal.abort());

      expect(brief(result)).toBe('refused aborted');
      expect(stub.sessions).toHaveLength(0);
    });

    it('never tries a second time by itself', async () => {
      for (const stage of [...stages, 'final']) {
        const { stub, sender } = await start({ [stage]: 'reset' });

        await sender.send(mail(), NEVER);
        await sender.close();

        expect(stub.sessions).toHaveLength(1);
      }
    });

    it('checks without sending, and says what to fix in an error of ours', async () => {
      const { stub, sender } = await start({});
      const broken = await start({ ehlo: `554 5.3.0 ${secrets.join(' ')}` });

      const report = await sender.check(NEVER);
      const failure: unknown = await broken.sender.check(NEVER).catch((error: unknown) => error);

      expect(report.summary).not.toBe('');
      expect(stub.sessions[0]!.commands.join()).not.toContain('MAIL');
      expect(failure).toBeInstanceOf(MonitorError);
      for (const secret of secrets) expect(String(failure)).not.toContain(secret);
      await stub.idle();
    });

    it('leaves no socket and no timer behind', async () => {
      // Test files share a process: what an earlier one left there is not ours.
      const [sockets, timers] = [countHandles(SOCKETS), countHandles(/^Timeout$/)];
      const { stub, sender } = await start({});
      for (const script of [{ greeting: 'reset' }, { final: 'close' }, { quit: 'stall' }]) {
        await outcome(script);
      }
      await sender.send(mail(), NEVER);
      await sender.check(NEVER);

      for (const one of opened.splice(0)) await one.close();
      await stub.idle();

      expect(countHandles(SOCKETS)).toBeLessThanOrEqual(sockets);
      expect(countHandles(/^Timeout$/)).toBeLessThanOrEqual(timers);
    });
  });

  async function outcome(script: StubScript): Promise<string> {
    const { sender } = await start(script);
    return brief(await sender.send(mail(), NEVER));
  }
}

const SOCKETS = /TCPSocket|TLS|TCPConnect|GetAddrInfo/;

/** What keeps the process alive. */
function countHandles(kinds: RegExp): number {
  return process.getActiveResourcesInfo().filter((kind) => kinds.test(kind)).length;
}

function mail() {
  return composeMessage({
    id: 'support1abc',
    token: 'support1abcdefghijklmnopqrstuvwxyz',
    probe: 'support',
    from: 'canary@probe.test',
    to: 'support@desk.test',
    launchedAt: Date.UTC(2026, 0, 5, 9, 0, 0),
    profile: 'plain',
  });
}

function brief(result: SendResult): string {
  if (result.type === 'accepted') return 'accepted';
  const { reason } = result.type === 'in_doubt' ? result.doubt : result.refusal;
  return `${result.type} ${reason}`;
}
