/** How many letters may be wrong for a name to be taken for another. */
const MOST_WRONG = 3;

/** The known name that a misspelt one most likely stands for: the nearest, if it is near and no other is as near. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  const wanted = name.toLowerCase();
  const most = Math.min(MOST_WRONG, Math.floor(name.length / 3));
  let best: { readonly distance: number; readonly names: string[] } = { distance: most, names: [] };
  for (const candidate of known) {
    if (Math.abs(candidate.length - wanted.length) > best.distance) continue;
    const distance = editDistance(wanted, candidate.toLowerCase());
    if (distance < best.distance) best = { distance, names: [candidate] };
    else if (distance === best.distance) best.names.push(candidate);
  }
  return best.names.length === 1 ? best.names[0] : undefined;
}

/** Letters to add, drop, change or swap with the next to make one text of another. */
export function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
      next.push(cost);
    }
    before = row;
    row = next;
  }
  return row[b.length] ?? 0;
}
