import { expect, it } from 'vitest';
import { findNearest } from '../../src/config/suggest.ts';

const KEYS = ['password', 'late_after', 'lost_after', 'url', 'to', 'user', 'from'];

it.each([
  ['pasword', 'password'],
  ['passwrod', 'password'],
  ['passwords', 'password'],
  ['lateAfter', 'late_after'],
  ['late-after', 'late_after'],
  ['URL', 'url'],
  ['ulr', 'url'],
  ['form', 'from'],
  ['usr', 'user'],
  ['colour', undefined],
  ['x', undefined],
  ['', undefined],
])('%s', (text, expected) => {
  expect(findNearest(text, KEYS)).toBe(expected);
});
