import type { Judgement } from "../../contracts/release.ts";

/**
 * How the declared rate of false rollbacks is divided.
 *
 * The rate belongs to a whole release. It is divided over the gates (each step and the soak; the first step, which every
 * faulty version meets and which has the fewest requests, gets more), in each gate over the checks, and for each check over
 * the looks at it. Added up, all parts are the declared rate, so by the union bound the
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

/** What the first step has of the rate, where each other gate has one part. */
const FIRST_STEP_PARTS = 3;

/**
 * Probability with which one check of one gate may fail a healthy version.
 *
 * @param steps how many there are; the soak after them is one more gate
 * @param gate index of the step, `steps` for the soak
 */
export function gateAlpha(judgement: Judgement, steps: number, gate: number, check: BudgetedCheck): number {
  const share = (gate === 0 ? FIRST_STEP_PARTS : 1) / (FIRST_STEP_PARTS + steps);
  const { metric, ...others } = CHECK_PARTS;
  const parts = Object.values(others).reduce((sum, part) => sum + part, 0) + metric * comparedMetrics(judgement);
  return ((judgement.falseRollbackPercent / 100) * share * CHECK_PARTS[check]) / parts;
}

/** Of a gate's probability, what the final look has, the one that lets a step pass. */
const FINAL_LOOK = 0.2;

/** Of what is left, what each of the first looks has. */
const FIRST_LOOKS = [0.15, 0.3, 0.35];

/**
 * The part of a gate's probability that one look may use.
 *
 * The final look needs little: a step bakes until a faulty version stands out from the ratio that matters, and what stands
 * out so far is no chance. Most is for the first three looks, so that a version that fails badly is found in the first
 * minutes: after one there is little to go by, after two nearly enough. The rest is for all that come after: 0.6/(j(j-1))
 * adds up to a fifth over any number of looks, so a step may bake for days.
 */
export function lookAlpha(alpha: number, look: number | "final"): number {
  if (look === "final") return alpha * FINAL_LOOK;
  return alpha * (1 - FINAL_LOOK) * (FIRST_LOOKS[look - 1] ?? 0.6 / (look * (look - 1)));
}

/**
 * Pairs of values that a comparison by sign needs: fewer could not fail even if every one of them were worse, so they
 * cannot pass either.
 *
 * @param gate index of the step
 */
export function leastPairs(judgement: Judgement, steps: number, gate: number): number {
  return Math.ceil(Math.log2(1 / lookAlpha(gateAlpha(judgement, steps, gate, "metric"), "final")));
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
