import type { Policies, PolicyPackArgs } from "@pulumi/policy";
import { toPolicy } from "./framework/adapter.ts";
import { fixPolicies } from "./framework/fix-policy.ts";
import type { RuleSet } from "./framework/rule.ts";
import { cost } from "./rules/cost/index.ts";
import { ALL_RULES } from "./rules/index.ts";
import { kubernetes } from "./rules/kubernetes/index.ts";
import { leastPrivilege } from "./rules/least-privilege/index.ts";
import { resilience } from "./rules/resilience/index.ts";
import { security } from "./rules/security/index.ts";
import { tagging } from "./rules/tagging/index.ts";

export { keepAssets } from "./framework/assets.ts";

/** The policies of a set: its rules as one, and what puts right what breaks them, each under its rule's name. */
export function policiesOf<Config>(set: RuleSet<Config>): Policies {
  return [toPolicy(set), ...fixPolicies(set)];
}

function packOf<Config>(set: RuleSet<Config>): PolicyPackArgs {
  return { description: set.description, enforcementLevel: "mandatory", policies: policiesOf(set) };
}

/** What the constructor of a policy pack takes besides its name. */
export const leastPrivilegePack = (): PolicyPackArgs => packOf(leastPrivilege);

/** The pack with the security rules alone. */
export const securityPack = (): PolicyPackArgs => packOf(security);

/** The pack with the resilience rules alone. */
export const resiliencePack = (): PolicyPackArgs => packOf(resilience);

/** The pack with the rules on Kubernetes alone. */
export const kubernetesPack = (): PolicyPackArgs => packOf(kubernetes);

/** The pack with the cost rules alone. */
export const costPack = (): PolicyPackArgs => packOf(cost);

/** The pack with the tagging rules alone. */
export const taggingPack = (): PolicyPackArgs => packOf(tagging);

/** All rules in one pack, and there in one policy: every pack is a process of its own, and every policy decodes anew. */
export const platformPack = (): PolicyPackArgs => packOf(ALL_RULES);
