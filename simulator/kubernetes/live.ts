/** What the API server and the controllers make of a manifest: defaults, identity and status. */
import { createHash } from "node:crypto";
import { type Json, type JsonObject, plainObject } from "../provider/values.ts";
import { type Digits, fillDefaults } from "./defaults.ts";
import { numberOf, objectOf } from "./fields.ts";
import { qualifiedKind } from "./kinds.ts";
import type { ObjectKind } from "./schema.ts";

/** What identities and times come from. */
export interface LiveContext {
  readonly digits: Digits;
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
  fillDefaults(kind, live, context.digits);
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
