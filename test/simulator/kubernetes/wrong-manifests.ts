/** Manifests with one mistake each, which the API server refuses: what the simulated cloud says is held against it. */
import type { JsonObject } from "../../../simulator/provider/values.ts";
import { secretOf } from "../provider-client.ts";

export const DEPLOYMENT = "kubernetes:apps/v1:Deployment";
export const NAMESPACE = "kubernetes:core/v1:Namespace";
export const SERVICE = "kubernetes:core/v1:Service";
export const CONFIG_MAP = "kubernetes:core/v1:ConfigMap";
export const SECRET = "kubernetes:core/v1:Secret";
export const POD = "kubernetes:core/v1:Pod";
const JOB = "kubernetes:batch/v1:Job";
const CRON_JOB = "kubernetes:batch/v1:CronJob";
const STATEFUL_SET = "kubernetes:apps/v1:StatefulSet";
const DAEMON_SET = "kubernetes:apps/v1:DaemonSet";
const AUTOSCALER = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler";
const BUDGET = "kubernetes:policy/v1:PodDisruptionBudget";
const NETWORK_POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy";
const INGRESS = "kubernetes:networking.k8s.io/v1:Ingress";
const CLAIM = "kubernetes:core/v1:PersistentVolumeClaim";
const ROLE = "kubernetes:rbac.authorization.k8s.io/v1:Role";
const ROLE_BINDING = "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding";

export const HARDENED = {
  allowPrivilegeEscalation: false,
  runAsNonRoot: true,
  capabilities: { drop: ["ALL"] },
  seccompProfile: { type: "RuntimeDefault" },
};

export const container = (more: JsonObject = {}): JsonObject => ({ name: "web", image: "web@sha256:00", ...more });
export const podSpec = (more: JsonObject = {}): JsonObject => ({ containers: [container(more)] });
export const deployment = (spec: JsonObject = {}, namespace?: string, pod: JsonObject = podSpec()): JsonObject => ({
  metadata: { name: "web", ...(namespace && { namespace }) },
  spec: {
    selector: { matchLabels: { app: "web" } },
    template: { metadata: { labels: { app: "web" } }, spec: pod },
    ...spec,
  },
});

const withPod = (pod: JsonObject) => deployment({}, undefined, pod);
const withContainer = (more: JsonObject) => withPod(podSpec(more));
const ofTemplate = (more: JsonObject = {}) => ({
  metadata: { name: "x" },
  spec: { template: { metadata: { labels: { app: "x" } }, spec: podSpec() }, ...more },
});
const named = (spec: JsonObject): JsonObject => ({ metadata: { name: "x" }, spec });
const service = (port: JsonObject, more: JsonObject = {}) => named({ ports: [{ port: 80, ...port }], ...more });
const probe = (more: JsonObject) => withContainer({ readinessProbe: { httpGet: { port: 80 }, ...more } });
const spread = (more: JsonObject) =>
  withPod({
    ...podSpec(),
    topologySpreadConstraints: [
      { maxSkew: 1, topologyKey: "topology.kubernetes.io/zone", whenUnsatisfiable: "DoNotSchedule", ...more },
    ],
  });
const policy = (more: JsonObject) => named({ podSelector: {}, ...more });
const egressTo = (peer: JsonObject) => policy({ egress: [{ to: [peer] }] });
const scaler = (more: JsonObject) =>
  named({ maxReplicas: 2, scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" }, ...more });
const role = (...rules: JsonObject[]): JsonObject => ({ metadata: { name: "x" }, rules });
const binding = (roleRef: JsonObject, subject: JsonObject): JsonObject => ({
  metadata: { name: "x" },
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "x", ...roleRef },
  subjects: [{ kind: "User", name: "me", apiGroup: "rbac.authorization.k8s.io", ...subject }],
});
const ingress = (more: JsonObject) =>
  named({
    rules: [
      {
        http: {
          paths: [
            { path: "/", pathType: "Prefix", backend: { service: { name: "s", port: { number: 80 } } }, ...more },
          ],
        },
      },
    ],
  });

export interface WrongManifest {
  readonly title: string;
  readonly type: string;
  readonly manifest: JsonObject;
  /** Where the mistake is, as Pulumi names it. */
  readonly property: string;
  /** Part of what is said of it. */
  readonly reason: string;
  /** What the API server's JSON reader says of it, which refuses it before its rules are asked. */
  readonly unreadable?: string;
}

type Row = readonly [
  title: string,
  type: string,
  manifest: JsonObject,
  property: string,
  reason: string,
  unreadable?: string,
];

const POD_PATH = "spec.template.spec";
const CONTAINER = `${POD_PATH}.containers[0]`;

const ROWS: readonly Row[] = [
  ["a deployment without selector", DEPLOYMENT, ofTemplate(), "spec.selector", "Required value"],
  [
    "a workload without pods",
    DEPLOYMENT,
    deployment({ template: { metadata: { labels: { app: "web" } } } }),
    "spec.template.spec.containers",
    "Required value",
  ],
  [
    "scaling something of no group",
    AUTOSCALER,
    scaler({ scaleTargetRef: { kind: "Deployment", name: "web" } }),
    "spec.scaleTargetRef.apiVersion",
    "apiVersion must specify API group",
  ],
  [
    "a mistyped field",
    DEPLOYMENT,
    deployment({ replcas: 1 }),
    "spec.replcas",
    'field not declared in schema; did you mean "replicas"?',
    'unknown field "spec.replcas"',
  ],
  [
    "text for a number",
    DEPLOYMENT,
    deployment({ replicas: "3" }),
    "spec.replicas",
    "expected numeric (int or float), got string",
    "cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32",
  ],
  [
    "negative replicas",
    DEPLOYMENT,
    deployment({ replicas: -1 }),
    "spec.replicas",
    "Invalid value: -1: must be greater than or equal to 0",
  ],
  [
    "labels beside the selector",
    DEPLOYMENT,
    deployment({ selector: { matchLabels: { app: "api" } } }),
    "spec.template.metadata.labels",
    "`selector` does not match template `labels`",
  ],
  [
    "a selector of everything",
    DEPLOYMENT,
    deployment({ selector: {} }),
    "spec.selector",
    "empty selector is invalid for deployment",
  ],
  [
    "nothing may go nor come",
    DEPLOYMENT,
    deployment({ strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } }),
    "spec.strategy.rollingUpdate.maxUnavailable",
    "may not be 0 when `maxSurge` is 0",
  ],
  [
    "a rolling recreation",
    DEPLOYMENT,
    deployment({ strategy: { type: "Recreate", rollingUpdate: { maxSurge: 1 } } }),
    "spec.strategy.rollingUpdate",
    "may not be specified when strategy `type` is 'Recreate'",
  ],
  ["an unknown strategy", DEPLOYMENT, deployment({ strategy: { type: "BlueGreen" } }), "spec.strategy", "BlueGreen"],
  [
    "a share that is no share",
    DEPLOYMENT,
    deployment({ strategy: { rollingUpdate: { maxSurge: "a quarter" } } }),
    "spec.strategy.rollingUpdate.maxSurge",
    "a valid percent string",
  ],
  [
    "a deadline before readiness",
    DEPLOYMENT,
    deployment({ progressDeadlineSeconds: 5, minReadySeconds: 10 }),
    "spec.progressDeadlineSeconds",
    "must be greater than minReadySeconds",
  ],
  [
    "pods that end",
    DEPLOYMENT,
    withPod({ ...podSpec(), restartPolicy: "Never" }),
    `${POD_PATH}.restartPolicy`,
    'Unsupported value: "Never"',
  ],
  [
    "a name in capitals",
    CONFIG_MAP,
    { metadata: { name: "Web" } },
    "metadata.name",
    "a lowercase RFC 1123 subdomain must consist of",
  ],
  [
    "a service that begins with a digit",
    SERVICE,
    { metadata: { name: "1a" }, spec: { ports: [{ port: 80 }] } },
    "metadata.name",
    "DNS-1035",
  ],
  ["a namespace with a dot", NAMESPACE, { metadata: { name: "a.b" } }, "metadata.name", "must not contain dots"],
  [
    "a label with spaces",
    CONFIG_MAP,
    { metadata: { name: "a", labels: { app: "a b" } } },
    "metadata.labels",
    "a valid label must be an empty string or",
  ],
  [
    "an annotation with a space in its key",
    CONFIG_MAP,
    { metadata: { name: "a", annotations: { "a b": "" } } },
    "metadata.annotations",
    "name part must consist of",
  ],
  [
    "a key with a space",
    CONFIG_MAP,
    { metadata: { name: "a" }, data: { "a b": "" } },
    'data["a b"]',
    "a valid config key must consist of",
  ],
  ["a pod without containers", DEPLOYMENT, withPod({ containers: [] }), `${POD_PATH}.containers`, "Required value"],
  ["a container without image", DEPLOYMENT, withContainer({ image: "" }), `${CONTAINER}.image`, "Required value"],
  [
    "a container's name in capitals",
    DEPLOYMENT,
    withContainer({ name: "Web" }),
    `${CONTAINER}.name`,
    "a lowercase RFC 1123 label must consist of",
  ],
  [
    "two containers of one name",
    DEPLOYMENT,
    withPod({ containers: [container(), container()] }),
    `${POD_PATH}.containers[1].name`,
    'Duplicate value: "web"',
  ],
  [
    "an unknown pull policy",
    DEPLOYMENT,
    withContainer({ imagePullPolicy: "Sometimes" }),
    `${CONTAINER}.imagePullPolicy`,
    'Unsupported value: "Sometimes"',
  ],
  [
    "a port out of range",
    DEPLOYMENT,
    withContainer({ ports: [{ containerPort: 70000 }] }),
    `${CONTAINER}.ports[0].containerPort`,
    "must be between 1 and 65535, inclusive",
  ],
  [
    "a port's name that is too long",
    DEPLOYMENT,
    withContainer({ ports: [{ containerPort: 80, name: "the-port-for-http" }] }),
    `${CONTAINER}.ports[0].name`,
    "must be no more than 15 characters",
  ],
  [
    "an unknown protocol",
    DEPLOYMENT,
    withContainer({ ports: [{ containerPort: 80, protocol: "HTTP" }] }),
    `${CONTAINER}.ports[0].protocol`,
    'Unsupported value: "HTTP"',
  ],
  [
    "no amount",
    DEPLOYMENT,
    withContainer({ resources: { limits: { memory: "1 GB" } } }),
    `${CONTAINER}.resources.limits.memory`,
    "quantities must match the regular expression",
    "quantities must match the regular expression",
  ],
  [
    "more asked for than allowed",
    DEPLOYMENT,
    withContainer({ resources: { requests: { cpu: "2" }, limits: { cpu: "1" } } }),
    `${CONTAINER}.resources.requests`,
    "must be less than or equal to cpu limit of 1",
  ],
  [
    "less than no memory",
    DEPLOYMENT,
    withContainer({ resources: { requests: { memory: "-1Mi" } } }),
    `${CONTAINER}.resources.requests.memory`,
    "must be greater than or equal to 0",
  ],
  [
    "a mount without a volume",
    DEPLOYMENT,
    withContainer({ volumeMounts: [{ name: "tmp", mountPath: "/tmp" }] }),
    `${CONTAINER}.volumeMounts[0].name`,
    'Not found: "tmp"',
  ],
  [
    "two mounts of one path",
    DEPLOYMENT,
    withPod({
      ...podSpec({
        volumeMounts: [
          { name: "a", mountPath: "/tmp" },
          { name: "a", mountPath: "/tmp" },
        ],
      }),
      volumes: [{ name: "a", emptyDir: {} }],
    }),
    `${CONTAINER}.volumeMounts[1].mountPath`,
    "must be unique",
  ],
  [
    "two volumes of one name",
    DEPLOYMENT,
    withPod({
      ...podSpec(),
      volumes: [
        { name: "a", emptyDir: {} },
        { name: "a", emptyDir: {} },
      ],
    }),
    `${POD_PATH}.volumes[1].name`,
    'Duplicate value: "a"',
  ],
  [
    "a volume from two places",
    DEPLOYMENT,
    withPod({ ...podSpec(), volumes: [{ name: "a", emptyDir: {}, hostPath: { path: "/" } }] }),
    `${POD_PATH}.volumes[0].hostPath`,
    "may not specify more than 1 volume type",
  ],
  [
    "a number in the environment",
    DEPLOYMENT,
    withContainer({ env: [{ name: "PORT", value: 8080 }] }),
    `${CONTAINER}.env[0].value`,
    "expected string, got number",
    "cannot unmarshal number into Go struct field EnvVar.spec.template.spec.containers.env.value of type string",
  ],
  [
    "a variable with = in its name",
    DEPLOYMENT,
    withContainer({ env: [{ name: "A=B", value: "c" }] }),
    `${CONTAINER}.env[0].name`,
    "other than '='",
  ],
  [
    "a variable from nowhere",
    DEPLOYMENT,
    withContainer({ env: [{ name: "A", valueFrom: {} }] }),
    `${CONTAINER}.env[0].valueFrom`,
    "must specify one of",
  ],
  [
    "a check that does nothing",
    DEPLOYMENT,
    withContainer({ readinessProbe: { periodSeconds: 5 } }),
    `${CONTAINER}.readinessProbe`,
    "must specify a handler type",
  ],
  [
    "a check in two ways",
    DEPLOYMENT,
    probe({ tcpSocket: { port: 80 } }),
    `${CONTAINER}.readinessProbe.tcpSocket`,
    "may not specify more than 1 handler type",
  ],
  [
    "a check by an unknown scheme",
    DEPLOYMENT,
    probe({ httpGet: { port: 80, scheme: "FTP" } }),
    `${CONTAINER}.readinessProbe.httpGet.scheme`,
    'Unsupported value: "FTP"',
  ],
  [
    "a liveness that has to succeed twice",
    DEPLOYMENT,
    withContainer({ livenessProbe: { tcpSocket: { port: 80 }, successThreshold: 2 } }),
    `${CONTAINER}.livenessProbe.successThreshold`,
    "must be 1",
  ],
  [
    "a check that never waits",
    DEPLOYMENT,
    probe({ timeoutSeconds: -1 }),
    `${CONTAINER}.readinessProbe.timeoutSeconds`,
    "must be greater than or equal to 0",
  ],
  [
    "a pause longer than the end",
    DEPLOYMENT,
    withContainer({ lifecycle: { preStop: { sleep: { seconds: 60 } } } }),
    `${CONTAINER}.lifecycle.preStop.sleep`,
    "must be non-negative and less than terminationGracePeriodSeconds",
  ],
  [
    "privileged without escalation",
    DEPLOYMENT,
    withContainer({ securityContext: { privileged: true, allowPrivilegeEscalation: false } }),
    `${CONTAINER}.securityContext`,
    "cannot set `allowPrivilegeEscalation` to false and `privileged` to true",
  ],
  [
    "an unknown seccomp profile",
    DEPLOYMENT,
    withContainer({ securityContext: { seccompProfile: { type: "Strict" } } }),
    `${CONTAINER}.securityContext.seccompProfile.type`,
    'Unsupported value: "Strict"',
  ],
  [
    "a profile of one's own without its file",
    DEPLOYMENT,
    withContainer({ securityContext: { seccompProfile: { type: "Localhost" } } }),
    `${CONTAINER}.securityContext.seccompProfile.localhostProfile`,
    "must be set when seccomp type is Localhost",
  ],
  [
    "a spread without skew",
    DEPLOYMENT,
    spread({ maxSkew: 0 }),
    `${POD_PATH}.topologySpreadConstraints[0].maxSkew`,
    "must be greater than zero",
  ],
  [
    "a spread over nothing",
    DEPLOYMENT,
    spread({ topologyKey: "" }),
    `${POD_PATH}.topologySpreadConstraints[0].topologyKey`,
    "can not be empty",
  ],
  [
    "a spread that may or may not",
    DEPLOYMENT,
    spread({ whenUnsatisfiable: "Maybe" }),
    `${POD_PATH}.topologySpreadConstraints[0].whenUnsatisfiable`,
    'Unsupported value: "Maybe"',
  ],
  [
    "a job that always restarts",
    JOB,
    ofTemplate({ template: { spec: { ...podSpec(), restartPolicy: "Always" } } }),
    `${POD_PATH}.restartPolicy`,
    'Required value: valid values: "OnFailure", "Never"',
  ],
  [
    "a job that fails less than never",
    JOB,
    ofTemplate({ backoffLimit: -1, template: { spec: { ...podSpec(), restartPolicy: "Never" } } }),
    "spec.backoffLimit",
    "must be greater than or equal to 0",
  ],
  [
    "a schedule of four parts",
    CRON_JOB,
    named({
      schedule: "0 0 * *",
      jobTemplate: { spec: { template: { spec: { ...podSpec(), restartPolicy: "Never" } } } },
    }),
    "spec.schedule",
    "expected exactly 5 fields, found 4",
  ],
  [
    "a stateful set started in some order",
    STATEFUL_SET,
    { ...deployment({ serviceName: "web", podManagementPolicy: "Random" }) },
    "spec.podManagementPolicy",
    "Random",
  ],
  [
    "a daemon set beside its pods",
    DAEMON_SET,
    deployment({ selector: { matchLabels: { app: "api" } } }),
    "spec.template.metadata.labels",
    "`selector` does not match template `labels`",
  ],
  ["a service without ports", SERVICE, named({ selector: { app: "web" } }), "spec.ports", "Required value"],
  [
    "two ports without names",
    SERVICE,
    named({ ports: [{ port: 80 }, { port: 81, name: "b" }] }),
    "spec.ports[0].name",
    "Required value",
  ],
  [
    "two ports of one name",
    SERVICE,
    named({
      ports: [
        { port: 80, name: "a" },
        { port: 81, name: "a" },
      ],
    }),
    "spec.ports[1].name",
    'Duplicate value: "a"',
  ],
  [
    "a node port out of range",
    SERVICE,
    service({ nodePort: 80 }, { type: "NodePort" }),
    "spec.ports[0].nodePort",
    "The range of valid ports is 30000-32767",
  ],
  [
    "a node port where there is none",
    SERVICE,
    service({ nodePort: 30080 }),
    "spec.ports[0].nodePort",
    "may not be used when `type` is 'ClusterIP'",
  ],
  [
    "an unknown type of service",
    SERVICE,
    service({}, { type: "Internal" }),
    "spec.type",
    'Unsupported value: "Internal"',
  ],
  ["another name without the name", SERVICE, named({ type: "ExternalName" }), "spec.externalName", "Required value"],
  [
    "secret data in plain text",
    SECRET,
    { metadata: { name: "s" }, data: secretOf({ key: "not base64!" }) },
    "data.key",
    "illegal base64 data at input byte 3",
    "illegal base64 data at input byte 3",
  ],
  [
    "a certificate without its key",
    SECRET,
    { metadata: { name: "s" }, type: "kubernetes.io/tls", data: { "tls.crt": "" } },
    'data["tls.key"]',
    "Required value",
  ],
  [
    "fewer than the fewest",
    AUTOSCALER,
    scaler({ minReplicas: 3 }),
    "spec.maxReplicas",
    "must be greater than or equal to `minReplicas`",
  ],
  ["at most nothing", AUTOSCALER, scaler({ maxReplicas: 0 }), "spec.maxReplicas", "must be greater than 0"],
  [
    "scaling nothing",
    AUTOSCALER,
    scaler({ scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "" } }),
    "spec.scaleTargetRef.name",
    "Required value",
  ],
  [
    "a metric without a source",
    AUTOSCALER,
    scaler({ metrics: [{ type: "Resource" }] }),
    "spec.metrics[0].resource",
    "must populate information for the given metric source",
  ],
  [
    "two ways to say one budget",
    BUDGET,
    named({ minAvailable: 1, maxUnavailable: 1 }),
    "spec",
    "minAvailable and maxUnavailable cannot be both set",
  ],
  [
    "a budget below nothing",
    BUDGET,
    named({ minAvailable: -1 }),
    "spec.minAvailable",
    "must be greater than or equal to 0",
  ],
  [
    "an unknown eviction policy",
    BUDGET,
    named({ maxUnavailable: 1, unhealthyPodEvictionPolicy: "Never" }),
    "spec.unhealthyPodEvictionPolicy",
    'Unsupported value: "Never"',
  ],
  [
    "a third direction",
    NETWORK_POLICY,
    policy({ policyTypes: ["Sideways"] }),
    "spec.policyTypes[0]",
    'Unsupported value: "Sideways"',
  ],
  ["no peer at all", NETWORK_POLICY, egressTo({}), "spec.egress[0].to[0]", "must specify a peer"],
  [
    "addresses and pods at once",
    NETWORK_POLICY,
    egressTo({ ipBlock: { cidr: "10.0.0.0/8" }, podSelector: {} }),
    "spec.egress[0].to[0]",
    "may not specify both ipBlock and another peer",
  ],
  [
    "no network",
    NETWORK_POLICY,
    egressTo({ ipBlock: { cidr: "10.0.0.0" } }),
    "spec.egress[0].to[0].ipBlock.cidr",
    "must be a valid CIDR value",
  ],
  [
    "an exception from elsewhere",
    NETWORK_POLICY,
    egressTo({ ipBlock: { cidr: "10.0.0.0/8", except: ["11.0.0.0/16"] } }),
    "spec.egress[0].to[0].ipBlock.except[0]",
    "must be a strict subset of `cidr`",
  ],
  [
    "ports that end before they begin",
    NETWORK_POLICY,
    policy({ egress: [{ ports: [{ port: 90, endPort: 80 }] }] }),
    "spec.egress[0].ports[0].endPort",
    "must be greater than or equal to `port`",
  ],
  ["an ingress to nowhere", INGRESS, named({}), "spec", "either `defaultBackend` or `rules` must be specified"],
  [
    "a path that does not begin",
    INGRESS,
    ingress({ path: "shop" }),
    "spec.rules[0].http.paths[0].path",
    "must be an absolute path",
  ],
  [
    "a path of an unknown type",
    INGRESS,
    ingress({ pathType: "Regex" }),
    "spec.rules[0].http.paths[0].pathType",
    'Unsupported value: "Regex"',
  ],
  [
    "a claim that nobody may use",
    CLAIM,
    named({ resources: { requests: { storage: "1Gi" } } }),
    "spec.accessModes",
    "at least 1 access mode is required",
  ],
  [
    "a claim of nothing",
    CLAIM,
    named({ accessModes: ["ReadWriteOnce"], resources: {} }),
    "spec.resources.storage",
    "Required value",
  ],
  [
    "an unknown access mode",
    CLAIM,
    named({ accessModes: ["WriteOnly"], resources: { requests: { storage: "1Gi" } } }),
    "spec.accessModes",
    'Unsupported value: "WriteOnly"',
  ],
  [
    "a role that does nothing",
    ROLE,
    role({ apiGroups: [""], resources: ["pods"], verbs: [] }),
    "rules[0].verbs",
    "verbs must contain at least one value",
  ],
  [
    "a role on nothing",
    ROLE,
    role({ apiGroups: [""], verbs: ["get"] }),
    "rules[0].resources",
    "resource rules must supply at least one resource",
  ],
  [
    "a role on addresses",
    ROLE,
    role({ nonResourceURLs: ["/metrics"], verbs: ["get"] }),
    "rules[0].nonResourceURLs",
    "namespaced rules cannot apply to non-resource URLs",
  ],
  [
    "a binding to something else",
    ROLE_BINDING,
    binding({ kind: "User" }, {}),
    "roleRef.kind",
    'Unsupported value: "User"',
  ],
  [
    "a binding of something else",
    ROLE_BINDING,
    binding({}, { kind: "Robot" }),
    "subjects[0].kind",
    'Unsupported value: "Robot"',
  ],
  [
    "an unknown security level",
    NAMESPACE,
    { metadata: { name: "n", labels: { "pod-security.kubernetes.io/enforce": "strict" } } },
    'metadata.labels["pod-security.kubernetes.io/enforce"]',
    "must be one of privileged, baseline, restricted",
  ],
];

export const WRONG_MANIFESTS: readonly WrongManifest[] = ROWS.map(
  ([title, type, manifest, property, reason, unreadable]) => ({
    title,
    type,
    manifest,
    property,
    reason,
    ...(unreadable === undefined ? {} : { unreadable }),
  }),
);
