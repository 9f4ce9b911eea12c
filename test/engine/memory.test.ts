import { expect, it } from 'vitest';
import { readMemory, writeMemory } from '../../src/engine/memory.ts';

it("keeps an observer's cursor and the proof of its stamps, through JSON", () => {
  const memory = { cursor: { folders: { INBOX: 7 } }, proof: { source: 'createdAt', agreed: 12 } };

  expect(readMemory(JSON.parse(JSON.stringify(writeMemory(memory))))).toEqual(memory);
});

it('reads a bare cursor as the first versions stored it', () => {
  for (const cursor of [{ format: 1 }, 'x', null, undefined]) {
    expect(readMemory(cursor)).toEqual({ cursor, proof: undefined });
  }
});
