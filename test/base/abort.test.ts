import { describe, expect, it } from 'vitest';
import { beginSpan } from '../../src/base/abort.ts';

describe('a span', () => {
  it('ends by itself, and leaves no listener behind', () => {
    const outer = new AbortController();
    const span = beginSpan(outer.signal);
    const heard: string[] = [];
    span.signal.addEventListener('abort', () => heard.push('over'));

    span.end();
    outer.abort();

    expect(span.signal.aborted).toBe(true);
    expect(heard).toEqual(['over']);
  });

  it('ends with any of the outer ones, which know nothing of each other', () => {
    const [first, second] = [new AbortController(), new AbortController()];
    const span = beginSpan(first.signal, second.signal);

    second.abort();

    expect(span.signal.aborted).toBe(true);
    expect(first.signal.aborted).toBe(false);
  });

  it('is over at once when an outer one is', () => {
    expect(beginSpan(AbortSignal.abort()).signal.aborted).toBe(true);
  });
});
