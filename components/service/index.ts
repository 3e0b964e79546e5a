export { Cluster, type ClusterArgs, type ClusterAttachment } from "./cluster.ts";
export { type ColourNodes, Service } from "./service.ts";
export type {
  EgressTarget,
  HeldColour,
  LiveRelease,
  SecretReference,
  ServiceArgs,
  ServiceTransforms,
} from "./service-args.ts";
export { planService, type ServicePlan } from "./service-plan.ts";
