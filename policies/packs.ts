import type { PolicyPackArgs } from "@pulumi/policy";
import { toPolicy } from "./framework/adapter.ts";
import { leastPrivilege } from "./rules/least-privilege/index.ts";
import { tagging } from "./rules/tagging/index.ts";

/** What the constructor of a policy pack takes besides its name. */
export function leastPrivilegePack(): PolicyPackArgs {
  return {
    description: leastPrivilege.description,
    enforcementLevel: "mandatory",
    policies: [toPolicy(leastPrivilege)],
  };
}

/** The pack with the tagging rules alone. */
export function taggingPack(): PolicyPackArgs {
  return { description: tagging.description, enforcementLevel: "mandatory", policies: [toPolicy(tagging)] };
}

/** All rules in one pack: every pack is a process of its own, and starting one takes most of a second. */
export function platformPack(): PolicyPackArgs {
  return {
    description: "All rules of the platform.",
    enforcementLevel: "mandatory",
    policies: [...leastPrivilegePack().policies, ...taggingPack().policies],
  };
}
