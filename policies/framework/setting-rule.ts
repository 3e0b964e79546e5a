import type { Check } from "./condition.ts";
import { type Change, fixOf } from "./fix.ts";
import type { Rule, RuleWords } from "./rule.ts";

/** A rule whose every type has a check of its own: what most rules on single resources are. */
export interface SettingRule extends RuleWords {
  /** Check by type token, such as `aws:rds/instance:Instance`. */
  readonly checks: Readonly<Record<string, Check>>;
  /**
   * What puts a type right, by type token: in place, without taking from anybody what they could reach, and without
   * deciding what only people know. A type that would be replaced by it has none.
   *
   * @default none
   */
  readonly fixes?: Readonly<Record<string, Change>>;
}

/** Makes a rule of checks by type. */
export function settingRule(rule: SettingRule): Rule<unknown> & Pick<SettingRule, "checks"> {
  return {
    ...rule,
    appliesTo: (type) => Object.hasOwn(rule.checks, type),
    evaluate: ({ type, inputs }, report) => rule.checks[type]?.(inputs, report),
    ...(rule.fixes && { fix: fixOf(rule.fixes) }),
  };
}

/** The same check, or change, for several types. */
export function forTypes<What extends Check | Change>(
  types: readonly string[],
  what: What,
): Readonly<Record<string, What>> {
  return Object.fromEntries(types.map((type) => [type, what]));
}
