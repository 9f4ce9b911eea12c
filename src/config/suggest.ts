/** The known word that `text` is a slip of, if any: other separators or case, or a letter or two wrong. */
export function findNearest(text: string, known: readonly string[]): string | undefined {
  const plain = fold(text);
  const slips = Math.max(1, Math.min(2, Math.floor(plain.length / 3)));
  let best: string | undefined;
  let least = slips + 1;
  for (const word of known) {
    const distance = editDistance(plain, fold(word));
    if (distance >= least) continue;
    best = word;
    least = distance;
  }
  return best;
}

function fold(text: string): string {
  return text.toLowerCase().replace(/[-_ ]/g, '').slice(0, 64);
}

/** Letters to insert, drop, replace or swap with their neighbour (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let before: readonly number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(
        (row[j] ?? 0) + 1,
        (next[j - 1] ?? 0) + 1,
        (row[j - 1] ?? 0) + (same ? 0 : 1),
      );
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
      next.push(cost);
    }
    before = row;
    row = next;
  }
  return row[b.length] ?? 0;
}
