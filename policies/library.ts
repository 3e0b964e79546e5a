/** What the published package exports: the packs, their rules, and what is needed to write more of them. */

export type { Exemption } from "../contracts/exemption.ts";
export { ACCESS_LEVEL_OVERRIDES, ACCESS_LEVELS, type AccessLevel } from "./data/access-level-overrides.ts";
export { expandAction, IAM_DATA, type IamAction, iamAction } from "./data/iam.ts";
export { toPolicy } from "./framework/adapter.ts";
export { keepAssets } from "./framework/assets.ts";
export { type CompanionRule, companionRule } from "./framework/companion-rule.ts";
export {
  allOf,
  anyOf,
  atLeast,
  atLeastItems,
  between,
  type Check,
  type Condition,
  contains,
  each,
  given,
  isFalse,
  isTrue,
  matching,
  noneOf,
  notGiven,
  notMatching,
  oneOf,
  onlyIf,
  parsed,
  setting,
} from "./framework/condition.ts";
export { Draft, type Edit, KEEP, Refusal } from "./framework/draft.ts";
export { LONGEST_EXEMPTION_DAYS } from "./framework/exemptions.ts";
export { EXEMPTION_UNUSED, UNDETERMINED } from "./framework/findings.ts";
export { add, type Change, type Fix, fixOf, onlyWhere, type PutOptions, put, together } from "./framework/fix.ts";
export { fixPolicies } from "./framework/fix-policy.ts";
export { mergeSets } from "./framework/merge.ts";
export { Property, type PropertyState } from "./framework/property.ts";
export {
  type ConfigProperty,
  Report,
  type Rule,
  type RuleResource,
  type RuleSet,
  type RuleSeverity,
  type RuleWords,
  type StackRule,
  type Verdict,
  withoutSettings,
} from "./framework/rule.ts";
export { forTypes, settingRule } from "./framework/setting-rule.ts";
export type { Reference, Stack, StackReport, StackResource } from "./framework/stack.ts";
export {
  costPack,
  kubernetesPack,
  leastPrivilegePack,
  platformPack,
  policiesOf,
  resiliencePack,
  securityPack,
  taggingPack,
} from "./packs.ts";
export { type ResourceState, type Rights, readRights, stackOf } from "./privileges/index.ts";
export { cost } from "./rules/cost/index.ts";
export { RULES, type RuleDescription } from "./rules/index.ts";
export { kubernetes } from "./rules/kubernetes/index.ts";
export { leastPrivilege } from "./rules/least-privilege/index.ts";
export { resilience } from "./rules/resilience/index.ts";
export { security } from "./rules/security/index.ts";
export { tagging } from "./rules/tagging/index.ts";
export { type PackConfig, type PolicySettings, packConfig } from "./settings.ts";
