import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { TAG_KEYS } from "../../contracts/tags.ts";
import { applyTransform, type Transform } from "../transform.ts";
import { type BudgetPlanArgs, planBudget } from "./budget-plan.ts";

export interface BudgetArgs extends BudgetPlanArgs {
  /** Topic that is told; its policy has to let `budgets.amazonaws.com` publish, as those of `AlertTopics` do. */
  readonly topicArn: pulumi.Input<string>;
  readonly transform?: { readonly budget?: Transform<aws.budgets.BudgetArgs> };
}

/**
 * What a month of the environment may cost, and who is told when it costs more.
 *
 * AWS counts only what carries the tag `environment`, and only after the tag was activated for cost allocation in the
 * account; usage from before stays uncounted. Cost data is up to a day old.
 *
 * @example
 * ```ts
 * new Budget("budget", { environment: "production", monthlyUsd: 2500, topicArn: topics.arns.P3 });
 * ```
 */
export class Budget extends pulumi.ComponentResource {
  readonly budgetName: pulumi.Output<string>;
  readonly nodes: { readonly budget: aws.budgets.Budget };

  /** @throws ProblemsError when the arguments make no budget */
  constructor(name: string, args: BudgetArgs, opts?: pulumi.ComponentResourceOptions) {
    const { transform: _functions, ...inputs } = args;
    super("causeway:cost:Budget", name, inputs, opts);
    const plan = planBudget(name, args);
    const budget = new aws.budgets.Budget(
      ...applyTransform<aws.budgets.BudgetArgs>(
        args.transform?.budget,
        name,
        {
          budgetType: "COST",
          timeUnit: "MONTHLY",
          limitUnit: "USD",
          limitAmount: plan.limitAmount,
          costFilters: [{ name: "TagKeyValue", values: [`user:${TAG_KEYS.environment}$${args.environment}`] }],
          notifications: plan.thresholds.map(({ percent, of }) => ({
            notificationType: of === "actual" ? "ACTUAL" : "FORECASTED",
            comparisonOperator: "GREATER_THAN",
            threshold: percent,
            thresholdType: "PERCENTAGE",
            subscriberSnsTopicArns: [args.topicArn],
          })),
        },
        { parent: this },
      ),
    );
    this.budgetName = budget.name;
    this.nodes = { budget };
    this.registerOutputs({ budgetName: this.budgetName });
  }
}
