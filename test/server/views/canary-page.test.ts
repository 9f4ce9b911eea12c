import { describe, expect, it } from 'vitest';
import { apply, type Canary, type Fact } from '../../../src/domain/canary.ts';
import { canaryPage } from '../../../src/server/views/canary-page.ts';
import { aCanary, NOW, type Fates } from '../samples.ts';

const HOSTILE = `"><script>alert('x')</script>`;

const titles = (canary: Canary): readonly string[] =>
  [...canaryPage({ canary, now: NOW }).text.matchAll(/<h3>(.*?)<\/h3>/g)].map(
    ([, title]) => title ?? '',
  );

describe('canaryPage', () => {
  it.each<[Fates, string, readonly string[]]>([
    [
      'on_time',
      'On time',
      ['Launched', 'Accepted by the mail system', 'Seen in inbox of helpdesk', 'Verdict: on time'],
    ],
    [
      'late',
      'Late',
      [
        'Launched',
        'Accepted by the mail system',
        'Suspect',
        'Verdict: overdue',
        'Seen in inbox of helpdesk',
      ],
    ],
    ['unsent', 'Not sent', ['Launched', 'Not taken by the mail system']],
    [
      'lost',
      'Lost',
      ['Launched', 'Accepted by the mail system', 'Suspect', 'Verdict: overdue', 'Written off'],
    ],
    ['waiting', 'On its way', ['Launched', 'Accepted by the mail system']],
  ])('%s', (fate, heading, events) => {
    const canary = aCanary(fate, 400);

    expect(canaryPage({ canary, now: NOW }).text).toContain(`<h1>${heading}</h1>`);
    expect(titles(canary)).toEqual(events);
  });

  it('shows acceptance and latency as intervals, and the hops', () => {
    const { text } = canaryPage({ canary: aCanary('on_time'), now: NOW });

    expect(text).toContain('between +30 ms and +48 ms');
    expect(text).toContain('3.14 s ± 129 ms');
    expect(text).toContain('mx1.example.com');
    expect(text).toContain('clocks disagree');
  });

  it.each<[string, Fact]>([
    [
      'refusal',
      { type: 'refused', refusal: { at: NOW, reason: 'refused', code: 550, detail: HOSTILE } },
    ],
    [
      'queue id',
      {
        type: 'accepted',
        acceptance: { at: { low: NOW, high: NOW }, queueId: HOSTILE, serverMessageId: HOSTILE },
      },
    ],
    [
      'doubt',
      {
        type: 'doubted',
        doubt: { at: { low: NOW, high: NOW }, reason: 'timeout', detail: HOSTILE },
      },
    ],
    [
      'hop',
      {
        type: 'sighted',
        sighting: {
          externalId: HOSTILE,
          place: 'inbox',
          ingested: { low: NOW, high: NOW },
          seenAt: NOW,
          stamp: null,
          hops: [{ from: HOSTILE, by: HOSTILE, seconds: 1, clockSuspect: false }],
          foreignMessageId: HOSTILE,
        },
      },
    ],
  ])('escapes a hostile %s', (_name, fact) => {
    const canary = apply(aCanary('unsent'), fact);

    const { text } = canaryPage({ canary, now: NOW });

    expect(text).not.toContain('<script>alert');
  });
});
