import type { ProblemCollector } from "../contracts/problems.ts";

/** Records a time that AWS does not take. */
export function checkSeconds(
  problems: ProblemCollector,
  property: string,
  seconds: number,
  least: number,
  most: number,
): void {
  problems.require(
    Number.isInteger(seconds) && seconds >= least && seconds <= most,
    property,
    `${seconds} seconds are outside of what AWS takes.`,
    `Give a whole number from ${least} to ${most}.`,
  );
}
