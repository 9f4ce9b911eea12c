import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { Secret } from '../../src/base/secret.ts';
import type { Kind } from '../../src/domain/probe.ts';
import {
  createToken,
  ID_LENGTH,
  routeTag,
  TOKEN_LENGTH,
  verifyToken,
  type Token,
  type TokenKeys,
} from '../../src/domain/token.ts';
import { createFakeRandom } from '../support/fake-random.ts';
import { T0 } from './samples.ts';

const OLD = new Secret('the key of last year, long enough');
const NEW = new Secret('the key of this year, long enough');
const ROUTE = { vantage: 'default', probe: 'support', path: '' };

function make(
  keys: TokenKeys = [NEW],
  changes: { kind?: Kind; launchedAt?: number; seed?: number } = {},
): Token {
  const { kind = 'scheduled', launchedAt = T0 + 0.625, seed = 1 } = changes;
  return createToken({ kind, launchedAt, route: ROUTE, keys, random: createFakeRandom(seed) });
}

const lettersOf = (text: string): readonly string[] => text.split('');
const seeds = fc.integer({ min: 1, max: 2 ** 31 });

describe('createToken', () => {
  test('the id is 32 and the token 60 characters of a to z and 0 to 9; the token begins with the id', () => {
    fc.assert(
      fc.property(seeds, fc.constantFrom<Kind>('scheduled', 'burst', 'manual'), (seed, kind) => {
        const { id, token } = make([NEW], { seed, kind });

        expect(id).toMatch(/^[a-z0-9]{32}$/);
        expect(token).toMatch(/^[a-z0-9]{60}$/);
        expect(token.startsWith(id)).toBe(true);
      }),
    );
    expect([ID_LENGTH, TOKEN_LENGTH]).toEqual([32, 60]);
  });

  test('fits the 64 octets of a local part', () => {
    expect(Buffer.byteLength(make().token)).toBeLessThanOrEqual(64);
  });

  test('ids of one kind sort by launch', () => {
    const instant = fc.integer({ min: 0, max: 4_102_444_800_000 });

    fc.assert(
      fc.property(instant, instant, seeds, (one, other, seed) => {
        fc.pre(one < other);

        expect(
          make([NEW], { launchedAt: one, seed }).id < make([NEW], { launchedAt: other }).id,
        ).toBe(true);
      }),
    );
  });

  test('differs by chance alone', () => {
    const tokens = Array.from(
      { length: 1_000 },
      (_, index) => make([NEW], { seed: index + 1 }).token,
    );

    expect(new Set(tokens).size).toBe(1_000);
  });

  test('the signature is an HMAC-SHA-256 of the id, 140 bits of it', () => {
    const { id, token } = make();
    const letters = '234567abcdefghijklmnopqrstuvwxyz';
    const bits = [...createHmac('sha256', NEW.reveal()).update(id).digest()]
      .map((byte) => byte.toString(2).padStart(8, '0'))
      .join('');
    const mac = Array.from({ length: 28 }, (_, index) =>
      letters.charAt(Number.parseInt(bits.slice(index * 5, index * 5 + 5), 2)),
    ).join('');

    expect(token).toBe(id + mac);
  });
});

describe('verifyToken', () => {
  test('reads back what was put in', () => {
    fc.assert(
      fc.property(
        seeds,
        fc.constantFrom<Kind>('scheduled', 'burst', 'manual'),
        fc.integer({ min: 0, max: 4_102_444_800_000 }),
        (seed, kind, launchedAt) => {
          const made = make([NEW], { seed, kind, launchedAt });

          expect(verifyToken(made.token, [NEW])).toEqual(made);
          expect(made).toMatchObject({ kind, launchedAt, routeTag: routeTag(ROUTE) });
        },
      ),
    );
  });

  test('drops the fraction of a millisecond', () => {
    expect(make().launchedAt).toBe(T0);
  });

  test('folds upper case', () => {
    const { token } = make();

    expect(verifyToken(token.toUpperCase(), [NEW])?.token).toBe(token);
  });

  test('any single byte changed to any other value never verifies, but for the case of a letter', () => {
    const { token } = make();
    const accepted: string[] = [];
    for (let index = 0; index < token.length; index += 1) {
      for (let code = 0; code < 256; code += 1) {
        const letter = String.fromCharCode(code);
        if (letter === token.charAt(index)) continue;
        const forged = token.slice(0, index) + letter + token.slice(index + 1);
        if (verifyToken(forged, [NEW]) !== undefined) accepted.push(`${index} ${letter}`);
      }
    }

    const variants = lettersOf(token).flatMap((letter, index) =>
      /[a-z]/.test(letter) ? [`${index} ${letter.toUpperCase()}`] : [],
    );
    expect(accepted.sort()).toEqual(variants.sort());
  });

  test('letters that other alphabets fold to ours do not verify: Kelvin sign, long s, dotless i', () => {
    const { token } = make();
    const forged = ['\u212a', '\u017f', '\u0131', '\uff4d'].flatMap((letter) =>
      lettersOf(token).map((_, index) => token.slice(0, index) + letter + token.slice(index + 1)),
    );

    expect(forged.filter((word) => verifyToken(word, [NEW]) !== undefined)).toEqual([]);
  });

  test('a wrong length never verifies', () => {
    const { token, id } = make();
    const words = [
      '',
      id,
      token.slice(0, -1),
      token.slice(1),
      `${token}a`,
      `a${token}`,
      ` ${token}`,
      token + token,
    ];

    expect(words.filter((word) => verifyToken(word, [NEW]) !== undefined)).toEqual([]);
  });

  test('the length is checked before the word is looked at, and before any key', () => {
    const sealed = { reveal: () => expect.fail('a key was used') } as unknown as Secret;

    const fold = vi.spyOn(String.prototype, 'replace');
    expect(verifyToken('m'.repeat(10_000_000), [sealed])).toBeUndefined();
    expect(fold).not.toHaveBeenCalled();
    fold.mockRestore();
    expect(verifyToken('!'.repeat(60), [sealed])).toBeUndefined();
  });

  test('while keys are rotated both verify, the first one signs', () => {
    const before = make([OLD]);
    const during = make([NEW, OLD]);

    expect(verifyToken(before.token, [NEW, OLD])).toEqual(before);
    expect(verifyToken(during.token, [NEW, OLD])).toEqual(during);
    expect(verifyToken(during.token, [NEW])).toEqual(during);
    expect(verifyToken(during.token, [OLD])).toBeUndefined();
    expect(verifyToken(before.token, [NEW])).toBeUndefined();
  });

  test('every key is tried, also when the first one fits', () => {
    let reveals = 0;
    const counted = { reveal: () => String((reveals += 1)) } as unknown as Secret;

    expect(verifyToken(make().token, [NEW, counted, counted])).toBeDefined();
    expect(reveals).toBe(2);
  });

  test('no text at all verifies by chance, and none throws', () => {
    const alphabet = fc.constantFrom(...lettersOf('abcdefghijklmnopqrstuvwxyz234567'));
    const shaped = fc
      .array(alphabet, { minLength: 56, maxLength: 56 })
      .map((letters) => `mcas${letters.join('')}`);

    fc.assert(
      fc.property(fc.oneof(shaped, fc.string({ minLength: 60, maxLength: 60 })), (word) => {
        expect(verifyToken(word, [NEW, OLD])).toBeUndefined();
      }),
    );
  });
});

describe('routeTag', () => {
  test('is five letters that tell routes apart, also where names are cut differently', () => {
    const tags = [
      routeTag(ROUTE),
      routeTag({ ...ROUTE, path: 'mx1' }),
      routeTag({ ...ROUTE, vantage: 'office' }),
      routeTag({ vantage: 'defaultsupport', probe: '', path: '' }),
    ];

    expect(new Set(tags).size).toBe(4);
    for (const tag of tags) expect(tag).toMatch(/^[a-z2-7]{5}$/);
  });
});
