/** Which target group of a weighted forward action a request goes to. */
import { createHash } from "node:crypto";

/** Numbers in [0, 1), the same ones for the same seed. */
export type Random = () => number;

/** sfc32 (Doty-Humphrey): passes PractRand, and its whole state comes from the seed. */
export function seededRandom(seed: string): Random {
  const digest = createHash("sha256").update(seed).digest();
  let a = digest.readInt32LE(0);
  let b = digest.readInt32LE(4);
  let c = digest.readInt32LE(8);
  let counter = 1;
  return () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return (sum >>> 0) / 0x1_0000_0000;
  };
}

/** By weight; nothing when every weight is 0. A group without targets keeps its share: load balancers do not fail over. */
export function chooseWeighted<T extends { readonly weight: number }>(
  choices: readonly T[],
  random: Random,
): T | undefined {
  const total = choices.reduce((sum, { weight }) => sum + weight, 0);
  if (total <= 0) return undefined;
  let at = random() * total;
  for (const choice of choices) {
    at -= choice.weight;
    if (at < 0) return choice;
  }
  return choices.findLast(({ weight }) => weight > 0);
}
