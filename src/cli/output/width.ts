/** Cuts a line to so many columns, with `..` where something was cut off. */
export function shorten(line: string, columns: number): string {
  return line.length <= columns ? line : `${line.slice(0, Math.max(0, columns - 2))}..`;
}

const INDENT = '  ';

/** Breaks a sentence between words; the lines after the first are indented. No line is longer than `columns`. */
export function wrap(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line.trim() === '' ? `${line}${word}` : `${line} ${word}`;
    if (longer.length <= columns || line.trim() === '') line = longer;
    else {
      lines.push(line);
      line = `${INDENT}${word}`;
    }
  }
  return [...lines, line].map((one) => shorten(one, columns));
}
