import { describe, expect, test } from 'vitest';
import {
  clockOffset,
  isProven,
  narrow,
  observeStamp,
  PROOF_COUNT,
  type DateReply,
  type StampEvidence,
  type StampProof,
} from '../../src/domain/stamp.ts';
import { MINUTE, SECOND, span, T0 } from './samples.ts';

const reply = (date: number, requestedAt: number, receivedAt: number): DateReply => ({
  date,
  requestedAt,
  receivedAt,
  ageSeconds: 0,
});

describe('clockOffset', () => {
  test('one reply leaves a second and the time it took', () => {
    expect(clockOffset([reply(T0 + 40_000, T0 + 100, T0 + 300)])).toEqual(span(39_700, 40_900));
  });

  test('several replies leave what all of them allow', () => {
    const replies = [reply(T0, T0 + 100, T0 + 300), reply(T0 + 1_000, T0 + 900, T0 + 1_050)];

    expect(clockOffset(replies)).toEqual(span(-50, 900));
  });

  test('replies that exclude each other: the hull and half a second more', () => {
    const replies = [reply(T0, T0 + 100, T0 + 300), reply(T0 + 90_000, T0 + 900, T0 + 1_000)];

    expect(clockOffset(replies)).toEqual(span(-800, 90_600));
  });

  test('a cached reply says nothing', () => {
    const cached = { ...reply(T0, T0 + 90_000, T0 + 90_100), ageSeconds: 90 };

    expect(clockOffset([cached])).toBeUndefined();
    expect(clockOffset([cached, reply(T0, T0, T0)])).toEqual(span(0, 1_000));
    expect(clockOffset([])).toBeUndefined();
  });
});

/** An honest stamp of a mail that was ingested 8 s after T0; a look every 10 s. */
const honest: StampEvidence = {
  bracket: span(T0 + 2 * SECOND, T0 + 12 * SECOND),
  stamp: { at: T0 + 8 * SECOND, quantumMs: 1_000, source: 'created_at' },
  offset: span(-100, 300),
  mailDates: [T0 - SECOND],
};
const at = (instant: number, changes: Partial<StampEvidence> = {}): StampEvidence => ({
  ...honest,
  stamp: { ...honest.stamp, at: instant },
  ...changes,
});
const after = (
  times: number,
  evidence: StampEvidence,
  start?: StampProof,
): StampProof | undefined =>
  Array.from({ length: times }, () => evidence).reduce<StampProof | undefined>(observeStamp, start);
const proven: StampProof = { source: 'created_at', agreed: PROOF_COUNT };

describe('observeStamp', () => {
  test('twenty canaries that agree are proof, nineteen are not', () => {
    expect(isProven(after(19, honest), 'created_at')).toBe(false);
    expect(isProven(after(20, honest), 'created_at')).toBe(true);
    expect(after(1_000, honest)).toEqual(proven);
  });

  test.each<readonly [string, StampEvidence]>([
    [
      'a bracket of thirty seconds agrees with anything',
      at(T0 + 8_000, { bracket: span(T0, T0 + 30_000) }),
    ],
    [
      "a stamp that could be the mail's own Date",
      at(T0, { bracket: span(T0, T0 + 5_000), mailDates: [T0 + 400] }),
    ],
    ['the Date that it arrived with', at(T0 + 8_000, { mailDates: [T0 - SECOND, T0 + 8_000] })],
    ['nothing known of the clock that stamped', at(T0 + 8_000, { offset: undefined })],
  ])('%s: no proof, and none undone', (_name, evidence) => {
    expect(isProven(after(100, evidence), 'created_at')).toBe(false);
    expect(observeStamp(proven, evidence)).toEqual(proven);
  });

  test('one contradiction, and it starts anew', () => {
    const broken = observeStamp(proven, at(T0 + MINUTE));

    expect(broken).toEqual({ source: 'created_at', agreed: 0 });
    expect(isProven(after(19, honest, broken), 'created_at')).toBe(false);
    expect(isProven(after(20, honest, broken), 'created_at')).toBe(true);
  });

  test('a stamp of a clock that was just set agrees with too much to prove anything', () => {
    const unsure = at(T0 + 8 * SECOND, { offset: span(-90 * SECOND, 500) });

    expect(after(PROOF_COUNT, unsure)).toEqual({ source: 'created_at', agreed: 0 });
    expect(observeStamp({ source: 'created_at', agreed: 7 }, unsure)).toEqual({
      source: 'created_at',
      agreed: 7,
    });
  });

  test('a contradiction counts however wide the bracket is', () => {
    const wide = at(T0 + 120 * MINUTE, { bracket: span(T0, T0 + 60 * MINUTE) });

    expect(observeStamp(proven, wide)).toEqual({ source: 'created_at', agreed: 0 });
  });

  test('another source has to prove itself', () => {
    const other = { ...honest, stamp: { ...honest.stamp, source: 'updated_at' } };

    expect(observeStamp(proven, other)).toEqual({ source: 'updated_at', agreed: 1 });
    expect(isProven(proven, 'updated_at')).toBe(false);
  });
});

describe('narrow', () => {
  test('a proven stamp, on our clock, with its quantum and the doubt about the offset', () => {
    expect(narrow(honest, proven)).toEqual({
      ingested: span(T0 + 7_700, T0 + 9_100),
      conflict: false,
    });
  });

  test('it never widens the bracket', () => {
    const edge = at(T0 + 11_500);

    expect(narrow(edge, proven).ingested).toEqual(span(T0 + 11_200, T0 + 12_000));
  });

  test.each<readonly [string, StampEvidence, StampProof | undefined]>([
    ['nothing is proven', honest, undefined],
    ['not yet proven', honest, { source: 'created_at', agreed: 19 }],
    ['another source is', honest, { source: 'updated_at', agreed: PROOF_COUNT }],
    ['nothing is known of its clock', at(T0 + 8_000, { offset: undefined }), proven],
  ])('the bracket stands while %s', (_name, evidence, proof) => {
    expect(narrow(evidence, proof)).toEqual({ ingested: evidence.bracket, conflict: false });
  });

  test('a contradiction keeps the bracket and is a conflict', () => {
    const wrong = at(T0 + 90_000);

    expect(narrow(wrong, proven)).toEqual({ ingested: honest.bracket, conflict: true });
    expect(narrow(wrong, undefined).conflict).toBe(false);
  });

  test('a helpdesk clock that is 40 s off is no conflict once that is known', () => {
    const shifted = at(T0 + 48_000, { offset: span(39_900, 40_300) });

    expect(narrow(shifted, proven).ingested).toEqual(span(T0 + 7_700, T0 + 9_100));
  });

  test('hours of blindness shrink to seconds', () => {
    const blind = at(T0 + 8_000, { bracket: span(T0, T0 + 120 * MINUTE) });

    expect(narrow(blind, proven).ingested).toEqual(span(T0 + 7_700, T0 + 9_100));
  });
});
