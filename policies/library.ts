/** What the published package exports: the packs, their rules, and what is needed to write more of them. */

export type { Exemption } from "../contracts/exemption.ts";
export { ACCESS_LEVEL_OVERRIDES, ACCESS_LEVELS, type AccessLevel } from "./data/access-level-overrides.ts";
export { expandAction, IAM_DATA, type IamAction, iamAction } from "./data/iam.ts";
export { toPolicy } from "./framework/adapter.ts";
export { keepAssets } from "./framework/assets.ts";
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
  type Verdict,
} from "./framework/rule.ts";
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
export { RULES, type RuleDescription } from "./rules/index.ts";
export { leastPrivilege } from "./rules/least-privilege/index.ts";
export { tagging } from "./rules/tagging/index.ts";
export { type PackConfig, type PolicySettings, packConfig } from "./settings.ts";
