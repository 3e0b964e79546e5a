import { type RuleSet, rulesIn, withoutSettings } from "../../framework/rule.ts";
import * as access from "./access.ts";
import * as podBaseline from "./pod-baseline.ts";
import * as podRestricted from "./pod-restricted.ts";
import * as workloads from "./workloads.ts";

/** Every control of the Pod Security Standards, and what keeps a cluster's workloads apart and alive. */
export const kubernetes: RuleSet<unknown> = {
  name: "kubernetes",
  title: "Kubernetes",
  description: "Pod Security Standards, roles, network policies, resources, probes and images.",
  ...rulesIn(access, podBaseline, podRestricted, workloads),
  ...withoutSettings,
};
