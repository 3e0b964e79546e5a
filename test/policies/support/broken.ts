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
