import type { LoopName } from '../metrics/labels.ts';

/** Hears of a loop that threw what none should; answers after how many milliseconds it is made anew. */
export type OnCrash = (loop: LoopName, error: unknown, crashes: number) => number;
