import { COLUMNS, type Panel, type Section } from './panel.ts';

export interface Place {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export interface PlacedSection {
  readonly section: Section;
  readonly place: Place;
  readonly panels: readonly { readonly panel: Panel; readonly place: Place }[];
}

/** Puts panels side by side while they fit, then below the highest of the line; a heading is one row high. */
export function layOut(sections: readonly Section[]): readonly PlacedSection[] {
  let y = 0;
  return sections.map((section) => {
    const place = { x: 0, y, w: COLUMNS, h: 1 };
    y += 1;
    let x = 0;
    let highest = 0;
    const panels = section.panels.map((panel) => {
      if (x + panel.width > COLUMNS) {
        y += highest;
        [x, highest] = [0, 0];
      }
      const own = { x, y, w: panel.width, h: panel.height };
      x += panel.width;
      highest = Math.max(highest, panel.height);
      return { panel, place: own };
    });
    y += highest;
    return { section, place, panels };
  });
}
