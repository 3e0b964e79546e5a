export { Cluster, type ClusterArgs } from "./cluster.ts";
export { type ClusterPlan, type ClusterPlanArgs, planCluster } from "./cluster-plan.ts";
export { Workload } from "./workload.ts";
export type {
  EgressPeer,
  Peer,
  PodScaling,
  PodSize,
  Probes,
  WorkloadArgs,
  WorkloadPlanArgs,
  WorkloadTransforms,
  WritablePath,
} from "./workload-args.ts";
export { planWorkload, type WorkloadPlan } from "./workload-plan.ts";
