import { describe, expect, test } from 'vitest';
import { Secret } from '../../../src/base/secret.ts';
import {
  foreignMessageId,
  judgeLetter,
  parseHeaders,
  readLetter,
  type Finding,
} from '../../../src/observers/imap/reply.ts';
import { TEST_KEYS } from '../../support/test-launch.ts';
import { testCanary } from '../../contracts/observer/mails.ts';

const { token } = testCanary();
const forged = testCanary([new Secret('a key that is not ours, of some length')]).token.token;
const T = token.token;

function judge(lines: readonly string[], body?: string): Finding {
  return judgeLetter(parseHeaders(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`)), TEST_KEYS, body);
}

describe('judgeLetter', () => {
  const arrivals: Readonly<Record<string, readonly string[]>> = {
    'token header': [`X-Mailcanary-Token: ${T}`],
    'token header in other case': [`x-MAILCANARY-token: ${T.toUpperCase()}`],
    'token header, though it answers something': [
      `X-Mailcanary-Token: ${T}`,
      'Subject: Re: a ticket',
      'In-Reply-To: <ticket@desk>',
      'Auto-Submitted: auto-replied',
    ],
    'a forged token header before ours': [
      `X-Mailcanary-Token: ${forged}`,
      `X-Mailcanary-Token: ${T}`,
    ],
    'Message-ID': [`Message-ID: <${T}@probe.example>`, 'Subject: changed'],
    'tagged subject': [`Subject: [SPAM] [#77] mailcanary ${T}`],
    'folded subject': ['Subject: mailcanary', `\t${T}`],
    'forwarded subject': [`Subject: Fwd: mailcanary ${T}`],
    'subject of an automatic mail': [
      `Subject: mailcanary ${T}`,
      'Auto-Submitted: auto-generated',
      'Return-Path: <canary@probe.example>',
    ],
  };
  for (const [what, lines] of Object.entries(arrivals)) {
    test(`an arrival: ${what}`, () => {
      expect(judge(lines)).toMatchObject({ type: 'arrival', token: { id: token.id } });
    });
  }

  const others: readonly (readonly [string, readonly string[], Finding])[] = [
    [
      'a reply',
      [`Subject: Re: mailcanary ${T}`, 'In-Reply-To: <x@y>'],
      { type: 'mismatch', kind: 'reply' },
    ],
    ['a reply by subject', [`Subject: AW: mailcanary ${T}`], { type: 'mismatch', kind: 'reply' }],
    [
      'a vacation notice',
      [`Subject: mailcanary ${T}`, 'Auto-Submitted: auto-replied (vacation)'],
      { type: 'mismatch', kind: 'reply' },
    ],
    [
      'an answer that quotes only our Message-ID',
      ['Subject: thank you', `References: <a@b> <${T}@probe.example>`],
      { type: 'mismatch', kind: 'reply' },
    ],
    [
      'a bounce',
      [`Subject: ${T}`, 'Content-Type: multipart/report; report-type=delivery-status'],
      { type: 'mismatch', kind: 'reply' },
    ],
    [
      'a mail without sender',
      [`Subject: ${T}`, 'Return-Path: <>'],
      { type: 'mismatch', kind: 'reply' },
    ],
    [
      'a forged token header',
      [`X-Mailcanary-Token: ${forged}`, `Subject: mailcanary ${forged}`],
      { type: 'mismatch', kind: 'bad_signature' },
    ],
    [
      'a cut token in the subject',
      [`Subject: mailcanary ${T.slice(0, 30)}`],
      { type: 'look-inside' },
    ],
    ['our word in the subject', ['Subject: your mailcanary test'], { type: 'look-inside' }],
    ['an answer with our word', ['Subject: Re: your mailcanary test'], { type: 'nothing' }],
    [
      'an answer to a foreign canary',
      [`Subject: Re: mailcanary ${forged}`],
      { type: 'mismatch', kind: 'foreign' },
    ],
    ['foreign mail', ['Subject: invoice', 'Message-ID: <1@shop>'], { type: 'nothing' }],
    ['no headers', [], { type: 'nothing' }],
  ];
  for (const [what, lines, finding] of others) {
    test(`no arrival: ${what}`, () => {
      expect(judge(lines)).toEqual(finding);
    });
  }

  test('a body decides where the subject was cut', () => {
    const cut = [`Subject: mailcanary ${T.slice(0, 30)}`];

    expect(judge(cut, `Token: ${T}`)).toMatchObject({ type: 'arrival' });
    expect(judge(cut, 'nothing')).toEqual({ type: 'mismatch', kind: 'foreign' });
    expect(judge(['Subject: mailcanary'], 'nothing')).toEqual({ type: 'nothing' });
  });
});

describe('parseHeaders', () => {
  test('unfolds, keeps the order of equal names, and passes over what is no header', () => {
    const raw = Buffer.from(
      'Received: one\r\n by a\r\nbroken line\r\n: x\r\nRECEIVED: two\nX: \xff\r\n',
      'latin1',
    );

    const headers = parseHeaders(raw);

    expect(headers.get('received')).toEqual(['one by a', 'two']);
    expect([...headers.keys()]).toEqual(['received', 'x']);
  });
});

describe('readLetter', () => {
  const headers = Buffer.from('Subject: x\r\n\r\n');

  test('takes uid, deletion, and time', () => {
    const at = new Date('2026-11-24T02:00:05Z');
    const message = { seq: 1, uid: 7, headers, internalDate: at, flags: new Set(['\\Deleted']) };

    expect(readLetter(message)).toMatchObject({ uid: 7, deleted: true, receivedAt: at.getTime() });
  });

  test('a time nobody can read is none, and a flag change is no mail', () => {
    expect(readLetter({ seq: 1, uid: 7, headers, internalDate: 'soon' })).toMatchObject({
      deleted: false,
      receivedAt: undefined,
    });
    expect(readLetter({ seq: 1, uid: 7, flags: new Set(['\\Seen']) })).toBeUndefined();
  });
});

describe('foreignMessageId', () => {
  const idOf = (line: string): string | null =>
    foreignMessageId(parseHeaders(Buffer.from(line)), token);

  test('is the one that a service put in place of ours', () => {
    expect(idOf('Message-ID: <0100@eu-west-1.amazonses.com>')).toBe(
      '<0100@eu-west-1.amazonses.com>',
    );
    expect(idOf(`Message-ID: <${T}@probe.example>`)).toBeNull();
    expect(idOf('Subject: none')).toBeNull();
  });
});
