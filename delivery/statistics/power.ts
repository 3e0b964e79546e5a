import { conditionalErrorTest, poissonLowerTail } from "./distributions.ts";

/** The rule that decides on errors at one look: both conditions must hold to fail. */
export interface ErrorRule {
  /** The candidate's rate must be above this multiple of the baseline's. */
  readonly ratio: number;
  /** Chance must explain the difference with less than this probability. */
  readonly alpha: number;
}

/** What fails under the rule. */
export function failsErrorRule(
  candidate: { requests: number; errors: number },
  baseline: { requests: number; errors: number },
  rule: ErrorRule,
): boolean {
  return (
    candidate.errors * baseline.requests > rule.ratio * baseline.errors * candidate.requests &&
    conditionalErrorTest(candidate, baseline) <= rule.alpha
  );
}

/** Parts of a Poisson variable further out than this are left out of sums. */
const NEGLIGIBLE = 1e-7;

function poissonRange(mean: number): readonly [number, number] {
  const spread = 6 * Math.sqrt(mean) + 8;
  return [Math.max(0, Math.floor(mean - spread)), Math.ceil(mean + spread)];
}

/**
 * Probability that the rule finds a version `detect` times as faulty as the live one, in one look.
 *
 * Exact for rare errors (both sides Poisson), with the noise of the baseline included: at a 50 % step the baseline is no
 * larger than the candidate, and needs far more errors than at a 1 % step.
 *
 * @param expected errors that the baseline's rate predicts for the candidate's requests
 * @param baselineSize requests of the baseline for each of the candidate
 */
export function errorRulePower(expected: number, baselineSize: number, detect: number, rule: ErrorRule): number {
  const baselineMean = expected * baselineSize;
  const candidateMean = expected * detect;
  const [from, to] = poissonRange(baselineMean);
  // Only the proportion of requests matters, so any scale does.
  const requests = { candidate: 1, baseline: baselineSize };
  let power = 0;
  let critical = 0;
  let below = poissonLowerTail(from - 1, baselineMean);
  for (let errors = from; errors <= to; errors++) {
    const upTo = poissonLowerTail(errors, baselineMean);
    const weight = upTo - below;
    below = upTo;
    const baseline = { requests: requests.baseline, errors };
    const fails = (count: number) => failsErrorRule({ requests: requests.candidate, errors: count }, baseline, rule);
    // More baseline errors never lower the number of candidate errors that fails.
    while (!fails(critical)) critical++;
    if (weight > NEGLIGIBLE) power += weight * (1 - poissonLowerTail(critical - 1, candidateMean));
  }
  return power;
}

const known = new Map<string, number>();

/**
 * Errors that the baseline's rate must predict for the candidate's requests, so that one look finds a version `detect`
 * times as faulty with the given probability.
 *
 * A step therefore bakes for this number divided by (its requests per second times the error rate).
 *
 * @param power such as 0.9
 * @throws RangeError when `detect` is not above the rule's ratio: no number of requests would do
 */
export function neededBaselineErrors(baselineSize: number, detect: number, power: number, rule: ErrorRule): number {
  if (detect <= rule.ratio) {
    throw new RangeError(
      `a version ${detect} times as faulty is never found by a rule that wants more than ${rule.ratio} times`,
    );
  }
  const key = JSON.stringify([baselineSize, detect, power, rule]);
  const found = known.get(key);
  if (found !== undefined) return found;
  const enough = (expected: number) => errorRulePower(expected, baselineSize, detect, rule) >= power;
  let high = 1;
  while (!enough(high)) high *= 2;
  let low = high / 2;
  while (high / low > 1.01) {
    const middle = Math.sqrt(low * high);
    if (enough(middle)) high = middle;
    else low = middle;
  }
  // Counts are whole, so power has small teeth: a little more keeps it above at every later look as well.
  while (!enough(high) || !enough(high * 1.02) || !enough(high * 1.05)) high *= 1.02;
  const needed = Math.ceil(high * 10) / 10;
  known.set(key, needed);
  return needed;
}
