import type { FixWords } from "../framework/fix.ts";
import { mergeSets } from "../framework/merge.ts";
import type { Rule, RuleSet, RuleWords } from "../framework/rule.ts";
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
  /** What it puts right by itself where the settings want that; absent where it only reports. */
  readonly fix?: FixWords;
}

/** All rules. */
export const RULES: readonly RuleDescription[] = RULE_SETS.flatMap((set) => [
  ...set.rules.map((rule) => describe(rule, set.name, "resource")),
  ...(set.stackRules ?? []).map((rule) => describe(rule, set.name, "stack")),
]);

function describe(
  rule: RuleWords & Pick<Partial<Rule<unknown>>, "fix">,
  set: string,
  scope: RuleDescription["scope"],
): RuleDescription {
  const { id, title, why, severity, remedy, url, controls, fix } = rule;
  const words = { id, set, scope, title, why, severity, remedy, url, controls };
  return fix ? { ...words, fix: { says: fix.says, ...(fix.types && { types: fix.types }) } } : words;
}

/** The set a rule belongs to. */
export function ruleSetOf(id: string): string | undefined {
  return RULES.find((rule) => rule.id === id)?.set;
}
