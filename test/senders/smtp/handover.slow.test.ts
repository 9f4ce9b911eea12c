import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createSmtpStub, type StubOptions } from '../../support/smtp-stub.ts';
import { createCertificate } from '../certificate.ts';
import { brief, message, senderFor } from './setup.ts';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

const certificate = createCertificate();
const LINES: readonly (readonly [string, StubOptions])[] = [
  ['in the clear', {}],
  ['with TLS', { tls: 'implicit', certificate }],
  ['after STARTTLS', { tls: 'starttls', certificate }],
];

async function begin(options: StubOptions, bytes: number) {
  const folder = await mkdtemp(join(tmpdir(), 'mailcanary-'));
  const caFile = join(folder, 'ca.pem');
  await writeFile(caFile, certificate.cert);
  const clock = createFakeClock();
  const stub = await createSmtpStub(options);
  const sender = senderFor(stub.port, { tls: options.tls ?? 'none', caFile }, clock);
  opened.push(sender, stub, { close: () => rm(folder, { recursive: true }) });
  const abort = new AbortController();
  const text = `${'x'.repeat(70)}\n`.repeat(Math.ceil(bytes / 71));
  return { stub, clock, abort, sending: sender.send(message({ text }), abort.signal) };
}

/** Larger than what both kernels buffer on loopback, so that the end of it stays with us. */
const HUGE = 6_500_000;

for (const [line, options] of LINES) {
  describe(`the last byte, ${line}`, { timeout: 30_000 }, () => {
    it('is not out while the server leaves the mail unread: its reset refuses the mail', async () => {
      const { stub, sending } = await begin({ ...options, script: { body: 'pause' } }, HUGE);

      const session = await stub.reached('body');
      session.reset();

      expect(brief(await sending)).toBe('refused unreachable');
    });

    it('is not out while the server leaves the mail unread: a deadline refuses the mail', async () => {
      const { stub, clock, sending } = await begin({ ...options, script: { body: 'pause' } }, HUGE);

      const session = await stub.reached('body');
      await clock.advance(30_000);
      const result = await sending;
      session.resume();
      await stub.idle();

      expect(brief(result)).toBe('refused timeout');
      expect(session.mail).toBeUndefined();
    });

    it('is out once the server has read it: a loss leaves doubt', async () => {
      for (const bytes of [100, 2_000_000]) {
        const { stub, sending } = await begin({ ...options, script: { final: 'stall' } }, bytes);

        const session = await stub.reached('final');
        session.reset();

        expect(brief(await sending)).toBe('in_doubt unreachable');
      }
    });

    it('is out once the kernel has it, read or not: an abort leaves doubt', async () => {
      const { stub, abort, clock, sending } = await begin(
        { ...options, script: { body: 'pause' } },
        100,
      );

      await stub.reached('body');
      await clock.advance(0);
      await clock.advance(0);
      abort.abort();

      expect(brief(await sending)).toBe('in_doubt aborted');
    });

    it('is delivered from beyond the buffers too', async () => {
      const { stub, sending } = await begin(options, HUGE);

      expect(brief(await sending)).toBe('accepted');
      expect(stub.sessions[0]!.mail!.length).toBeGreaterThan(HUGE);
    });
  });
}

describe('whenever the dialogue is cut', () => {
  it('a mail called refused was never complete at the server, one it has is never called so', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          options: fc.constantFrom(...LINES.map(([, options]) => options)),
          bytes: fc.constantFrom(0, 1_000, 60_000, 300_000, 1_500_000),
          cut: fc.constantFrom('reset', 'abort', 'deadline'),
          body: fc.constantFrom('pause', 'stall', ''),
          turns: fc.nat(6),
        }),
        async ({ options, bytes, cut, body, turns }) => {
          const script = body === '' ? { final: 'stall' } : { body, final: 'stall' };
          const { stub, clock, abort, sending } = await begin({ ...options, script }, bytes);
          const session = await stub.reached('body');
          for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate);

          if (cut === 'reset') session.reset();
          if (cut === 'abort') abort.abort();
          if (cut === 'deadline') await clock.advance(30_000);
          const result = await sending;
          session.resume();
          await stub.idle();

          expect(['refused', 'in_doubt']).toContain(result.type);
          if (session.mail !== undefined) expect(result.type).toBe('in_doubt');
          expect(stub.sessions).toHaveLength(1);
        },
      ),
      { numRuns: 40 },
    );
  }, 30_000);
});
