import type { Check } from "./condition.ts";
import type { Rule, RuleWords } from "./rule.ts";

/** A rule whose every type has a check of its own: what most rules on single resources are. */
export interface SettingRule extends RuleWords {
  /** Check by type token, such as `aws:rds/instance:Instance`. */
  readonly checks: Readonly<Record<string, Check>>;
}

/** Makes a rule of checks by type. */
export function settingRule(rule: SettingRule): Rule<unknown> & Pick<SettingRule, "checks"> {
  return {
    ...rule,
    appliesTo: (type) => Object.hasOwn(rule.checks, type),
    evaluate: ({ type, inputs }, report) => rule.checks[type]?.(inputs, report),
  };
}

/** The same check for several types. */
export function forTypes(types: readonly string[], check: Check): Readonly<Record<string, Check>> {
  return Object.fromEntries(types.map((type) => [type, check]));
}
