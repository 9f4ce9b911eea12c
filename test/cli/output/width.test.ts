import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shorten, wrap } from '../../../src/cli/output/width.ts';

describe('width', () => {
  it('breaks between words, indents what follows, cuts what cannot be broken', () => {
    expect(wrap('one two three four', 10)).toEqual(['one two', '  three', '  four']);
    expect(wrap('abcdefghijkl mn', 8)).toEqual(['abcdef..', '  mn']);
    expect(wrap('as it is', Infinity)).toEqual(['as it is']);
    expect(shorten('abcdef', 6)).toBe('abcdef');
    expect(shorten('abcdefg', 6)).toBe('abcd..');
  });

  it('no line is wider than asked for, and no word is lost where all fit', () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(words, fc.integer({ min: 14, max: 100 }), (said, columns) => {
        const lines = wrap(said.join(' '), columns);

        expect(lines.every((line) => line.length <= columns)).toBe(true);
        expect(lines.map((line) => line.trim()).join(' ')).toBe(said.join(' '));
      }),
    );
  });
});
