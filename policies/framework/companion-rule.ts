import type { Check } from "./condition.ts";
import { Report, type RuleWords, type StackRule } from "./rule.ts";

/** A resource has another one beside it, of a type that names it: a bucket its public access block, a VPC its flow log. */
export interface CompanionRule extends RuleWords {
  /** Type of the resources that need one. */
  readonly of: string;
  /** Types that do; one of them is enough. `by` is the property that names the resource. */
  readonly companions: readonly { readonly type: string; readonly by: string; readonly check?: Check }[];
  /** What the resource may say of itself instead. */
  readonly itself?: Check;
  /** What is missing, as it follows the resource: "has no flow log". */
  readonly missing: string;
}

/** Makes a stack rule of it. */
export function companionRule(rule: CompanionRule): StackRule<unknown> & Pick<CompanionRule, "of" | "companions"> {
  return {
    ...rule,
    evaluate(stack, report) {
      for (const resource of stack.ofType(rule.of)) {
        const failures: string[] = [];
        let holds = false;
        const open = [];
        if (rule.itself) {
          const own = new Report();
          rule.itself(resource.inputs, own);
          if (own.verdict === "pass") continue;
          open.push(...own.waiting);
        }
        for (const { type, by, check } of rule.companions) {
          const { known, open: unsure } = stack.companions(resource, type, by);
          open.push(...unsure);
          for (const companion of known) {
            const found = new Report();
            check?.(companion.inputs, found);
            if (found.verdict === "pass") holds = true;
            open.push(...found.waiting);
            failures.push(...found.failures.map((failure) => `in ${companion.name}, ${failure}`));
          }
        }
        if (holds) continue;
        report.failUnless(resource, open, [rule.missing, ...failures].join("; "));
      }
    },
  };
}
