import type * as kubernetes from "@pulumi/kubernetes";
import type { WorkloadArgs } from "./workload-args.ts";
import type { WorkloadPlan } from "./workload-plan.ts";

type PodSpec = kubernetes.types.input.core.v1.PodSpec;
type Container = kubernetes.types.input.core.v1.Container;

/** A pod that Pod Security's level `restricted` admits, over zones and nodes, ending without losing a request. */
export function podSpec(args: WorkloadArgs, plan: WorkloadPlan): PodSpec {
  return {
    serviceAccountName: plan.service,
    automountServiceAccountToken: false,
    // Variables for each service of the namespace would let the name of a neighbour change what a container sees.
    enableServiceLinks: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: plan.user,
      runAsGroup: plan.user,
      fsGroup: plan.user,
      seccompProfile: { type: "RuntimeDefault" },
    },
    terminationGracePeriodSeconds: plan.terminationGracePeriodSeconds,
    topologySpreadConstraints: [
      {
        topologyKey: "topology.kubernetes.io/zone",
        maxSkew: 1,
        whenUnsatisfiable: "DoNotSchedule",
        // A lost zone's nodes are tainted: without this, they would still count as a place to fill first.
        nodeTaintsPolicy: "Honor",
        labelSelector: { matchLabels: plan.selector },
        // Each revision is spread by itself; the leaving one does not push the coming one together.
        matchLabelKeys: ["pod-template-hash"],
      },
      {
        topologyKey: "kubernetes.io/hostname",
        maxSkew: 1,
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: { matchLabels: plan.selector },
        matchLabelKeys: ["pod-template-hash"],
      },
    ],
    containers: [container(args, plan)],
    ...(plan.volumes.length === 0
      ? {}
      : { volumes: plan.volumes.map(({ name, size }) => ({ name, emptyDir: { sizeLimit: size } })) }),
  };
}

function container(args: WorkloadArgs, plan: WorkloadPlan): Container {
  const { probes } = plan;
  const check = (path: string) => ({
    httpGet: { path, port: "http" },
    timeoutSeconds: probes.timeoutSeconds,
  });
  const variables = { ...args.variables, PORT: String(args.port) };
  return {
    name: plan.service,
    image: args.image,
    ...(args.command === undefined ? {} : { command: [...args.command] }),
    ports: [{ name: "http", containerPort: args.port }],
    env: Object.entries(variables)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => ({ name, value })),
    resources: { requests: plan.requests, limits: plan.limits },
    securityContext: {
      allowPrivilegeEscalation: false,
      privileged: false,
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      capabilities: { drop: ["ALL"] },
    },
    startupProbe: {
      ...check(probes.readinessPath),
      periodSeconds: plan.startupIntervalSeconds,
      failureThreshold: plan.startupFailures,
    },
    readinessProbe: {
      ...check(probes.readinessPath),
      periodSeconds: probes.intervalSeconds,
      failureThreshold: plan.readinessFailures,
    },
    livenessProbe: {
      ...check(probes.livenessPath),
      periodSeconds: probes.intervalSeconds,
      failureThreshold: plan.livenessFailures,
    },
    // The kubelet itself waits: an image without a shell has no `sleep`.
    lifecycle: { preStop: { sleep: { seconds: plan.drainSeconds } } },
    ...(plan.volumes.length === 0
      ? {}
      : { volumeMounts: plan.volumes.map(({ name, path }) => ({ name, mountPath: path })) }),
  };
}
