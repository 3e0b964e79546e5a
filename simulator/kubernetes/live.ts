/** What the API server and the controllers make of a manifest: defaults, identity and status. */
import { createHash } from "node:crypto";
import { isAbsent, isObject, type Json, type JsonObject, plainObject, secret, unmark } from "../provider/values.ts";
import { listOf, numberOf, objectOf, textOf } from "./fields.ts";
import { qualifiedKind } from "./kinds.ts";
import { podSpecOf } from "./pod-security.ts";
import type { ObjectKind } from "./schema.ts";

/** What identities and times come from. */
export interface LiveContext {
  /** The same source gives the same digits. */
  readonly digits: (purpose: string, length: number) => string;
  readonly now: string;
  readonly region: string;
}

/** An object with all that the server adds. Values that are given keep their marks. */
export function liveObject(
  kind: ObjectKind,
  inputs: JsonObject,
  previous: JsonObject | undefined,
  context: LiveContext,
): JsonObject {
  const live = structuredClone(inputs);
  for (const key of Object.keys(live)) if (key.startsWith("__")) delete live[key];
  DEFAULTS[qualifiedKind(kind)]?.(live, context);
  const pod = podSpecOf(kind.kind, live);
  if (pod !== undefined && isObject(pod) && Object.keys(pod).length > 0) defaultPod(pod);
  const before = objectOf(previous?.metadata);
  const changed = previous !== undefined && digest(specOf(previous)) !== digest(specOf(live));
  const generation = (numberOf(before.generation) ?? 0) + (previous === undefined || changed ? 1 : 0);
  const metadata: JsonObject = {
    ...objectOf(live.metadata),
    creationTimestamp: before.creationTimestamp ?? context.now,
    uid: before.uid ?? uuid(context.digits("uid", 32)),
    resourceVersion: String((Number(before.resourceVersion) || 1000) + 1),
    ...(live.spec === undefined ? {} : { generation }),
  };
  if (kind.group === "" && kind.kind === "Namespace")
    metadata.labels = { ...objectOf(metadata.labels), "kubernetes.io/metadata.name": metadata.name! };
  live.metadata = metadata;
  const status = STATUS[qualifiedKind(kind)]?.(live, context, generation);
  if (status !== undefined) live.status = status;
  else if (previous?.status !== undefined) live.status = previous.status;
  return live;
}

function specOf(object: JsonObject): JsonObject {
  const { metadata: _, status: __, ...rest } = object;
  return rest;
}

function digest(object: JsonObject): string {
  return createHash("sha256")
    .update(JSON.stringify(plainObject(object)))
    .digest("hex");
}

function uuid(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function fill(object: JsonObject, defaults: JsonObject): void {
  for (const [key, value] of Object.entries(defaults)) if (isAbsent(object[key])) object[key] = value;
}

/** The object at a key, made when it is missing. */
function inner(object: JsonObject, key: string): JsonObject {
  if (isAbsent(object[key])) object[key] = {};
  return objectOf(object[key]);
}

const ROLLING = { maxUnavailable: "25%", maxSurge: "25%" };

/** Limits of an autoscaler that limits anything at all. Source: `pkg/apis/autoscaling/v2/defaults.go` of Kubernetes. */
const SCALING_RULES: Readonly<Record<"scaleUp" | "scaleDown", JsonObject>> = {
  scaleUp: {
    stabilizationWindowSeconds: 0,
    selectPolicy: "Max",
    policies: [
      { type: "Pods", value: 4, periodSeconds: 15 },
      { type: "Percent", value: 100, periodSeconds: 15 },
    ],
  },
  scaleDown: { selectPolicy: "Max", policies: [{ type: "Percent", value: 100, periodSeconds: 15 }] },
};

type Fill = (object: JsonObject, context: LiveContext) => void;

const DEFAULTS: Readonly<Record<string, Fill>> = {
  "Deployment.apps": (object) => {
    const spec = inner(object, "spec");
    fill(spec, { replicas: 1, progressDeadlineSeconds: 600, revisionHistoryLimit: 10, strategy: {} });
    const strategy = inner(spec, "strategy");
    fill(strategy, { type: "RollingUpdate" });
    if (strategy.type === "RollingUpdate") fill(inner(strategy, "rollingUpdate"), ROLLING);
  },
  "StatefulSet.apps": (object) => {
    const spec = inner(object, "spec");
    fill(spec, { replicas: 1, podManagementPolicy: "OrderedReady", revisionHistoryLimit: 10 });
    fill(spec, { updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 0 } } });
    fill(spec, { persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" } });
  },
  "DaemonSet.apps": (object) => {
    fill(inner(object, "spec"), { revisionHistoryLimit: 10 });
    fill(inner(object, "spec"), {
      updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
    });
  },
  "Job.batch": (object) => {
    const defaults = {
      parallelism: 1,
      backoffLimit: 6,
      completionMode: "NonIndexed",
      suspend: false,
      podReplacementPolicy: "TerminatingOrFailed",
    };
    fill(inner(object, "spec"), defaults);
    fill(inner(object, "spec"), { completions: 1 });
  },
  "CronJob.batch": (object) =>
    fill(inner(object, "spec"), {
      concurrencyPolicy: "Allow",
      suspend: false,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
    }),
  Service: (object, { digits }) => {
    const spec = inner(object, "spec");
    fill(spec, { type: "ClusterIP", sessionAffinity: "None" });
    for (const port of listOf(spec.ports)) {
      if (isObject(port)) fill(port, { protocol: "TCP", ...(isAbsent(port.port) ? {} : { targetPort: port.port! }) });
    }
    if (spec.type === "ExternalName") return;
    const drawn = Number.parseInt(digits("clusterIP", 4), 16);
    fill(spec, { clusterIP: `10.100.${drawn >> 8}.${drawn & 255 || 1}`, internalTrafficPolicy: "Cluster" });
    fill(spec, { clusterIPs: [spec.clusterIP!], ipFamilies: ["IPv4"], ipFamilyPolicy: "SingleStack" });
    if (spec.type === "ClusterIP") return;
    fill(spec, { externalTrafficPolicy: "Cluster" });
    if (spec.type === "LoadBalancer") fill(spec, { allocateLoadBalancerNodePorts: true });
    listOf(spec.ports).forEach((port, at) => {
      if (isObject(port)) fill(port, { nodePort: 30000 + (Number.parseInt(digits(`nodePort ${at}`, 6), 16) % 2768) });
    });
  },
  Secret: (object) => {
    fill(object, { type: "Opaque" });
    const plainText = unmark(object.stringData);
    if (!isObject(plainText)) return;
    const encoded = Object.entries(plainText).map(([key, value]) => [
      key,
      Buffer.from(String(unmark(value))).toString("base64"),
    ]);
    object.data = secret({ ...objectOf(unmark(object.data)), ...Object.fromEntries(encoded) });
    // Written only: the server keeps and shows what it made of it.
    delete object.stringData;
  },
  Namespace: (object) => fill(inner(object, "spec"), { finalizers: ["kubernetes"] }),
  PersistentVolumeClaim: (object) => fill(inner(object, "spec"), { volumeMode: "Filesystem" }),
  "NetworkPolicy.networking.k8s.io": (object) => {
    const spec = inner(object, "spec");
    fill(spec, { policyTypes: isAbsent(spec.egress) ? ["Ingress"] : ["Ingress", "Egress"] });
    for (const direction of ["ingress", "egress"]) {
      for (const rule of listOf(spec[direction])) {
        for (const port of listOf(objectOf(rule).ports)) if (isObject(port)) fill(port, { protocol: "TCP" });
      }
    }
  },
  "HorizontalPodAutoscaler.autoscaling": (object) => {
    const spec = inner(object, "spec");
    const cpu = { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } };
    fill(spec, { minReplicas: 1, metrics: [{ type: "Resource", resource: cpu }] });
    if (!isObject(spec.behavior)) return;
    for (const [direction, rules] of Object.entries(SCALING_RULES)) fill(inner(spec.behavior, direction), rules);
  },
};

function defaultPod(spec: JsonObject): void {
  const given = {
    restartPolicy: "Always",
    terminationGracePeriodSeconds: 30,
    dnsPolicy: "ClusterFirst",
    schedulerName: "default-scheduler",
  };
  fill(spec, { ...given, securityContext: {} });
  if (!isAbsent(spec.serviceAccountName)) fill(spec, { serviceAccount: spec.serviceAccountName! });
  for (const container of [...listOf(spec.containers), ...listOf(spec.initContainers)]) {
    if (!isObject(container)) continue;
    const image = textOf(unmark(container.image)) ?? "";
    const latest = !image.includes("@") && (!/:[^/]+$/.test(image) || image.endsWith(":latest"));
    fill(container, {
      imagePullPolicy: latest ? "Always" : "IfNotPresent",
      resources: {},
      terminationMessagePath: "/dev/termination-log",
      terminationMessagePolicy: "File",
    });
    for (const port of listOf(container.ports)) if (isObject(port)) fill(port, { protocol: "TCP" });
    for (const name of ["livenessProbe", "readinessProbe", "startupProbe"]) {
      const probe = container[name];
      if (!isObject(probe)) continue;
      fill(probe, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 });
      if (isObject(probe.httpGet)) fill(probe.httpGet, { path: "/", scheme: "HTTP" });
    }
  }
}

type Status = (object: JsonObject, context: LiveContext, generation: number) => Json;

const hostname: Status = (_, { digits, region }) => ({
  loadBalancer: {
    ingress: [
      { hostname: `${digits("load balancer", 32)}-${digits("load balancer suffix", 16)}.elb.${region}.amazonaws.com` },
    ],
  },
});

const condition = (type: string, reason: string, now: string): JsonObject => ({
  type,
  status: "True",
  reason,
  lastTransitionTime: now,
});

/** What the controllers report of an object that has come up. */
const STATUS: Readonly<Record<string, Status>> = {
  "Deployment.apps": (object, { now }, generation) => {
    const { replicas } = objectOf(object.spec);
    const conditions = [
      condition("Available", "MinimumReplicasAvailable", now),
      condition("Progressing", "NewReplicaSetAvailable", now),
    ];
    return {
      observedGeneration: generation,
      replicas: replicas!,
      readyReplicas: replicas!,
      availableReplicas: replicas!,
      updatedReplicas: replicas!,
      conditions,
    };
  },
  "StatefulSet.apps": (object, { digits }, generation) => {
    const { replicas } = objectOf(object.spec);
    const revision = `${String(objectOf(object.metadata).name)}-${digits("revision", 10)}`;
    const counts = {
      replicas: replicas!,
      readyReplicas: replicas!,
      availableReplicas: replicas!,
      currentReplicas: replicas!,
      updatedReplicas: replicas!,
    };
    return { observedGeneration: generation, ...counts, currentRevision: revision, updateRevision: revision };
  },
  "DaemonSet.apps": (_, __, generation) => ({
    observedGeneration: generation,
    ...{
      currentNumberScheduled: 1,
      desiredNumberScheduled: 1,
      numberReady: 1,
      numberAvailable: 1,
      updatedNumberScheduled: 1,
      numberMisscheduled: 0,
    },
  }),
  "Job.batch": (object, { now }) => ({
    startTime: now,
    completionTime: now,
    succeeded: objectOf(object.spec).completions ?? 1,
    conditions: [condition("Complete", "CompletionsReached", now)],
  }),
  Service: (object, context, generation) =>
    objectOf(object.spec).type === "LoadBalancer" ? hostname(object, context, generation) : { loadBalancer: {} },
  "Ingress.networking.k8s.io": hostname,
  Namespace: () => ({ phase: "Active" }),
  Pod: (_, { now }) => ({ phase: "Running", startTime: now, conditions: [condition("Ready", "PodReady", now)] }),
  PersistentVolumeClaim: (object) => ({
    phase: "Bound",
    accessModes: objectOf(object.spec).accessModes ?? [],
    capacity: objectOf(objectOf(objectOf(object.spec).resources).requests),
  }),
  "HorizontalPodAutoscaler.autoscaling": (object) => ({
    currentReplicas: objectOf(object.spec).minReplicas!,
    desiredReplicas: objectOf(object.spec).minReplicas!,
  }),
  "PodDisruptionBudget.policy": (_, __, generation) => ({
    observedGeneration: generation,
    currentHealthy: 0,
    desiredHealthy: 0,
    disruptionsAllowed: 0,
    expectedPods: 0,
  }),
};
