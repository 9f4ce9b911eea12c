import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { Secret } from '../../src/base/secret.ts';
import { recogniseTokens } from '../../src/domain/token-text.ts';
import { createToken, type TokenKeys } from '../../src/domain/token.ts';
import { createFakeRandom } from '../support/fake-random.ts';
import { T0 } from './samples.ts';

const KEYS: TokenKeys = [new Secret('the key of this year, long enough')];
const OTHERS: TokenKeys = [new Secret('the key of somebody else, also long')];

function make(seed = 1, keys = KEYS): string {
  const route = { vantage: 'default', probe: 'support', path: '' };
  return createToken({
    kind: 'scheduled',
    launchedAt: T0,
    route,
    keys,
    random: createFakeRandom(seed),
  }).token;
}

const TOKEN = make();
const [HEAD, TAIL] = [TOKEN.slice(0, 33), TOKEN.slice(33)];
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const b = (text: string, charset = 'utf-8'): string => `=?${charset}?B?${base64(text)}?=`;
const q = (text: string): string => `=?UTF-8?Q?${text.replaceAll(' ', '_')}?=`;
const found = (text: string): readonly string[] =>
  recogniseTokens(text, KEYS).tokens.map((token) => token.token);

describe('a token survives', () => {
  test.each([
    ['alone', TOKEN],
    ['in our subject', `mailcanary ${TOKEN}`],
    ['subject folding', `mailcanary\r\n ${TOKEN}`],
    ['folding with a tab and a bare line feed', `mailcanary\n\t${TOKEN}`],
    ['folding right behind the colon', `\r\n ${TOKEN}`],
    ['folding in its middle', `mailcanary ${HEAD}\r\n ${TAIL}`],
    ['reply prefix and spam tag', `Re: [SPAM] mailcanary ${TOKEN}`],
    ['a bracket tag on both sides', `[#4711][${TOKEN}](fwd)`],
    ['a Message-ID', `<${TOKEN}@monitor.example.com>`],
    ['a VERP address', `canary+${TOKEN}@bounce.example.com`],
    ['upper case', `MAILCANARY ${TOKEN.toUpperCase()}`],
    ['one capital, as at the start of a sentence', TOKEN.charAt(0).toUpperCase() + TOKEN.slice(1)],
    ['an encoded word, B', b(`mailcanary ${TOKEN}`)],
    ['an encoded word, Q', q(`mailcanary ${TOKEN}`)],
    ['an encoded word in another charset', b(`mailcanary ${TOKEN}`, 'iso-8859-1')],
    ['an encoded word in an unknown charset', b(`mailcanary ${TOKEN}`, 'x-nonsense')],
    ['two encoded words, B, split within it', `${b(`mailcanary ${HEAD}`)}\r\n ${b(TAIL)}`],
    ['two encoded words, Q, split within it', `${q(`mailcanary ${HEAD}`)}\r\n ${q(TAIL)}`],
    ['two encoded words, one B and one Q', `${b(`mailcanary ${HEAD}`)} ${q(TAIL)}`],
    ['a prefix in plain text before the encoded word', `Re: ${b(`mailcanary ${TOKEN}`)}`],
    ['an umlaut that made the subject encoded', q(`Lieferpr=C3=BCfung ${TOKEN}`)],
    ['a quoted-printable soft break', `Token: ${HEAD}=\r\n${TAIL}`],
    ['a soft break with padding', `Token: ${HEAD}= \t\r\n${TAIL}`],
    ['a soft break of a bare line feed', `Token: ${HEAD}=\n${TAIL}`],
    ['HTML around it', `<p>Token: <b>${TOKEN}</b></p>`],
    ['HTML that leaves no space', `<td>Token</td><td>${TOKEN}</td><td>Sent</td>`],
    ['a tag inside it', `Token: ${HEAD}<wbr>${TAIL}`],
    [
      'a tag inside it and no space around',
      `<td>Token</td><td>${HEAD}<wbr/>${TAIL}</td><td>Sent</td>`,
    ],
    ['a search hit marked up', `<em class="hit">${HEAD}</em>${TAIL}`],
    ['a link made of it', `<a href="mailto:x@example.com">${TOKEN}</a>`],
    ['a soft hyphen as entity', `${HEAD}&shy;${TAIL}`],
    ['a zero-width space as entity', `${HEAD}&#8203;${TAIL}`],
    ['a zero-width space as character', `${HEAD}\u200b${TAIL}`],
    [
      'a tag and an entity',
      `${TOKEN.slice(0, 20)}<wbr>${TOKEN.slice(20, 40)}&#x200B;${TOKEN.slice(40)}`,
    ],
    [
      'a tag and a soft break',
      `<b>${TOKEN.slice(0, 20)}<wbr>${TOKEN.slice(20, 40)}=\r\n${TOKEN.slice(40)}</b>`,
    ],
    ['a soft break inside a tag inside it', `${HEAD}<span style=3D"a:=\r\nb">${TAIL}</span>`],
    ['JSON', `{"subject":"mailcanary ${TOKEN}","id":7}`],
  ])('%s', (_name, text) => {
    expect(found(text)).toEqual([TOKEN]);
  });

  test('soft breaks and folds anywhere', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 59 }),
        fc.constantFrom('=\r\n', '\r\n ', '<wbr>', '&shy;'),
        (at, cut) => {
          expect(found(`x ${TOKEN.slice(0, at)}${cut}${TOKEN.slice(at)} y`)).toEqual([TOKEN]);
        },
      ),
    );
  });

  test('a split into two encoded words anywhere', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 59 }), fc.constantFrom(b, q), (at, word) => {
        expect(found(`${word(TOKEN.slice(0, at))}\r\n ${word(TOKEN.slice(at))}`)).toEqual([TOKEN]);
      }),
    );
  });
});

describe('recogniseTokens', () => {
  test('lists several tokens, each once, in the order of their appearance', () => {
    const other = make(2);

    expect(found(`${TOKEN} ${other} <b>${TOKEN.toUpperCase()}</b>`)).toEqual([TOKEN, other]);
  });

  test('what is not ours is no token, but a foreign mark', () => {
    const foreign = make(1, OTHERS);

    expect(recogniseTokens(`mailcanary ${foreign}`, KEYS)).toEqual({
      tokens: [],
      hasForeignMark: true,
    });
    expect(recogniseTokens(b(`mailcanary ${foreign}`), KEYS).hasForeignMark).toBe(true);
    expect(recogniseTokens(`${foreign} ${TOKEN}`, KEYS)).toMatchObject({
      tokens: [{ token: TOKEN }],
      hasForeignMark: false,
    });
  });

  test('a token that was cut short is a foreign mark', () => {
    expect(recogniseTokens(`mailcanary ${TOKEN.slice(0, 50)}`, KEYS)).toEqual({
      tokens: [],
      hasForeignMark: true,
    });
  });

  test.each([
    ['nothing', ''],
    ['a customer', 'Where is my parcel? I live on Mcasey Road, macmcam.'],
    ['a word that begins alike', 'mcas mcasual mcambridge'],
  ])('%s carries no mark', (_name, text) => {
    expect(recogniseTokens(text, KEYS)).toEqual({ tokens: [], hasForeignMark: false });
  });

  test('reads the first 64 Ki characters', () => {
    expect(found(`${' '.repeat(64 * 1_024 - 60)}${TOKEN}`)).toEqual([TOKEN]);
    expect(found(`${' '.repeat(64 * 1_024 - 59)}${TOKEN}`)).toEqual([]);
  });

  test('a mail made of marks costs thirty-two signatures and no more', () => {
    const key = new Secret('counted, and long enough to be one');
    const reveal = vi.spyOn(key, 'reveal');
    const marks = Array.from({ length: 300 }, (_, index) => make(index + 1, OTHERS)).join(' ');

    expect(recogniseTokens(marks, [key]).tokens).toEqual([]);
    expect(reveal).toHaveBeenCalledTimes(32);
  });

  test.each(
    [
      '<',
      '<a',
      '&#',
      '=',
      '=\r\n',
      '= ',
      '\r\n ',
      'mca',
      'mcas',
      `mcas${'a'.repeat(56)}`,
      '=?',
      '=?a?q?',
      '=?utf-8?q?m?= ',
      '=?x?B?bWNh?=\r\n ',
      '\u200b',
      '\ufffd',
    ].map((piece) => [piece]),
  )('a megabyte of %j costs what its beginning costs', (piece) => {
    const long = piece.repeat(Math.ceil(1_000_000 / piece.length));
    const key = new Secret('counted, and long enough to be one');
    const reveal = vi.spyOn(key, 'reveal');

    const recognition = recogniseTokens(long, [key]);

    expect(recognition).toEqual(recogniseTokens(long.slice(0, 64 * 1_024), [key]));
    expect(recognition.tokens).toEqual([]);
    expect(reveal.mock.calls.length).toBeLessThanOrEqual(64);
  });

  test('any text is read without an error', () => {
    const piece = fc.oneof(
      fc.string({ maxLength: 20 }),
      fc.constantFrom(
        '=?',
        '?=',
        '?Q?',
        '?B?',
        'utf-8',
        '<',
        '>',
        '&shy;',
        '=\r\n',
        '\r\n ',
        TOKEN,
        HEAD,
        TAIL,
      ),
    );

    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        for (const token of found(pieces.join(''))) expect(token).toBe(TOKEN);
      }),
      { numRuns: 50 },
    );
  });
});
