/** Manifests of every kind whose rules the simulated cloud knows, as people write them: the least and the usual. */
import type { JsonObject } from "../../../simulator/provider/values.ts";
import { CONFIG_MAP, container, DEPLOYMENT, deployment, podSpec, SECRET, SERVICE } from "./wrong-manifests.ts";

export interface Manifest {
  readonly title: string;
  readonly type: string;
  readonly manifest: JsonObject;
}

const named = (name: string, spec: JsonObject): JsonObject => ({ metadata: { name }, spec });
const template = (pod: JsonObject = podSpec()): JsonObject => ({ metadata: { labels: { app: "web" } }, spec: pod });
const selector = { matchLabels: { app: "web" } };
const job = (more: JsonObject = {}): JsonObject => ({
  template: { spec: { ...podSpec(), restartPolicy: "Never" } },
  ...more,
});
const full = podSpec({
  ports: [
    { name: "http", containerPort: 8080 },
    { name: "dns", containerPort: 53, protocol: "UDP" },
  ],
  env: [
    { name: "A", value: "b" },
    { name: "NODE", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } },
    { name: "KEY", valueFrom: { secretKeyRef: { name: "login", key: "key" } } },
  ],
  resources: { requests: { cpu: "100m", memory: "64Mi" }, limits: { memory: "128Mi" } },
  readinessProbe: { httpGet: { port: "http" } },
  livenessProbe: { tcpSocket: { port: 8080 }, initialDelaySeconds: 5 },
  startupProbe: { exec: { command: ["true"] } },
  volumeMounts: [
    { name: "settings", mountPath: "/etc/app" },
    { name: "work", mountPath: "/work" },
    { name: "login", mountPath: "/login", readOnly: true },
  ],
});
const volumes: JsonObject[] = [
  { name: "settings", configMap: { name: "settings" } },
  { name: "work", emptyDir: {} },
  { name: "login", secret: { secretName: "login" } },
];

export const RIGHT_MANIFESTS: readonly Manifest[] = [
  { title: "a deployment", type: DEPLOYMENT, manifest: named("least", { selector, template: template() }) },
  {
    title: "a deployment with all parts of a pod",
    type: DEPLOYMENT,
    manifest: {
      ...deployment({ replicas: 2 }, undefined, {
        ...full,
        initContainers: [
          { name: "first", image: "busybox" },
          { name: "beside", image: "proxy:1", restartPolicy: "Always" },
        ],
        volumes,
        nodeSelector: { "kubernetes.io/arch": "arm64" },
        tolerations: [{ key: "spot", operator: "Exists" }],
        topologySpreadConstraints: [
          { maxSkew: 1, topologyKey: "zone", whenUnsatisfiable: "ScheduleAnyway", labelSelector: selector },
        ],
      }),
      metadata: { name: "full" },
    },
  },
  {
    title: "a deployment that recreates",
    type: DEPLOYMENT,
    manifest: named("recreating", { selector, template: template(), strategy: { type: "Recreate" } }),
  },
  {
    title: "a stateful set",
    type: "kubernetes:apps/v1:StatefulSet",
    manifest: named("stateful", {
      selector,
      serviceName: "web",
      template: template(),
      volumeClaimTemplates: [
        {
          metadata: { name: "data" },
          spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
        },
      ],
    }),
  },
  {
    title: "a daemon set",
    type: "kubernetes:apps/v1:DaemonSet",
    manifest: named("daemons", { selector, template: template() }),
  },
  {
    title: "a cron job",
    type: "kubernetes:batch/v1:CronJob",
    manifest: named("nightly", { schedule: "0 3 * * *", jobTemplate: { spec: job() } }),
  },
  { title: "a service", type: SERVICE, manifest: named("least", { selector: { app: "web" }, ports: [{ port: 80 }] }) },
  {
    title: "a headless service",
    type: SERVICE,
    manifest: named("headless", {
      clusterIP: "None",
      selector: { app: "web" },
      ports: [{ port: 80, targetPort: "http" }],
    }),
  },
  {
    title: "another name",
    type: SERVICE,
    manifest: named("outside", { type: "ExternalName", externalName: "example.com" }),
  },
  { title: "a config map", type: CONFIG_MAP, manifest: { metadata: { name: "settings" }, data: { a: "1" } } },
  { title: "a secret", type: SECRET, manifest: { metadata: { name: "login" }, stringData: { key: "value" } } },
  {
    title: "a claim",
    type: "kubernetes:core/v1:PersistentVolumeClaim",
    manifest: named("data", { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } }),
  },
  {
    title: "an autoscaler",
    type: "kubernetes:autoscaling/v2:HorizontalPodAutoscaler",
    manifest: named("least", {
      maxReplicas: 3,
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "full" },
    }),
  },
  {
    title: "an autoscaler with limits",
    type: "kubernetes:autoscaling/v2:HorizontalPodAutoscaler",
    manifest: named("limited", {
      maxReplicas: 3,
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "full" },
      behavior: { scaleUp: { stabilizationWindowSeconds: 60 } },
    }),
  },
  {
    title: "a disruption budget",
    type: "kubernetes:policy/v1:PodDisruptionBudget",
    manifest: named("least", { minAvailable: "50%", selector }),
  },
  {
    title: "a network policy",
    type: "kubernetes:networking.k8s.io/v1:NetworkPolicy",
    manifest: named("least", {
      podSelector: {},
      ingress: [{ from: [{ podSelector: selector }], ports: [{ port: 80 }] }],
      egress: [{ to: [{ ipBlock: { cidr: "10.0.0.0/8", except: ["10.1.0.0/16"] } }] }],
    }),
  },
  {
    title: "an ingress",
    type: "kubernetes:networking.k8s.io/v1:Ingress",
    manifest: named("least", {
      rules: [
        {
          host: "shop.example.com",
          http: {
            paths: [{ path: "/", pathType: "Prefix", backend: { service: { name: "least", port: { number: 80 } } } }],
          },
        },
      ],
    }),
  },
  {
    title: "a service account",
    type: "kubernetes:core/v1:ServiceAccount",
    manifest: { metadata: { name: "least" }, automountServiceAccountToken: false },
  },
  {
    title: "a role",
    type: "kubernetes:rbac.authorization.k8s.io/v1:Role",
    manifest: { metadata: { name: "least" }, rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }] },
  },
  {
    title: "a role binding",
    type: "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding",
    manifest: {
      metadata: { name: "least" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "least" },
      subjects: [{ kind: "ServiceAccount", name: "least", namespace: "default" }],
    },
  },
  {
    title: "a pod of two containers",
    type: "kubernetes:core/v1:Pod",
    manifest: named("alone", { containers: [container(), container({ name: "beside", image: "proxy" })] }),
  },
];
