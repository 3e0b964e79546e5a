import type { Judgement } from "../../contracts/release.ts";

/**
 * How the declared rate of false rollbacks is divided.
 *
 * The rate belongs to a whole release. It is divided over the gates (each step and the soak), in each gate over the
 * checks, and for each check over the looks at it. Added up, all parts are the declared rate, so by the union bound the
 * release keeps it however its looks depend on each other and however long it bakes.
 */
const CHECK_PARTS = {
  errors: 10,
  "latency-p95": 3,
  "latency-p99": 2,
  burn: 2,
  "balancer-errors": 2,
  metric: 1,
} as const;

export type BudgetedCheck = keyof typeof CHECK_PARTS;

/** Metrics that are compared by chance; a fixed limit is the user's own promise and takes no part. */
function comparedMetrics(judgement: Judgement): number {
  return judgement.metrics.filter(({ compare }) => compare === "live").length;
}

/** Steps and the soak. */
export function gateCount(steps: number): number {
  return steps + 1;
}

/** Probability with which one check of one gate may fail a healthy version. */
export function gateAlpha(judgement: Judgement, steps: number, check: BudgetedCheck): number {
  const { metric, ...others } = CHECK_PARTS;
  const parts = Object.values(others).reduce((sum, part) => sum + part, 0) + metric * comparedMetrics(judgement);
  return ((judgement.falseRollbackPercent / 100) * CHECK_PARTS[check]) / parts / gateCount(steps);
}

/**
 * The part of a gate's probability that one look may use.
 *
 * The final look, the one that lets a step pass, has half of it, for that is where the power is needed. The looks before
 * share the other half as 1/(j(j+1)): the sum over any number of looks stays below 1, so a step may bake for days, and
 * the first looks get most, so a version that fails badly is found in the first minutes.
 */
export function lookAlpha(alpha: number, look: number | "final"): number {
  return look === "final" ? alpha / 2 : alpha / 2 / (look * (look + 1));
}

/** As `lookAlpha`, for checks without a final look, such as pairs of latency windows: look 1, 2, 3, … */
export function openLookAlpha(alpha: number, look: number): number {
  return alpha / (look * (look + 1));
}

/**
 * Looks are made after 1, 2, 3, 4, 5, 6, 8, 10, 13, … samples: each at most a quarter later than the one before, so that
 * waiting for one costs little and a day has fewer than thirty.
 *
 * @returns number of the last look that is due after more than `since` and at most `now` samples, if any
 */
export function dueLook(since: number, now: number): number | undefined {
  let due: number | undefined;
  for (let look = 1, samples = 1; samples <= now; look++, samples = Math.max(samples + 1, Math.ceil(samples * 1.25))) {
    if (samples > since) due = look;
  }
  return due;
}
