import { ProblemCollector } from "../../contracts/problems.ts";

/** A share of the budget that, once reached, tells somebody. */
export interface BudgetThreshold {
  /** Share of the budget, in per cent. */
  readonly percent: number;
  /** `actual`: spent already. `forecast`: AWS expects it by the end of the month. */
  readonly of: "actual" | "forecast";
}

/** What decides a budget; see `BudgetArgs`. */
export interface BudgetPlanArgs {
  readonly environment: string;
  /** What a month may cost, in USD. */
  readonly monthlyUsd: number;
  /** @default 80 % and 100 % spent, 100 % forecast */
  readonly thresholds?: readonly BudgetThreshold[];
}

export interface BudgetPlan {
  /** In the form AWS takes amounts. */
  readonly limitAmount: string;
  readonly thresholds: readonly BudgetThreshold[];
}

/** AWS takes no more notifications for one budget. */
const MOST_THRESHOLDS = 10;

/**
 * Decides a budget.
 *
 * @throws ProblemsError with everything that is wrong
 */
export function planBudget(name: string, args: BudgetPlanArgs): BudgetPlan {
  const problems = new ProblemCollector(name);
  const thresholds = args.thresholds ?? [
    { percent: 80, of: "actual" },
    { percent: 100, of: "actual" },
    { percent: 100, of: "forecast" },
  ];
  problems.require(
    args.monthlyUsd > 0 && Number.isFinite(args.monthlyUsd),
    "monthlyUsd",
    `${args.monthlyUsd} is no amount.`,
    "Give what a month may cost, in USD.",
  );
  problems.require(
    thresholds.length > 0 && thresholds.length <= MOST_THRESHOLDS,
    "thresholds",
    `${thresholds.length} thresholds.`,
    `Give 1 to ${MOST_THRESHOLDS}: a budget that tells nobody is of no use, and AWS takes no more.`,
  );
  const seen = new Set<string>();
  thresholds.forEach(({ percent, of }, index) => {
    problems.require(
      percent > 0 && percent <= 1000,
      `thresholds[${index}].percent`,
      `${percent} is no share of a budget.`,
      "Give per cent, such as 80.",
    );
    problems.require(
      !seen.has(`${percent} ${of}`),
      `thresholds[${index}]`,
      `${percent} % of ${of} stands twice.`,
      "Remove one: AWS refuses it.",
    );
    seen.add(`${percent} ${of}`);
  });
  problems.throwIfAny(`budget ${name}`);
  return { limitAmount: args.monthlyUsd.toFixed(2), thresholds };
}
