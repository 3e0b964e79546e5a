import { mergeSets } from "../framework/merge.ts";
import type { RuleSet, RuleWords } from "../framework/rule.ts";
import { cost } from "./cost/index.ts";
import { kubernetes } from "./kubernetes/index.ts";
import { leastPrivilege } from "./least-privilege/index.ts";
import { resilience } from "./resilience/index.ts";
import { security } from "./security/index.ts";
import { tagging } from "./tagging/index.ts";

/** All sets, in the order in which reports show them. */
export const RULE_SETS: readonly RuleSet<unknown>[] = [leastPrivilege, security, resilience, kubernetes, cost, tagging];

/** All rules as one set. */
export const ALL_RULES = mergeSets(
  { name: "causeway", title: "Causeway", description: "All rules of the platform." },
  RULE_SETS,
);

/** A rule as people and reports need it, without its code. */
export interface RuleDescription extends RuleWords {
  /** The rule set it belongs to, which is also the name of its policy in a pack of its own. */
  readonly set: string;
  /** Whether it judges single resources or a whole stack. */
  readonly scope: "resource" | "stack";
}

/** All rules. */
export const RULES: readonly RuleDescription[] = RULE_SETS.flatMap((set) => [
  ...set.rules.map((rule) => describe(rule, set.name, "resource")),
  ...(set.stackRules ?? []).map((rule) => describe(rule, set.name, "stack")),
]);

function describe(rule: RuleWords, set: string, scope: RuleDescription["scope"]): RuleDescription {
  const { id, title, why, severity, remedy, url, controls } = rule;
  return { id, set, scope, title, why, severity, remedy, url, controls };
}

/** The set a rule belongs to. */
export function ruleSetOf(id: string): string | undefined {
  return RULES.find((rule) => rule.id === id)?.set;
}
