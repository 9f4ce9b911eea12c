import { expect, it } from 'vitest';
import { hookTakers } from '../../src/engine/hooks.ts';
import type { Observer } from '../../src/observers/observer.ts';

it('webhooks are taken for the observers that can, as these answer', () => {
  const takers = hookTakers(
    new Map<string, Pick<Observer, 'hook'>>([
      ['mailbox', {}],
      ['helpdesk', { hook: ({ body }) => (body.length > 0 ? 'taken' : 'malformed') }],
    ]),
  );

  expect([...takers.keys()]).toEqual(['helpdesk']);
  expect(takers.get('helpdesk')?.({ headers: {}, body: new Uint8Array(1) })).toBe('taken');
  expect(takers.get('helpdesk')?.({ headers: {}, body: new Uint8Array() })).toBe('malformed');
});
