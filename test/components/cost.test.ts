import { Budget } from "../../components/cost/budget.ts";
import { planBudget } from "../../components/cost/budget-plan.ts";
import { ProblemsError } from "../../contracts/problems.ts";
import { record } from "../support/harness.ts";

const ARGS = { environment: "production", monthlyUsd: 2500, topicArn: "arn:aws:sns:eu-west-1:111122223333:alerts" };

describe("a budget", () => {
  it("counts what the environment's tag is on, and tells somebody at each threshold", async () => {
    const { inputs } = (await record(() => new Budget("budget", ARGS))).one("aws:budgets:Budget");
    expect(inputs).toMatchObject({
      budgetType: "COST",
      timeUnit: "MONTHLY",
      limitAmount: "2500.00",
      limitUnit: "USD",
      costFilters: [{ name: "TagKeyValue", values: ["user:environment$production"] }],
    });
    const notifications = inputs.notifications as Record<string, unknown>[];
    expect(notifications.map((n) => [n.notificationType, n.threshold])).toEqual([
      ["ACTUAL", 80],
      ["ACTUAL", 100],
      ["FORECASTED", 100],
    ]);
    for (const notification of notifications) {
      expect(notification).toMatchObject({ thresholdType: "PERCENTAGE", subscriberSnsTopicArns: [ARGS.topicArn] });
    }
  });

  it("names everything that is wrong at once, a budget that tells nobody included", () => {
    const twice = { percent: 80, of: "actual" } as const;
    expect(problemsOf(0, [twice, twice, { percent: -1, of: "forecast" }])).toEqual([
      "monthlyUsd",
      "thresholds[1]",
      "thresholds[2].percent",
    ]);
    expect(problemsOf(1, [])).toEqual(["thresholds"]);
  });
});

function problemsOf(monthlyUsd: number, thresholds: Parameters<typeof planBudget>[1]["thresholds"]): string[] {
  try {
    planBudget("budget", { environment: "production", monthlyUsd, thresholds });
  } catch (error) {
    if (error instanceof ProblemsError) return error.problems.map((problem) => problem.property);
    throw error;
  }
  return [];
}
