import type { RuleSeverity } from "../framework/rule.ts";
import { leastPrivilege } from "./least-privilege/index.ts";
import { tagging } from "./tagging/index.ts";

/** A rule as people and reports need it, without its code. */
export interface RuleDescription {
  readonly id: string;
  /** The rule set it belongs to, which is also the name of its policy. */
  readonly set: string;
  readonly title: string;
  readonly why: string;
  readonly severity: RuleSeverity;
  readonly remedy: string;
  readonly url: string;
}

/** All rules. */
export const RULES: readonly RuleDescription[] = [leastPrivilege, tagging].flatMap((set) =>
  set.rules.map(({ id, title, why, severity, remedy, url }) => ({
    id,
    set: set.name,
    title,
    why,
    severity,
    remedy,
    url,
  })),
);

/** The set a rule belongs to. */
export function ruleSetOf(id: string): string | undefined {
  return RULES.find((rule) => rule.id === id)?.set;
}
