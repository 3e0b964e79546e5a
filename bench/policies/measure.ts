/** Figures that travel between machines: medians, and ratios of what ran in turn. */

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** Median, least and most. */
export const spread = (values: readonly number[], digits: number): string =>
  `${median(values).toFixed(digits)} (${Math.min(...values).toFixed(digits)}–${Math.max(...values).toFixed(digits)})`;

/** What each measurement is of the one that ran beside it. */
export const ratios = (above: readonly number[], below: readonly number[]): number[] =>
  above.map((value, index) => value / (below[index] ?? Number.NaN));

/** Measures several things in turn, so that a machine that slows down slows all of them; the first round warms up. */
export async function inTurn<Name extends string>(
  rounds: number,
  measured: Readonly<Record<Name, () => Promise<number>>>,
  onRound: (round: number) => void = () => {},
): Promise<Record<Name, number[]>> {
  const names = Object.keys(measured) as Name[];
  const times = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, number[]>;
  for (let round = 0; round <= rounds; round += 1) {
    // Whoever comes first in a round is not always the same.
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const time = await measured[name]();
      if (round > 0) times[name].push(time);
    }
    if (round > 0) onRound(round);
  }
  return times;
}
