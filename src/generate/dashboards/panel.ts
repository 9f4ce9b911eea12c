import type { Query } from './query.ts';
import type { Unit } from './unit.ts';

export type { Unit };

export type Colour = 'green' | 'yellow' | 'orange' | 'red' | 'purple' | 'blue' | 'text';

/** From this value on it has this colour; the first step has no lower end. */
export interface Step {
  readonly from: number | null;
  readonly colour: Colour;
}

/** A value that stands for a word. */
export interface Word {
  readonly value: number;
  readonly text: string;
  readonly colour: Colour;
}

interface Common {
  /** Stable for ever, since links and reviews refer to it; unique in its dashboard. */
  readonly id: number;
  readonly title: string;
  /** What it shows and how to read it. */
  readonly description: string;
  /** Of 24 columns. */
  readonly width: number;
  readonly height: number;
  readonly unit: Unit;
  readonly queries: readonly Query[];
  readonly steps?: readonly Step[];
  readonly decimals?: number;
}

export interface Graph extends Common {
  readonly type: 'graph';
  /** Default: lines. */
  readonly draw?: 'lines' | 'bars' | 'points' | 'stairs';
  readonly stacked?: true;
  /** Colours of series, by legend. */
  readonly colours?: Readonly<Record<string, Colour>>;
  /** Logarithmic to the base of 10. */
  readonly logarithmic?: true;
  readonly min?: number;
  /** So much is always in view, as the line that must not be passed. */
  readonly softMax?: number;
}

export interface Stat extends Common {
  readonly type: 'stat';
  readonly words?: readonly Word[];
  /** Colour behind the number rather than of it. */
  readonly loud?: true;
  /** Shows a label in place of the value. */
  readonly asName?: true;
}

export interface Heatmap extends Common {
  readonly type: 'heatmap';
}

export interface Timeline extends Common {
  readonly type: 'timeline';
  readonly words: readonly Word[];
}

/** One row for each set of labels, a column for each query (named by its legend). */
export interface Table extends Common {
  readonly type: 'table';
  /** Labels that are shown, with their headings. */
  readonly labels: Readonly<Record<string, string>>;
  /** Whether the values are worth a column. */
  readonly values: 'shown' | 'hidden';
}

export type Panel = Graph | Stat | Heatmap | Timeline | Table;

/** Panels below a heading; they flow from left to right. */
export interface Section {
  readonly id: number;
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** A dashboard before Grafana's words for it. */
export interface Board {
  readonly name: BoardName;
  readonly title: string;
  readonly description: string;
  /** `6h`: how far back it looks when it is opened. */
  readonly from: string;
  readonly refresh: string;
  readonly variables: readonly Variable[];
  readonly sections: readonly Section[];
}

export const BOARDS = ['overview', 'probe', 'loss', 'slo', 'monitor'] as const;
export type BoardName = (typeof BOARDS)[number];

/** Filled by Prometheus from the values of a label. */
export interface Variable {
  readonly name: string;
  readonly label: string;
  readonly description: string;
  /** A selector and a label of it. */
  readonly selector: string;
  readonly of: string;
  /** `many`: several, or all of them, which is where it starts. */
  readonly choice: 'one' | 'many';
  readonly first?: string;
}

export const COLUMNS = 24;
