import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redact, Secret } from '../../src/base/secret.ts';

describe('a secret', () => {
  it('prints as [redacted] in every way', () => {
    const secret = new Secret('hunter2');

    expect(String(secret)).toBe('[redacted]');
    expect(JSON.stringify({ secret })).toBe('{"secret":"[redacted]"}');
    expect(inspect({ secret }, { depth: 5, showHidden: true })).not.toContain('hunter2');
    expect(Object.values(secret)).toEqual([]);
    expect(secret.reveal()).toBe('hunter2');
  });

  it('without a source never changes', () => {
    expect(new Secret('hunter2').refresh()).toBe(false);
  });

  it('reads its source again, and says whether that changed it', () => {
    let value = 'new';
    const secret = new Secret('old', () => value);

    expect(secret.refresh()).toBe(true);
    expect(secret.refresh()).toBe(false);
    value = 'newer';
    expect(secret.refresh()).toBe(true);
    expect(secret.reveal()).toBe('newer');
  });

  it('keeps its value when the source fails', () => {
    const secret = new Secret('old', () => {
      throw new Error('away');
    });

    expect(secret.refresh()).toBe(false);
    expect(secret.reveal()).toBe('old');
  });
});

describe('redact', () => {
  const secrets = [new Secret('hunt"er 2/ü'), new Secret('hunt')];
  const base64 = (text: string) => Buffer.from(text).toString('base64');

  it.each([
    ['plain', 'login hunt"er 2/ü failed', 'login [redacted] failed'],
    ['in a URL', 'at hunt%22er%202%2F%C3%BC@h', 'at [redacted]@h'],
    ['in a form', 'p=hunt%22er+2%2F%C3%BC&x', 'p=[redacted]&x'],
    ['in JSON', JSON.stringify('hunt"er 2/ü'), '"[redacted]"'],
    ['in base64', base64('hunt"er 2/ü'), '[redacted]'],
    ['the shorter one', 'a hunt', 'a [redacted]'],
  ])('%s', (_name, text, clean) => {
    expect(redact(text, secrets)).toBe(clean);
  });

  it('takes it out of AUTH PLAIN, whatever the length of the user name', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z]{1,9}$/), fc.string({ minLength: 8 }), (user, plain) => {
        const secret = new Secret(plain);

        const clean = redact(base64(`\0${user}\0${plain}`), [secret]);

        expect(clean).toContain('[redacted]');
      }),
    );
  });

  it('does not look for the shortest', () => {
    expect(redact('abc abc', [new Secret('abc'), new Secret('')])).toBe('abc abc');
  });

  it('takes half a surrogate pair', () => {
    expect(redact('x', [new Secret('abc\ud800')])).toBe('x');
  });
});
