import { describe, expect, it } from 'vitest';
import { createScreenBlock } from '../../../src/cli/output/screen-block.ts';

function setup(size = { columns: 20, rows: 10 }) {
  const written: string[] = [];
  const screen = {
    columns: () => size.columns,
    rows: () => size.rows,
    onResize: () => () => undefined,
  };
  const block = createScreenBlock({ out: (text) => void written.push(text), screen });
  return { block, written, size };
}

describe('a block on the screen', () => {
  it('hides the cursor, goes up as many rows as it drew, and gives the cursor back', () => {
    const { block, written } = setup();

    block.draw(['one', 'two']);
    block.draw(['three']);
    block.stop();
    block.stop();

    expect(written).toEqual([
      '\u001b[?25lone\u001b[K\ntwo\u001b[K\n\u001b[J',
      '\r\u001b[2Athree\u001b[K\n\u001b[J',
      '\r\u001b[K\u001b[?25h',
    ]);
  });

  it('counts the rows that a narrower terminal makes of its lines, colours without width', () => {
    const { block, written, size } = setup();
    block.draw(['\u001b[31m0123456789\u001b[0m', '']);

    size.columns = 4;
    block.draw(['x']);

    expect(written[1]).toContain('\u001b[4A'); // 3 rows of 4, and the empty one
  });

  it('is never higher than the screen', () => {
    const { block, written } = setup({ columns: 20, rows: 4 });

    block.draw(['1', '2', '3', '4', '5']);

    expect(written[0]).toContain('.. 3 more lines');
    expect(written[0]?.split('\n')).toHaveLength(4);
  });

  it('writes nothing at the end where nothing was drawn', () => {
    const { block, written } = setup();

    block.stop();

    expect(written).toEqual([]);
  });
});
