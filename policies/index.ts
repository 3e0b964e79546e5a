/** The policy packs: what they hold, where they lie, and how they are configured. */

export type { Exemption } from "../contracts/exemption.ts";
export { CATALOGUES } from "./data/controls.ts";
export { covers, type ExemptionProblem, exemptionProblems } from "./framework/exemptions.ts";
export { EXEMPTION_UNUSED, UNDETERMINED } from "./framework/findings.ts";
export type { Catalogue, Controls, RuleSeverity } from "./framework/rule.ts";
export type { RuleDescription } from "./rules/index.ts";
export { RULES } from "./rules/index.ts";
export type { PackConfig, PackName, PolicySettings, SetName } from "./settings.ts";
export { analyzePackPath, PACKS, packConfig } from "./settings.ts";
