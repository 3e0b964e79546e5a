/** Changes of one field each to objects that exist, and whether an API server lets them be changed. */
import type { JsonObject } from "../../../simulator/provider/values.ts";
import { CONFIG_MAP, DEPLOYMENT, NAMESPACE, POD, podSpec, SECRET, SERVICE } from "./wrong-manifests.ts";

export interface Change {
  readonly title: string;
  readonly type: string;
  readonly before: JsonObject;
  readonly after: JsonObject;
  /** What becomes of it with Pulumi: changed in place, replaced, or refused since neither is possible. */
  readonly outcome: "changed" | "replaced" | "refused";
  /** The API server would change it in place; the provider replaces it all the same. @default false */
  readonly needlessly?: true;
}

const labels = { app: "web" };
const template = (pod: JsonObject = podSpec(), more: JsonObject = {}): JsonObject => ({
  metadata: { labels: { ...labels, ...more } },
  spec: pod,
});
const workload = { selector: { matchLabels: labels }, template: template() };
const jobOf = (more: JsonObject = {}): JsonObject => ({
  template: { spec: { ...podSpec(), restartPolicy: "Never" } },
  ...more,
});
const claim = (storage: string): JsonObject => ({
  accessModes: ["ReadWriteOnce"],
  resources: { requests: { storage } },
});
const stateful = {
  ...workload,
  serviceName: "web",
  volumeClaimTemplates: [{ metadata: { name: "data" }, spec: claim("1Gi") }],
};
const STATEFUL_SET = "kubernetes:apps/v1:StatefulSet";
const JOB = "kubernetes:batch/v1:Job";
const CLAIM = "kubernetes:core/v1:PersistentVolumeClaim";
const ROLE_BINDING = "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding";
const STORAGE_CLASS = "kubernetes:storage.k8s.io/v1:StorageClass";
const http = { ports: [{ port: 80 }] };
const binding = (role: string, user = "me"): JsonObject => ({
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role },
  subjects: [{ kind: "User", name: user, apiGroup: "rbac.authorization.k8s.io" }],
});
const storage = (more: JsonObject = {}): JsonObject => ({ provisioner: "ebs.csi.aws.com", ...more });

type Row = readonly [
  title: string,
  type: string,
  before: JsonObject,
  after: JsonObject,
  outcome: Change["outcome"],
  needlessly?: true,
];

const ofSpec = (
  title: string,
  type: string,
  before: JsonObject,
  after: JsonObject,
  ...rest: [Change["outcome"], true?]
): Row => [title, type, { spec: before }, { spec: after }, ...rest];

const ROWS: readonly Row[] = [
  ofSpec(
    "an image of a deployment",
    DEPLOYMENT,
    workload,
    { ...workload, template: template(podSpec({ image: "web:2" })) },
    "changed",
  ),
  ofSpec("the number of a deployment's pods", DEPLOYMENT, workload, { ...workload, replicas: 3 }, "changed"),
  ofSpec(
    "a deployment's selector",
    DEPLOYMENT,
    workload,
    { selector: { matchLabels: { ...labels, tier: "a" } }, template: template(podSpec(), { tier: "a" }) },
    "replaced",
  ),
  ofSpec(
    "the least of a rolling update",
    DEPLOYMENT,
    workload,
    { ...workload, strategy: { rollingUpdate: { maxUnavailable: 0 } } },
    "changed",
  ),
  ofSpec(
    "a deployment that rolled and is to recreate",
    DEPLOYMENT,
    workload,
    { ...workload, strategy: { type: "Recreate" } },
    "refused",
  ),
  ofSpec(
    "a daemon set's selector",
    "kubernetes:apps/v1:DaemonSet",
    workload,
    { selector: { matchLabels: { ...labels, tier: "a" } }, template: template(podSpec(), { tier: "a" }) },
    "replaced",
  ),
  ofSpec(
    "an image of a stateful set",
    STATEFUL_SET,
    stateful,
    { ...stateful, template: template(podSpec({ image: "web:2" })) },
    "changed",
  ),
  ofSpec("a stateful set's service", STATEFUL_SET, stateful, { ...stateful, serviceName: "api" }, "replaced"),
  ofSpec(
    "the order of a stateful set",
    STATEFUL_SET,
    stateful,
    { ...stateful, podManagementPolicy: "Parallel" },
    "replaced",
  ),
  ofSpec(
    "the size of a stateful set's disks",
    STATEFUL_SET,
    stateful,
    { ...stateful, volumeClaimTemplates: [{ metadata: { name: "data" }, spec: claim("2Gi") }] },
    "replaced",
  ),
  ofSpec(
    "what a stateful set remembers",
    STATEFUL_SET,
    stateful,
    { ...stateful, revisionHistoryLimit: 3 },
    "replaced",
    true,
  ),
  ofSpec(
    "what becomes of a stateful set's disks",
    STATEFUL_SET,
    stateful,
    { ...stateful, persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete", whenScaled: "Retain" } },
    "changed",
  ),
  ofSpec(
    "a job's image",
    JOB,
    jobOf(),
    { template: { spec: { ...podSpec({ image: "web:2" }), restartPolicy: "Never" } } },
    "replaced",
  ),
  ofSpec("how often a job has to succeed", JOB, jobOf(), jobOf({ completions: 2 }), "replaced"),
  ofSpec("how many of a job run at once", JOB, jobOf(), jobOf({ parallelism: 2 }), "replaced", true),
  ofSpec("how often a job may fail", JOB, jobOf(), jobOf({ backoffLimit: 2 }), "changed"),
  ofSpec(
    "the kind of a job's completions",
    JOB,
    jobOf({ completions: 1 }),
    jobOf({ completions: 1, completionMode: "Indexed" }),
    "refused",
  ),
  ofSpec(
    "a schedule",
    "kubernetes:batch/v1:CronJob",
    { schedule: "0 3 * * *", jobTemplate: { spec: jobOf() } },
    { schedule: "0 4 * * *", jobTemplate: { spec: jobOf() } },
    "changed",
  ),
  ofSpec("a service's port", SERVICE, http, { ports: [{ port: 81 }] }, "changed"),
  ofSpec("a service's type", SERVICE, http, { ...http, type: "NodePort" }, "changed"),
  ofSpec("a service that loses its address", SERVICE, http, { ...http, clusterIP: "None" }, "replaced"),
  ["a config map's data", CONFIG_MAP, { data: { a: "1" } }, { data: { a: "2" } }, "replaced", true],
  [
    "the data of a config map that cannot change",
    CONFIG_MAP,
    { data: { a: "1" }, immutable: true },
    { data: { a: "2" }, immutable: true },
    "replaced",
  ],
  [
    "a config map that is to change again",
    CONFIG_MAP,
    { data: { a: "1" }, immutable: true },
    { data: { a: "1" }, immutable: false },
    "refused",
  ],
  ["a secret's data", SECRET, { stringData: { a: "1" } }, { stringData: { a: "2" } }, "replaced", true],
  [
    "a secret's type",
    SECRET,
    { type: "Opaque", stringData: { a: "1" } },
    { type: "example.com/other", stringData: { a: "1" } },
    "replaced",
  ],
  ofSpec(
    "who may mount a claim",
    CLAIM,
    claim("1Gi"),
    { ...claim("1Gi"), accessModes: ["ReadWriteOnce", "ReadOnlyMany"] },
    "replaced",
  ),
  ofSpec("a claim's kind of volume", CLAIM, claim("1Gi"), { ...claim("1Gi"), volumeMode: "Block" }, "refused"),
  ofSpec(
    "the most of an autoscaler",
    "kubernetes:autoscaling/v2:HorizontalPodAutoscaler",
    { maxReplicas: 2, scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "x" } },
    { maxReplicas: 3, scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "x" } },
    "changed",
  ),
  ofSpec(
    "whom a budget is for",
    "kubernetes:policy/v1:PodDisruptionBudget",
    { maxUnavailable: 1, selector: { matchLabels: labels } },
    { maxUnavailable: 1, selector: { matchLabels: { app: "api" } } },
    "changed",
  ),
  ofSpec(
    "a budget's way of counting",
    "kubernetes:policy/v1:PodDisruptionBudget",
    { maxUnavailable: 1, selector: { matchLabels: labels } },
    { minAvailable: 1, selector: { matchLabels: labels } },
    "changed",
  ),
  ofSpec(
    "whom a network policy is for",
    "kubernetes:networking.k8s.io/v1:NetworkPolicy",
    { podSelector: {} },
    { podSelector: { matchLabels: labels } },
    "changed",
  ),
  ["a binding's role", ROLE_BINDING, binding("reader"), binding("writer"), "replaced"],
  ["a binding's users", ROLE_BINDING, binding("reader"), binding("reader", "you"), "changed"],
  ["a storage class's parameters", STORAGE_CLASS, storage(), storage({ parameters: { type: "gp3" } }), "replaced"],
  [
    "what becomes of a storage class's disks",
    STORAGE_CLASS,
    storage(),
    storage({ reclaimPolicy: "Retain" }),
    "refused",
  ],
  [
    "whether a storage class's disks may grow",
    STORAGE_CLASS,
    storage(),
    storage({ allowVolumeExpansion: true }),
    "changed",
  ],
  ofSpec("a pod's image", POD, podSpec(), podSpec({ image: "web:2" }), "replaced", true),
  ofSpec("a pod's variables", POD, podSpec(), podSpec({ env: [{ name: "A", value: "b" }] }), "replaced"),
  [
    "a namespace's labels",
    NAMESPACE,
    {},
    { metadata: { labels: { "pod-security.kubernetes.io/enforce": "baseline" } } },
    "changed",
  ],
];

export const CHANGES: readonly Change[] = ROWS.map(([title, type, before, after, outcome, needlessly], index) => {
  const named = (manifest: JsonObject): JsonObject => ({
    ...manifest,
    metadata: { ...(manifest.metadata as JsonObject | undefined), name: `change-${index}` },
  });
  return { title, type, before: named(before), after: named(after), outcome, ...(needlessly ? { needlessly } : {}) };
});
