import { describe, expect, it } from 'vitest';
import { parseOpenMetrics, samplesOf } from '../support/openmetrics.ts';
import { toClassicText } from './classic-text.ts';

const text = (...lines: string[]): string => [...lines, '# EOF', ''].join('\n');
const histogram = (...lines: string[]): string => text('# TYPE h histogram', ...lines);

/** Our reader has to be stricter than what it reads, or it proves nothing. */
describe('the reader of OpenMetrics text', () => {
  it('reads what is right', () => {
    const parsed = parseOpenMetrics(
      text(
        '# TYPE c counter',
        '# HELP c Says \\"c\\", \\\\ and\\nmore.',
        'c_total{a="x\\"y\\\\z\\n",b=""} 1e3',
        '# TYPE h_seconds histogram',
        '# UNIT h_seconds seconds',
        'h_seconds_bucket{le="0.5"} 1 # {id="q"} 0.25 1700000000.5',
        'h_seconds_bucket{le="+Inf"} 2',
        'h_seconds_count 2',
        'h_seconds_sum 3.5',
        '# TYPE g gauge',
        'g NaN',
      ),
    );

    expect(parsed.get('c')).toMatchObject({ type: 'counter', help: 'Says "c", \\ and\nmore.' });
    expect(samplesOf(parsed, 'c_total')[0]?.labels).toEqual(
      new Map([
        ['a', 'x"y\\z\n'],
        ['b', ''],
      ]),
    );
    expect(samplesOf(parsed, 'h_seconds_bucket')[0]?.exemplar?.timestamp).toBe(1_700_000_000.5);
  });

  it.each([
    ['no end mark', '# TYPE g gauge\ng 1\n'],
    ['text after the end mark', '# EOF\n# TYPE g gauge\ng 1\n# EOF\n'],
    ['an empty line', text('# TYPE g gauge', '', 'g 1')],
    ['a carriage return', text('# TYPE g gauge\r', 'g 1')],
    ['a comment', text('# hello')],
    ['an unknown type', text('# TYPE g untyped', 'g 1')],
    ['a type given twice', text('# TYPE g gauge', '# TYPE g gauge', 'g 1')],
    ['a descriptor after the samples', text('# TYPE g gauge', 'g 1', '# HELP g Late.')],
    ['interleaved families', text('# TYPE g gauge', 'g 1', '# TYPE i gauge', 'i 1', 'g{a="b"} 1')],
    ['a family twice', text('# TYPE g gauge', '# TYPE i gauge', 'i 1', '# TYPE g gauge', 'g 1')],
    ['a counter without _total', text('# TYPE c counter', 'c 1')],
    ['a gauge with a suffix', text('# TYPE g gauge', 'g_total 1')],
    ['a unit that is no suffix', text('# TYPE g gauge', '# UNIT g seconds', 'g 1')],
    ['a series twice', text('# TYPE g gauge', 'g{a="1",b="2"} 1', 'g{b="2",a="1"} 1')],
    ['a label twice', text('# TYPE g gauge', 'g{a="1",a="2"} 1')],
    ['a comma after the last label', text('# TYPE g gauge', 'g{a="1",} 1')],
    ['an unknown escape', text('# TYPE g gauge', 'g{a="\\t"} 1')],
    ['a bare quote in a help text', text('# TYPE g gauge', '# HELP g Say "g".', 'g 1')],
    ["prom-client's Nan", text('# TYPE g gauge', 'g Nan')],
    ['two spaces', text('# TYPE g gauge', 'g  1')],
    ['a negative counter', text('# TYPE c counter', 'c_total -1')],
    ['a counter that is NaN', text('# TYPE c counter', 'c_total NaN')],
    ['an exemplar of a gauge', text('# TYPE g gauge', 'g 1 # {a="b"} 1')],
    ['an exemplar without a value', text('# TYPE c counter', 'c_total 1 # {a="b"}')],
    [
      'an exemplar that is too long',
      text('# TYPE c counter', `c_total 1 # {a="${'x'.repeat(128)}"} 1`),
    ],
    ['buckets out of order', histogram('h_bucket{le="+Inf"} 1', 'h_bucket{le="1.0"} 1')],
    [
      'an exemplar below its bucket',
      histogram(
        'h_bucket{le="1.0"} 0',
        'h_bucket{le="+Inf"} 1 # {a="b"} 0.5',
        'h_count 1',
        'h_sum 1',
      ),
    ],
    ['a bound that is not canonical', histogram('h_bucket{le="1"} 1', 'h_bucket{le="+Inf"} 1')],
    ['buckets that fall', histogram('h_bucket{le="1.0"} 2', 'h_bucket{le="+Inf"} 1')],
    ['no bucket for the rest', histogram('h_bucket{le="1.0"} 1', 'h_count 1', 'h_sum 1')],
    ['another count', histogram('h_bucket{le="+Inf"} 1', 'h_count 2', 'h_sum 1')],
    ['a count without a sum', histogram('h_bucket{le="+Inf"} 1', 'h_count 1')],
    ['a broken number of canaries', histogram('h_bucket{le="+Inf"} 0.5')],
    ['le on a gauge', text('# TYPE g gauge', 'g{le="1.0"} 1')],
    [
      'interleaved histograms',
      histogram('h_bucket{a="1",le="+Inf"} 1', 'h_bucket{a="2",le="+Inf"} 1', 'h_count{a="1"} 1'),
    ],
    ['clashing names', text('# TYPE c counter', 'c_total 1', '# TYPE c_total gauge')],
  ])('rejects %s', (_, wrong) => {
    expect(() => parseOpenMetrics(wrong)).toThrow();
  });
});

describe('the classic form', () => {
  it('names counters in full, and has neither unit, exemplar nor end mark', () => {
    const classic = toClassicText(
      text(
        '# TYPE c_seconds counter',
        '# UNIT c_seconds seconds',
        '# HELP c_seconds Says \\"c\\".',
        'c_seconds_total{a="} 1 # {b=\\"c\\"}"} 1 # {id="q"} 0.25 5',
        '# TYPE g gauge',
        'g 1',
      ),
    );

    expect(classic.split('\n')).toEqual([
      '# TYPE c_seconds_total counter',
      '# HELP c_seconds_total Says "c".',
      'c_seconds_total{a="} 1 # {b=\\"c\\"}"} 1',
      '# TYPE g gauge',
      'g 1',
      '',
    ]);
  });
});
