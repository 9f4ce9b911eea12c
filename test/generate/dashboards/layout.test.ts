import { describe, expect, it } from 'vitest';
import { layOut } from '../../../src/generate/dashboards/layout.ts';
import type { Panel } from '../../../src/generate/dashboards/panel.ts';

describe('layOut', () => {
  const box = (id: number, width: number, height: number): Panel => ({
    type: 'stat',
    id,
    title: 'a',
    description: 'b',
    unit: 'none',
    queries: [],
    width,
    height,
  });

  it('begins a line where the next does not fit, below the highest before', () => {
    const [section] = layOut([
      { id: 1, title: 'x', panels: [box(2, 12, 4), box(3, 12, 8), box(4, 1, 1)] },
    ]);

    expect(section?.panels.map(({ place }) => [place.x, place.y])).toEqual([
      [0, 1],
      [12, 1],
      [0, 9],
    ]);
  });
});
