import type { Policies, PolicyPackArgs } from "@pulumi/policy";
import { toPolicy } from "./framework/adapter.ts";
import type { RuleSet } from "./framework/rule.ts";
import { toStackPolicy } from "./framework/stack-adapter.ts";
import { cost } from "./rules/cost/index.ts";
import { kubernetes } from "./rules/kubernetes/index.ts";
import { leastPrivilege } from "./rules/least-privilege/index.ts";
import { resilience } from "./rules/resilience/index.ts";
import { security } from "./rules/security/index.ts";
import { tagging } from "./rules/tagging/index.ts";

/** A set's rules as policies: one for single resources, and one for whole stacks, which also finds idle exemptions. */
export function policiesOf<Config>(set: RuleSet<Config>): Policies {
  return [toPolicy(set), toStackPolicy(set)];
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

/** All rules in one pack: every pack is a process of its own, and starting one takes most of a second. */
export function platformPack(): PolicyPackArgs {
  return {
    description: "All rules of the platform.",
    enforcementLevel: "mandatory",
    policies: [
      leastPrivilegePack(),
      securityPack(),
      resiliencePack(),
      kubernetesPack(),
      costPack(),
      taggingPack(),
    ].flatMap(({ policies }) => policies),
  };
}
