import { describe, expect, it } from 'vitest';
import { launchCanary } from '../../../src/domain/canary.ts';
import { lossEntry } from '../../../src/domain/loss/entry.ts';
import { aLaunch } from '../samples.ts';
import { arrived, arrivedAt, at, lost, sent, settled } from './support.ts';

describe('what a canary says about loss', () => {
  it.each([
    ['open until it has its verdict', sent(0), 'open'],
    ['lost when it is overdue and missing', lost(0), 'lost'],
    ['arrived when it is on time', arrived(0), 'arrived'],
    [
      'arrived in spam, which is no loss',
      sent(0, [arrivedAt(0), settled('misfiled', 0)]),
      'arrived',
    ],
    [
      'arrived after all, when it was overdue',
      sent(0, [settled('overdue', 10), arrivedAt(90)]),
      'arrived',
    ],
    [
      'gone when it was forgotten',
      sent(0, [settled('overdue', 10), { type: 'forgotten', at: at(4_320) }]),
      'gone',
    ],
    [
      'gone also when it shows up after that',
      sent(0, [settled('overdue', 10), { type: 'forgotten', at: at(4_320) }, arrivedAt(9_999)]),
      'gone',
    ],
    ['nothing when it is void', sent(0, [settled('void', 10)]), undefined],
    [
      'nothing for a moment, when it was seen and is not settled',
      sent(0, [arrivedAt(0)]),
      undefined,
    ],
    ['nothing before it is accepted', launchCanary(aLaunch()), undefined],
  ])('%s', (_words, canary, mark) => {
    expect(lossEntry(canary)?.mark).toBe(mark);
  });

  it.each(['manual', 'burst'] as const)('%s canaries say nothing', (kind) => {
    const canary = lost(0);

    expect(lossEntry({ ...canary, launch: { ...canary.launch, kind } })).toBeUndefined();
  });
});
