import binomialCdf from "@stdlib/stats-base-dists-binomial-cdf";
import normalCdf from "@stdlib/stats-base-dists-normal-cdf";
import poissonCdf from "@stdlib/stats-base-dists-poisson-cdf";

/**
 * P(X ≥ k) of a binomial variable.
 *
 * Computed as the lower tail of the failures, because 1 - cdf loses all digits below 1e-16 and the tails are what a
 * gate decides by.
 */
export function binomialUpperTail(k: number, n: number, p: number): number {
  if (k <= 0) return 1;
  if (k > n) return 0;
  return binomialCdf(n - k, n, 1 - p);
}

/** P(X ≤ k) of a binomial variable. */
export function binomialLowerTail(k: number, n: number, p: number): number {
  if (k < 0) return 0;
  if (k >= n) return 1;
  return binomialCdf(k, n, p);
}

/** P(X ≤ k) of a Poisson variable. */
export function poissonLowerTail(k: number, mean: number): number {
  if (k < 0) return 0;
  return mean === 0 ? 1 : poissonCdf(k, mean);
}

/** P(Z ≥ z) of a standard normal variable. */
export function normalUpperTail(z: number): number {
  return normalCdf(-z, 0, 1);
}

/** Errors out of requests. */
export interface Counts {
  readonly requests: number;
  readonly errors: number;
}

/**
 * How likely chance alone gives the candidate so many of all errors, if it fails no more often than the baseline.
 *
 * Exact, one-sided and conditional on the sum of errors: each error is the candidate's with the probability of its share
 * of requests. Nothing about the error rate itself has to be known or assumed.
 */
export function conditionalErrorTest(candidate: Counts, baseline: Counts): number {
  const all = candidate.errors + baseline.errors;
  if (candidate.requests === 0 || all === 0) return 1;
  return binomialUpperTail(candidate.errors, all, candidate.requests / (candidate.requests + baseline.requests));
}

/**
 * Interval of a share that lies in it with the given confidence (Clopper-Pearson: exact, never too narrow).
 *
 * @param confidence such as 0.95
 */
export function shareInterval(successes: number, trials: number, confidence: number): readonly [number, number] {
  const tail = (1 - confidence) / 2;
  const solve = (tooLow: (p: number) => boolean): number => {
    let low = 0;
    let high = 1;
    for (let i = 0; i < 60; i++) {
      const middle = (low + high) / 2;
      if (tooLow(middle)) low = middle;
      else high = middle;
    }
    return (low + high) / 2;
  };
  const lower = successes === 0 ? 0 : solve((p) => binomialUpperTail(successes, trials, p) < tail);
  const upper = successes === trials ? 1 : solve((p) => binomialLowerTail(successes, trials, p) > tail);
  return [lower, upper];
}
