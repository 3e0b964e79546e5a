/** What the API server fills in where a manifest says nothing. A real server is asked for the same in the tests. */
import { isAbsent, isObject, type JsonObject, secret, unmark } from "../provider/values.ts";
import { listOf, objectOf, textOf } from "./fields.ts";
import { qualifiedKind } from "./kinds.ts";
import { podSpecOf } from "./pod-security.ts";
import type { ObjectKind } from "./schema.ts";

/** Fills an object's gaps in place. */
export function fillDefaults(kind: ObjectKind, object: JsonObject, digits: Digits): void {
  DEFAULTS[qualifiedKind(kind)]?.(object, digits);
  const pod = podSpecOf(kind.kind, object);
  if (pod !== undefined && isObject(pod) && Object.keys(pod).length > 0) defaultPod(pod);
}

/** The same purpose gives the same digits. */
export type Digits = (purpose: string, length: number) => string;

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

type Fill = (object: JsonObject, digits: Digits) => void;

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
    for (const claim of listOf(spec.volumeClaimTemplates)) {
      if (!isObject(claim)) continue;
      fill(claim, { apiVersion: "v1", kind: "PersistentVolumeClaim", status: { phase: "Pending" } });
      fill(inner(claim, "spec"), { volumeMode: "Filesystem" });
    }
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
  "CronJob.batch": (object) => {
    const spec = inner(object, "spec");
    fill(spec, {
      concurrencyPolicy: "Allow",
      suspend: false,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
    });
    const template = inner(spec, "jobTemplate");
    fill(template, { metadata: {} });
    fill(inner(inner(template, "spec"), "template"), { metadata: {} });
  },
  // Of a pod itself, by admission.
  Pod: (object) => {
    const lost = (key: string) => ({ key, operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 });
    fill(inner(object, "spec"), {
      enableServiceLinks: true,
      priority: 0,
      preemptionPolicy: "PreemptLowerPriority",
      tolerations: [lost("node.kubernetes.io/not-ready"), lost("node.kubernetes.io/unreachable")],
    });
  },
  Service: (object, digits) => {
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
  "StorageClass.storage.k8s.io": (object) => fill(object, { reclaimPolicy: "Delete", volumeBindingMode: "Immediate" }),
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
  for (const volume of listOf(spec.volumes)) {
    for (const source of ["configMap", "secret", "projected", "downwardAPI"]) {
      const files = objectOf(volume)[source];
      // 0644.
      if (isObject(files)) fill(files, { defaultMode: 420 });
    }
  }
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
    for (const variable of listOf(container.env)) {
      const { fieldRef } = objectOf(objectOf(variable).valueFrom);
      if (isObject(fieldRef)) fill(fieldRef, { apiVersion: "v1" });
    }
    for (const name of ["livenessProbe", "readinessProbe", "startupProbe"]) {
      const probe = container[name];
      if (!isObject(probe)) continue;
      fill(probe, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 });
      if (isObject(probe.httpGet)) fill(probe.httpGet, { path: "/", scheme: "HTTP" });
    }
  }
}
