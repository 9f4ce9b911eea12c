import { inspect } from 'node:util';
import { describe, expect } from 'vitest';
import { Secret } from '../../../src/base/secret.ts';
import type { Contract } from './bench.ts';
import { idsOf, lookFrom, recordingLogger } from './looks.ts';
import { foreignMail, FOREIGN_WORDS, testCanary, type TestCanary } from './mails.ts';

/** What strangers send. */
export function describeHostileMail(contract: Contract): void {
  const { contractCase, create } = contract;
  describe('foreign and hostile mail', () => {
    contractCase('foreign mail stays as it is and is nowhere repeated', async () => {
      const log = recordingLogger();
      const observer = create({ logger: log.logger });
      await contract.bench().deliver(foreignMail());
      await contract.bench().deliver(foreignMail(`Re: ${FOREIGN_WORDS} mailcanary`));
      await contract.bench().deliver(testCanary().message);
      const before = await contract.bench().state();

      const look = await lookFrom(observer);
      await lookFrom(observer, look.cursor);
      const report = await observer.check(new AbortController().signal);

      expect(await contract.bench().state()).toBe(before);
      for (const text of [log.text(), inspect(look, { depth: 20 }), inspect(report)]) {
        expect(text).not.toMatch(/aardvark|customer/i);
      }
    });

    contractCase('tokens that we did not sign are counted and no sightings', async () => {
      const forged = testCanary([new Secret('the key of another mailcanary, or a guess')]);
      const cut = testCanary();
      const short = cut.message.replaceAll(cut.token.token, cut.token.token.slice(0, 40));
      await contract.bench().deliver(forged.message);
      await contract.bench().deliver(short);

      const look = await lookFrom(create());

      expect(look.complete).toBe(true);
      expect(look.observations).toEqual([]);
      const counted = Object.values(look.mismatches).reduce((sum, count) => sum + count, 0);
      expect(counted).toBe(2);
    });

    contractCase('answers and bounces that quote a canary are no arrivals', async () => {
      const { token } = testCanary();
      const id = `<${token.token}@probe.example>`;
      const answer = ['From: a@elsewhere.test', `Subject: Re: mailcanary ${token.token}`];
      await contract
        .bench()
        .deliver([...answer, `In-Reply-To: ${id}`, '', 'I am away', ''].join('\r\n'));
      await contract
        .bench()
        .deliver([...answer, 'Auto-Submitted: auto-replied', '', 'Away', ''].join('\r\n'));

      const look = await lookFrom(create());

      expect(look.observations).toEqual([]);
      expect(look.mismatches).toEqual({ reply: 2 });
    });

    const hostile: Readonly<Record<string, (canary: TestCanary) => string>> = {
      'a body of 10 MB': ({ message }) =>
        `${message}${'x'.repeat(76)}\r\n`.repeat(1) + 'y'.repeat(70).concat('\r\n').repeat(145_000),
      'a header of 100 kB': ({ headers, text }) =>
        [
          ...headers,
          ...Array.from({ length: 100 }, (_, n) => `X-Junk-${n}: ${'z'.repeat(990)}`),
          '',
          text,
        ].join('\r\n'),
      'a folded header of 90 kB before ours': ({ headers, text }) =>
        [
          `References: ${Array.from({ length: 1_200 }, (_, n) => `<${n}-${'r'.repeat(60)}@x>`).join('\r\n ')}`,
          ...headers,
          '',
          text,
        ].join('\r\n'),
      'broken MIME': ({ headers, text }) =>
        [
          ...headers,
          'MIME-Version: 1.0',
          'Content-Type: multipart/mixed; boundary="',
          'Content-Transfer-Encoding: base64',
          '',
          '--',
          text,
        ].join('\r\n'),
      'headers of raw bytes': ({ headers, text }) =>
        [
          'X-Odd: \u00ff\u00fe\u0001\u007f',
          ': no name',
          'no colon at all',
          ...headers,
          '',
          text,
        ].join('\r\n'),
      'two token headers, the first one forged': ({ headers, text }) =>
        [
          `X-Mailcanary-Token: ${testCanary([new Secret('another key, which is not ours')]).token.token}`,
          ...headers,
          '',
          text,
        ].join('\r\n'),
      'a subject of nothing but marks': ({ headers, text }) =>
        [
          ...headers.filter((line) => !line.startsWith('Subject')),
          `Subject: ${'mcasaaaaaaaaaaaaa '.repeat(50)}`,
          '',
          text,
        ].join('\r\n'),
    };
    for (const [what, build] of Object.entries(hostile)) {
      contractCase(`a mail with ${what} does not break a look`, async () => {
        const observer = create();
        const odd = testCanary();
        const plain = testCanary();
        const { cursor } = await lookFrom(observer);
        await contract.bench().deliver(build(odd));
        await contract.bench().deliver(plain.message);

        const look = await lookFrom(observer, cursor);

        expect(look.complete).toBe(true);
        expect(idsOf(look)).toContain(plain.token.id);
        if (!what.includes('raw bytes')) expect(idsOf(look)).toContain(odd.token.id);
      });
    }
  });
}
