/** Where random values come from: the cloud's seed, or for resources with a `seed`, that one. Both repeat. */
import { createHash } from "node:crypto";

/** Draws a whole number of 0 ≤ n < limit, each with the same chance. The limit is at most 2^48. */
export type Draw = (limit: number) => number;

/** @param seed the same one draws the same numbers; the real provider draws others from it */
export function drawFrom(seed: string): Draw {
  let drawn = 0;
  return (limit) => {
    // Numbers above the last whole multiple of the limit would favour the small ones.
    const usable = 2 ** 48 - (2 ** 48 % limit);
    for (;;) {
      const number = createHash("sha256").update(`${seed}\n${drawn++}`).digest().readUIntBE(0, 6);
      if (number < usable) return number % limit;
    }
  };
}

export function bytesFrom(draw: Draw, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => draw(256)));
}

/** The elements in an order where each has the same chance. */
export function shuffled<T>(elements: readonly T[], draw: Draw): T[] {
  const result = [...elements];
  for (let at = result.length - 1; at > 0; at--) {
    const other = draw(at + 1);
    [result[at], result[other]] = [result[other]!, result[at]!];
  }
  return result;
}
