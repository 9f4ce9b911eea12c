import { describe, expect, test } from 'vitest';
import { placeOf, stampOf, Ticket, Transaction } from '../../../src/observers/rt/reply.ts';

describe('replies of REST 2.0', () => {
  test.each([
    ['new', 'inbox'],
    ['open', 'inbox'],
    ['stalled', 'inbox'],
    ['resolved', 'closed'],
    ['rejected', 'spam'],
    ['Deleted', 'trash'],
    ['triage', undefined],
  ])('a ticket that is %s is in %s', (status, place) => {
    expect(placeOf(status, {})).toBe(place);
  });

  test('the configuration has the last word on a status', () => {
    expect(placeOf('triage', { triage: 'suspended' })).toBe('suspended');
    expect(placeOf('rejected', { rejected: 'closed' })).toBe('closed');
  });

  test('ids are read as numbers, as text and as objects', () => {
    const row = { Type: 'Create', Created: '2026-11-30T02:37:09Z', NewValue: '' };

    const rows = [
      Transaction.parse({ ...row, id: '41', ObjectId: '7' }),
      Transaction.parse({ ...row, id: 41, ObjectId: { type: 'ticket', id: '7', _url: 'x' } }),
    ];

    for (const { id, ticketId } of rows) expect([id, ticketId]).toEqual([41, 7]);
  });

  test('a timestamp is a second in UTC, and one that cannot be read is none', () => {
    const stamp = stampOf({ created: '2026-11-30T02:37:09Z' });

    expect(stamp).toMatchObject({ at: Date.UTC(2026, 10, 30, 2, 37, 9), quantumMs: 1_000 });
    expect(stampOf({ created: '' })).toBeNull();
  });

  test('a ticket says what may be done with it only where that was asked for', () => {
    const links = [
      { ref: 'self', id: 2, _url: 'x' },
      { ref: 'lifecycle', from: 'new', to: 'resolved' },
      { ref: 'lifecycle', from: 'new', to: 'deleted' },
    ];

    const [listed, shown] = [
      Ticket.parse({ id: '2', Status: 'new', Queue: { id: '3', type: 'queue' } }),
      Ticket.parse({ id: 2, Status: 'new', EffectiveId: { id: '5' }, _hyperlinks: links }),
    ];

    expect(listed).toMatchObject({ queueId: 3, effectiveId: 2, allowed: undefined });
    expect(shown).toMatchObject({ effectiveId: 5, allowed: ['resolved', 'deleted'] });
  });
});
