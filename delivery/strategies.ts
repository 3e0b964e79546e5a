import type { ProblemCollector } from "../contracts/problems.ts";
import type { ReleaseStrategy } from "../contracts/vocabulary.ts";
import type { ReleaseSettings } from "./settings.ts";

/** Shares of the candidate where nothing is written. */
export const DEFAULT_STEPS: Readonly<Record<ReleaseStrategy, readonly number[]>> = {
  /** Everybody at once. */
  "blue-green": [100],
  /** A few users first. */
  canary: [1, 5, 25, 50, 100],
  /** Equal steps. */
  linear: [20, 40, 60, 80, 100],
  /** Task by task inside of the live colour; the one step is the whole replacement. */
  rolling: [100],
};

/** Equal steps of a linear release: 20 gives 20, 40, 60, 80, 100; the last one is what is left. */
export function linearSteps(stepPercent: number): number[] {
  const count = Math.ceil(100 / stepPercent);
  return Array.from({ length: count }, (_, index) => Math.min(100, (index + 1) * stepPercent));
}

/** The shares a strategy goes through, checked. */
export function stepsOf(settings: ReleaseSettings, problems: ProblemCollector): readonly number[] {
  const { strategy, steps, stepPercent } = settings;
  if (strategy === "rolling") {
    problems.require(
      steps === undefined && stepPercent === undefined,
      "steps",
      "a rolling release has no steps.",
      "Leave them out, or choose canary or linear.",
    );
    return DEFAULT_STEPS.rolling;
  }
  if (stepPercent !== undefined) {
    const fits = strategy === "linear" && Number.isInteger(stepPercent) && stepPercent >= 1 && stepPercent <= 100;
    problems.require(
      fits,
      "stepPercent",
      `${stepPercent} is no step of a ${strategy} release.`,
      "Only linear has it, 1 to 100.",
    );
    problems.require(steps === undefined, "stepPercent", "steps are listed as well.", "Give one of the two.");
    return fits ? linearSteps(stepPercent) : [100];
  }
  const shares = steps ?? DEFAULT_STEPS[strategy];
  const outside = shares.filter((share) => !Number.isInteger(share) || share < 1 || share > 100);
  problems.require(
    outside.length === 0,
    "steps",
    `${outside.join(", ")}: shares are whole numbers from 1 to 100.`,
    "Weights of a listener rule have no fractions.",
  );
  const falling = shares.findIndex((share, index) => index > 0 && share <= (shares[index - 1] as number));
  problems.require(
    falling < 0,
    "steps",
    `[${shares.join(", ")}] does not rise: ${shares[falling]} follows ${shares[falling - 1]}.`,
    "Write rising shares, such as [1, 5, 25, 50, 100].",
  );
  problems.require(
    strategy !== "blue-green" || shares.every((share) => share === 100),
    "steps",
    `[${shares.join(", ")}]: blue-green moves all users at once, so that both versions never serve at the same time.`,
    "Write [100], or choose canary.",
  );
  problems.require(
    shares.at(-1) === 100,
    "steps",
    `[${shares.join(", ")}] does not end with 100.`,
    "Add 100: a release that is never whole keeps two versions for ever.",
  );
  return shares;
}
