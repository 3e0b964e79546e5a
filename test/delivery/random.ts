/** A number from 0 to 1, the same series for the same seed. */
export type Random = () => number;

/** Mulberry32: small, and good enough for traffic. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Gamma with scale 1 and a shape of at least 1, by Marsaglia and Tsang. */
export function gamma(shape: number, random: Random): number {
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal(random);
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - random()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

/** Exact for every mean: large ones are halved by gamma steps until the product method is quick. */
export function poisson(mean: number, random: Random): number {
  let rest = mean;
  let count = 0;
  while (rest > 30) {
    const events = Math.floor(rest * 0.875);
    const time = gamma(events, random);
    if (time > rest) return count + binomial(events - 1, rest / time, random);
    count += events;
    rest -= time;
  }
  const limit = Math.exp(-rest);
  for (let product = random(); product > limit; product *= random()) count++;
  return count;
}

/** Exact, by the median of uniform draws (a beta variable) for many trials. */
export function binomial(trials: number, probability: number, random: Random): number {
  let count = 0;
  let n = trials;
  let p = probability;
  while (n > 40) {
    const middle = Math.floor((n + 1) / 2);
    const x = gamma(middle, random);
    const split = x / (x + gamma(n + 1 - middle, random));
    if (split <= p) {
      count += middle;
      n -= middle;
      p = (p - split) / (1 - split);
    } else {
      n = middle - 1;
      p /= split;
    }
  }
  for (let i = 0; i < n; i++) if (random() < p) count++;
  return count;
}
