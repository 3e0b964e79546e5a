/** Resources that break a rule that has a fix, beside the fixtures: with what the fix needs, or with what speaks against it. */
import { POD_SPECS } from "../../../policies/rules/kubernetes/pods.ts";
import { RESOURCES } from "../fixtures/all.ts";
import { withValue } from "../fixtures/fixtures.ts";

type Inputs = Readonly<Record<string, unknown>>;

export interface Broken {
  readonly rule: string;
  readonly type: string;
  readonly inputs: Inputs;
}

const TAGS = { owner: "team", environment: "dev", service: "api", "cost-centre": "4711", "data-class": "none" };

/** A pod in a kind that has one. */
export const podIn = (kind: string, spec: object): Inputs =>
  (POD_SPECS[kind] ?? "spec").split(".").reduceRight<object>((inner, step) => ({ [step]: inner }), spec) as Inputs;

const KINDS = Object.keys(POD_SPECS);
const pods = (rule: string, ...specs: readonly object[]): Broken[] =>
  specs.flatMap((spec) => KINDS.map((type) => ({ rule, type, inputs: podIn(type, spec) })));
const app = (securityContext: object, more: object = {}) => ({
  containers: [{ name: "app", securityContext }],
  ...more,
});

const DATABASES = [
  "aws:rds/instance:Instance",
  "aws:rds/cluster:Cluster",
  "aws:docdb/cluster:Cluster",
  "aws:neptune/cluster:Cluster",
  "aws:redshift/cluster:Cluster",
];

const OTHERS: readonly Broken[] = [
  ...DATABASES.map((type) => ({
    rule: "database-final-snapshot",
    type,
    inputs: { skipFinalSnapshot: true, finalSnapshotIdentifier: "last" },
  })),
  ...["aurora-postgresql", "aurora-mysql", "postgres", "mysql"].map((engine) => ({
    rule: "rds-logs-exported",
    type: engine.startsWith("aurora") ? "aws:rds/cluster:Cluster" : "aws:rds/instance:Instance",
    inputs: { engine },
  })),
  {
    rule: "elb-access-logs",
    type: "aws:lb/loadBalancer:LoadBalancer",
    inputs: { accessLogs: { bucket: "logs", enabled: false } },
  },
  {
    rule: "k8s-account-token",
    type: "kubernetes:core/v1:ServiceAccount",
    inputs: { metadata: { name: "default", namespace: "shop" } },
  },
  ...pods(
    "k8s-run-as-non-root",
    app({ runAsUser: 1000 }),
    app({ runAsNonRoot: false }, { securityContext: { runAsUser: 1000 } }),
  ),
  ...pods(
    "k8s-capabilities-dropped",
    app({ runAsNonRoot: true }),
    app({ capabilities: { drop: ["NET_RAW"] } }, { securityContext: { runAsUser: 1000 } }),
  ),
  ...pods(
    "k8s-no-privilege-escalation",
    app({}),
    app({ allowPrivilegeEscalation: true }, { initContainers: [{ name: "init" }] }),
  ),
  ...pods("k8s-no-token-mounted", { containers: [] }, { containers: [], serviceAccountName: "default" }),
  ...["aws:s3/bucket:Bucket", "aws:lambda/function:Function", "aws:ecs/service:Service"].flatMap((type) =>
    [{}, { tags: { owner: "team" } }, { tags: { Name: "it" }, tagsAll: { owner: "team", Name: "it" } }].map(
      (inputs) => ({
        rule: "tags-required",
        type,
        inputs,
      }),
    ),
  ),
  ...[
    {},
    { tags: { service: "shop" } },
    { tagSpecifications: [{ resourceType: "volume", tags: { Name: "disk" } }] },
    { tagSpecifications: [{ resourceType: "instance" }, { resourceType: "spot-instances-request", tags: TAGS }] },
  ].map((inputs) => ({ rule: "tags-at-launch", type: "aws:ec2/launchTemplate:LaunchTemplate", inputs })),
  ...[{}, { tags: Object.entries(TAGS).map(([key, value]) => ({ key, value, propagateAtLaunch: false })) }].map(
    (inputs) => ({
      rule: "tags-at-launch",
      type: "aws:autoscaling/group:Group",
      inputs,
    }),
  ),
  ...[{}, { propagateTags: "NONE" }].map((inputs) => ({
    rule: "tags-propagated",
    type: "aws:ecs/service:Service",
    inputs,
  })),
  ...["aws:rds/instance:Instance", "aws:rds/cluster:Cluster", "aws:neptune/cluster:Cluster"].flatMap((type) =>
    [{}, { copyTagsToSnapshot: false }].map((inputs) => ({ rule: "tags-on-snapshots", type, inputs })),
  ),
  { rule: "tags-on-snapshots", type: "aws:docdb/clusterInstance:ClusterInstance", inputs: {} },
];

/** All of them: what the fixtures say fails, and these. */
export const BROKEN: readonly Broken[] = [
  ...RESOURCES.flatMap(({ rule, type, good, at, bad, absent }) =>
    [...bad, ...(absent === "fails" ? [undefined] : [])].map((value) => ({
      rule,
      type,
      inputs: withValue(good, at, value),
    })),
  ),
  ...OTHERS,
];

const DEPLOYMENT = "kubernetes:apps/v1:Deployment";
const deployment = (rule: string, spec: object, because: string) => ({
  ...{ rule, type: DEPLOYMENT, inputs: podIn(DEPLOYMENT, spec), because },
});

/** What breaks a rule and is not put right, with what people are told. */
export const LEFT: readonly (Broken & { readonly because: string })[] = [
  {
    rule: "s3-public-access-blocked",
    type: "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    inputs: { blockPublicAcls: false },
    because: "blockPublicAcls is switched off by name",
  },
  {
    rule: "rds-logs-exported",
    type: "aws:rds/instance:Instance",
    inputs: { engine: "oracle-ee" },
    because: "which logs this engine has is not known",
  },
  {
    rule: "database-final-snapshot",
    type: "aws:rds/cluster:Cluster",
    inputs: { skipFinalSnapshot: true },
    because: "could not be deleted at all",
  },
  {
    rule: "elb-access-logs",
    type: "aws:lb/loadBalancer:LoadBalancer",
    inputs: {},
    because: "accessLogs is not there",
  },
  {
    rule: "ebs-encrypted",
    type: "aws:ec2/launchTemplate:LaunchTemplate",
    inputs: { blockDeviceMappings: [{ deviceName: "/dev/sdb", noDevice: "" }] },
    because: "blockDeviceMappings[0].ebs is not there",
  },
  {
    rule: "k8s-account-token",
    type: "kubernetes:core/v1:ServiceAccount",
    inputs: { metadata: { name: "operator" } },
    because: "not the default one",
  },
  deployment("k8s-run-as-non-root", { containers: [{ name: "app" }] }, "may run as root"),
  deployment("k8s-capabilities-dropped", { containers: [{ name: "app" }] }, "may need what root can"),
  deployment("k8s-no-privilege-escalation", app({ privileged: true }), "a container is privileged"),
  deployment("k8s-seccomp", { os: { name: "windows" }, containers: [{}] }, "may be one of Windows"),
  deployment(
    "k8s-seccomp",
    { containers: [app({ seccompProfile: { type: "Unconfined" } }).containers[0]] },
    "has to be decided",
  ),
  deployment("k8s-no-token-mounted", { serviceAccountName: "operator" }, "has an account of its own"),
];
