import { describe, expect, it } from 'vitest';
import { readMemory, recall, writeMemory } from '../../src/engine/memory.ts';

it("keeps an observer's cursor and the proof of its stamps, through JSON", () => {
  const memory = { cursor: { folders: { INBOX: 7 } }, proof: { source: 'createdAt', agreed: 12 } };

  expect(readMemory(JSON.parse(JSON.stringify(writeMemory(memory))))).toEqual(memory);
});

it('reads a bare cursor as the first versions stored it', () => {
  for (const cursor of [{ format: 1 }, 'x', null, undefined]) {
    expect(readMemory(cursor)).toEqual({ cursor, proof: undefined });
  }
});

describe('what was learned in one place', () => {
  const proof = { source: 'createdAt', agreed: 12 };
  const memory = { cursor: 7, proof, site: 'here' };
  const stored = { horizon: 5, site: 'here', cursor: writeMemory(memory) };

  it('is known there after a restart, and where nobody says where that is', () => {
    expect(recall(stored, 'here')).toEqual({ memory, horizon: 5 });
    expect(recall(stored, undefined)).toEqual({ memory, horizon: 5 });
    const older = { horizon: 5, cursor: writeMemory({ cursor: 7, proof }) };
    expect(recall(older, 'here')).toEqual({ memory: { cursor: 7, proof }, horizon: 5 });
  });

  it('tells nothing of another: neither how far it was read, nor its clock', () => {
    const told = recall(stored, 'elsewhere');

    expect(told.horizon).toBeUndefined();
    expect(told.memory).toMatchObject({ cursor: undefined, proof: undefined });
  });
});
