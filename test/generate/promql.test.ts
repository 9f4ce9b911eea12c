import { describe, expect, it } from 'vitest';
import { braces, buckets, promql, sample } from '../../src/generate/promql.ts';

describe('a selector of a metric', () => {
  it('has the name that is exported, and what it must match', () => {
    expect(sample('launched')).toBe('mailcanary_launched_total');
    expect(sample('head_waiting', { role: 'target' })).toBe(
      'mailcanary_head_waiting{role="target"}',
    );
    expect(sample('verdicts', { verdict: ['overdue', 'misfiled'], job: 'x' })).toBe(
      'mailcanary_verdicts_total{verdict=~"overdue|misfiled",job="x"}',
    );
  });

  it('reads bounds of buckets as they are, not as patterns', () => {
    expect(buckets('ingest_latency_seconds', { le: ['120.0', '+Inf'] })).toBe(
      'mailcanary_ingest_latency_seconds_bucket{le=~"120\\\\.0|\\\\+Inf"}',
    );
  });

  it('is refused for labels and label values that are never exported', () => {
    expect(() => sample('launched', { place: 'inbox' })).toThrow('has no label place');
    expect(() => sample('verdicts', { verdict: ['on_time', 'late'] })).toThrow('verdict late');
    expect(() => sample('ingest_latency_seconds')).toThrow('no sample alone');
    expect(() => buckets('launched')).toThrow('no histogram');
  });

  it('without matchers has no braces', () => {
    expect(braces({})).toBe('');
  });
});

describe('the template', () => {
  it('drops the indentation of the source and keeps that of what is inserted', () => {
    const inner = 'b\n  and c';

    expect(promql`
      (
        ${inner}
      )
    `).toBe('(\n  b\n    and c\n)');
  });
});
