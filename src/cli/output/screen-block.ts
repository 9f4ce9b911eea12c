import type { CliContext } from '../context.ts';

/** Some lines on a terminal that are drawn again in place; what stands above them stays. */
export interface ScreenBlock {
  /** Lines may hold colours; each fits into a row. */
  draw(lines: readonly string[]): void;
  /** Gives the cursor back; the last lines stay. Idempotent. */
  stop(): void;
}

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
const ERASE_BELOW = '\u001b[J';
const ERASE_REST = '\u001b[K';

const COLOUR = /\u001b\[\d+m/g;

export function createScreenBlock({
  out,
  screen,
}: Pick<CliContext, 'out' | 'screen'>): ScreenBlock {
  /** Widths of the lines on the screen. */
  let drawn: readonly number[] = [];
  let isHidden = false;
  const home = (): string => {
    // Terminals break lines anew when they get narrower.
    const columns = Math.max(1, screen.columns());
    const rows = drawn.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / columns)), 0);
    return rows === 0 ? '' : `\r\u001b[${Math.min(rows, screen.rows() - 1)}A`;
  };
  return {
    draw(lines) {
      const shown = fit(lines, screen.rows());
      const text = shown.map((line) => `${line}${ERASE_REST}\n`).join('');
      out(`${isHidden ? '' : HIDE_CURSOR}${home()}${text}${ERASE_BELOW}`);
      isHidden = true;
      drawn = shown.map((line) => line.replaceAll(COLOUR, '').length);
    },
    stop() {
      // The terminal has written ^C where the next line would begin.
      if (isHidden) out(`\r${ERASE_REST}${SHOW_CURSOR}`);
      isHidden = false;
    },
  };
}

/** A block higher than the screen could not be drawn over. */
function fit(lines: readonly string[], rows: number): readonly string[] {
  const most = Math.max(1, rows - 1);
  if (lines.length <= most) return lines;
  const kept = lines.slice(0, most - 1);
  return [...kept, `.. ${lines.length - kept.length} more lines`];
}
