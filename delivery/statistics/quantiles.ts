import { normalUpperTail } from "./distributions.ts";

/** Percentiles of the response times of one window. */
export interface Percentiles {
  readonly requests: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

/** Standard normal quantile of the percentile, and the noise of its logarithm for one request: √(q(1-q)) / φ(z). */
const SHAPE = {
  p95Ms: { z: 1.6449, noise: 2.1132 },
  p99Ms: { z: 2.3263, noise: 3.7333 },
} as const;

export type TailPercentile = keyof typeof SHAPE;

/**
 * How wide the logarithm of the response time is spread, as the standard deviation of the log-normal distribution
 * through the percentiles.
 *
 * Three percentiles are all that CloudWatch gives. The wider of the two parts of the curve is taken, so a heavy tail
 * makes the test more careful, not less.
 */
export function logSpread({ p50Ms, p95Ms, p99Ms }: Percentiles): number {
  const body = Math.log(p95Ms / p50Ms) / SHAPE.p95Ms.z;
  const tail = Math.log(p99Ms / p95Ms) / (SHAPE.p99Ms.z - SHAPE.p95Ms.z);
  return Math.max(body, tail, 0.1);
}

/**
 * How likely chance alone lifts the candidate's percentile so far above the baseline's in one window.
 *
 * The sample percentile of n requests is close to normal on the logarithmic scale; its deviation follows from the spread
 * and n. The spread is the wider one of the two sides.
 */
export function percentileTest(candidate: Percentiles, baseline: Percentiles, which: TailPercentile): number {
  if (candidate.requests === 0 || baseline.requests === 0) return 1;
  const spread = Math.max(logSpread(candidate), logSpread(baseline));
  const deviation = spread * SHAPE[which].noise * Math.sqrt(1 / candidate.requests + 1 / baseline.requests);
  return normalUpperTail(Math.log(candidate[which] / baseline[which]) / deviation);
}
