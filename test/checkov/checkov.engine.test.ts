/**
 * Lets checkov, a scanner nobody here wrote, judge every environment. Part of the engine tests because it needs Python
 * and a minute.
 */
import { type Environment, getEnvironment } from "../../environments/index.ts";
import { buildEnvironment } from "../../stacks/environment.ts";
import { createProvider } from "../../stacks/provider.ts";
import { type RecordedResource, record } from "../support/harness.ts";
import { ANSWERS } from "./answers.ts";
import { judge } from "./judge.ts";
import { isCloudResource, terraformPlan } from "./terraform.ts";
import { installCheckov, type ScanReport, scan, scanManifests } from "./tool.ts";

const ACCOUNT = "000000000000";

const say = (line: string) => process.stderr.write(`${line}\n`);

/** Production as an adopter may have it: RDS in place of Aurora, IPv6, one regional NAT gateway. */
function otherChoices(): Environment {
  const production = getEnvironment("production");
  const { serverless: _, ...database } = production.data.database!;
  return {
    ...production,
    network: { ...production.network, ipv6: true, nat: "regional" },
    data: {
      ...production.data,
      database: { ...database, engine: "postgresql", instances: 1, instanceClass: "db.m7g.large", storageGiB: 100 },
    },
  };
}

async function recorded(environment: Environment): Promise<readonly RecordedResource[]> {
  const run = await record(
    () => buildEnvironment(environment, { accountId: ACCOUNT, provider: createProvider(environment, ACCOUNT) }),
    { stack: environment.name },
  );
  return run.resources;
}

let python: string;
const stacks: Record<string, readonly RecordedResource[]> = {};

beforeAll(async () => {
  python = await installCheckov(say);
  for (const name of ["production", "staging", "dev", "local", "pr-7"]) {
    stacks[name] = await recorded(getEnvironment(name));
  }
  stacks.other = await recorded(otherChoices());
}, 15 * 60_000);

describe("checkov", () => {
  test("finds nothing in any environment that is not fixed or answered", async () => {
    const plan = terraformPlan(stacks);
    const report = await scan(python, plan);
    const verdict = judge(report.failed, ANSWERS);
    const answers = new Set(verdict.answered.map(({ check }) => check)).size;
    say(
      `checkov: ${report.resources} resources of ${Object.keys(stacks).length} stacks, ${report.passed} checks passed, ` +
        `${report.failed.length} failed, ${verdict.answered.length} of them answered (${answers} checks)`,
    );
    expect(verdict.unanswered).toEqual([]);
    expect(verdict.unused).toEqual([]);
    expect(report.resources).toBe(Object.values(stacks).flat().filter(isCloudResource).length);
    expect(report.passed).toBeGreaterThan(1000);
  }, 300_000);

  test.each(["production", "staging"])(
    "the answer for backups is true: %s's database is selected by its tags",
    (name) => {
      const database = stacks[name]!.find((r) => r.type === "aws:rds/cluster:Cluster")!;
      const tags: Record<string, unknown> = { environment: name, ...(database.inputs.tags as object) };
      const selections = stacks[name]!.filter((r) => r.type === "aws:backup/selection:Selection");
      const selecting = selections.filter((selection) => {
        const [conditions] = selection.inputs.conditions as [{ stringEquals: { key: string; value: string }[] }];
        return conditions.stringEquals.every(({ key, value }) => tags[key.replace("aws:ResourceTag/", "")] === value);
      });
      expect(selecting).toHaveLength(1);
    },
  );
});

describe("the judge is awake", () => {
  let report: ScanReport;

  /** Production with what people do by mistake, or on a Friday. */
  function careless(): RecordedResource[] {
    const changed: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
      "aws:rds/cluster:Cluster": { storageEncrypted: false, deletionProtection: false },
      "aws:rds/clusterInstance:ClusterInstance": { publiclyAccessible: true },
      "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": { cidrIpv4: "0.0.0.0/0", fromPort: 22, toPort: 22 },
      "aws:cloudwatch/logGroup:LogGroup": { kmsKeyId: undefined },
      "aws:kms/key:Key": { enableKeyRotation: false },
      "aws:sns/topic:Topic": { kmsMasterKeyId: undefined },
      "aws:ec2/subnet:Subnet": { mapPublicIpOnLaunch: true },
      "aws:lb/listener:Listener": { sslPolicy: "ELBSecurityPolicy-2016-08", protocol: "HTTP" },
    };
    const left = new Set([
      "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
      "aws:s3/bucketVersioning:BucketVersioning",
      "aws:ec2/flowLog:FlowLog",
    ]);
    const replaced = (resource: RecordedResource) => {
      const inputs = { ...resource.inputs, ...changed[resource.type] };
      return { ...resource, inputs: Object.fromEntries(Object.entries(inputs).filter(([, v]) => v !== undefined)) };
    };
    const resources = stacks.production!.filter((resource) => !left.has(resource.type)).map(replaced);
    const role = resources.find((resource) => resource.type === "aws:iam/rolePolicy:RolePolicy")!;
    const everything = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] };
    role.inputs.policy = JSON.stringify(everything);
    const bucketPolicy = resources.find((resource) => resource.type === "aws:s3/bucketPolicy:BucketPolicy")!;
    bucketPolicy.inputs.policy = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: "arn:aws:s3:::logs/*" }],
    });
    const task = resources.find((resource) => resource.type === "aws:ecs/taskDefinition:TaskDefinition")!;
    const [container] = JSON.parse(String(task.inputs.containerDefinitions));
    task.inputs.containerDefinitions = JSON.stringify([
      { ...container, privileged: true, readonlyRootFilesystem: false },
    ]);
    return resources;
  }

  beforeAll(async () => {
    report = await scan(python, terraformPlan({ production: careless() }));
  }, 300_000);

  test.each([
    ["a database that is not encrypted", "CKV_AWS_96", "aws_rds_cluster.production_database"],
    ["a database that can be deleted", "CKV_AWS_139", "aws_rds_cluster.production_database"],
    ["a database on the internet", "CKV_AWS_17", "aws_rds_cluster_instance.production_database-a"],
    [
      "SSH from the internet",
      "CKV_AWS_24",
      "aws_vpc_security_group_ingress_rule.production_entry-lb-ingress-http-from-world",
    ],
    ["a bucket without a public access block", "CKV2_AWS_6", "aws_s3_bucket.production_entry-logs"],
    ["a bucket without versions", "CKV_AWS_21", "aws_s3_bucket.production_entry-logs"],
    ["a bucket everybody reads", "CKV_AWS_70", "aws_s3_bucket_policy.production_entry-logs"],
    ["a network without flow logs", "CKV2_AWS_11", "aws_vpc.production_network-vpc"],
    ["logs without a key", "CKV_AWS_158", "aws_cloudwatch_log_group.production_hello-logs"],
    ["a key that never rotates", "CKV_AWS_7", "aws_kms_key.production_database"],
    ["a topic in the clear", "CKV_AWS_26", "aws_sns_topic.production_alerts-p0"],
    ["subnets that hand out public addresses", "CKV_AWS_130", "aws_subnet.production_network-private-a"],
    ["plain HTTP", "CKV_AWS_2", "aws_lb_listener.production_entry-https"],
    ["a container that writes where its programs are", "CKV_AWS_336", "aws_ecs_task_definition.production_hello-blue"],
    ["a role that may do everything", "CKV_AWS_62", "aws_iam_role_policy."],
  ])("it sees %s", (_, check, resource) => {
    const { unanswered } = judge(report.failed, ANSWERS);
    expect(unanswered.filter((line) => line.startsWith(`${check} ${resource}`))).not.toEqual([]);
  });

  test("an answer to what is not found any more is told", () => {
    const stale = { check: "CKV_AWS_1", resources: /./, reason: "once true" };
    expect(judge(report.failed, [...ANSWERS, stale]).unused).toContain(stale);
  });
});

describe("on Kubernetes", () => {
  // biome-ignore lint/suspicious/noExplicitAny: a manifest as the API server takes it
  type Manifest = any;
  let report: ScanReport;

  const manifestOf = ({ type, inputs }: RecordedResource): Manifest => {
    const [, version = "", kind] = type.split(":");
    return { apiVersion: version.replace(/^core\//, ""), kind, ...structuredClone(inputs) };
  };

  /** The same deployment with what people leave out, elsewhere. */
  function careless(deployment: Manifest): Manifest {
    const { spec } = deployment.spec.template;
    const [{ name }] = spec.containers;
    const containers = [{ name, image: "hello:latest", securityContext: { privileged: true } }];
    const template = { ...deployment.spec.template, spec: { containers, hostNetwork: true, hostPID: true } };
    return {
      ...deployment,
      metadata: { name: "careless", namespace: "careless" },
      spec: { ...deployment.spec, template },
    };
  }

  beforeAll(async () => {
    const objects = stacks.dev!.filter(({ type }) => type.startsWith("kubernetes:")).map(manifestOf);
    const mistakes = objects.filter(({ kind }) => kind === "Deployment").map(careless);
    report = await scanManifests(python, [...objects, ...mistakes]);
  }, 300_000);

  test("finds nothing in what runs there, but for mistakes made on purpose", () => {
    expect(report.failed.filter(({ resource }) => !resource.includes("careless"))).toEqual([]);
    expect(report.passed).toBeGreaterThan(80);
    const seen = new Set(report.failed.map(({ check }) => check));
    const mistakes = {
      CKV_K8S_8: "no liveness probe",
      CKV_K8S_9: "no readiness probe",
      CKV_K8S_11: "no CPU limit",
      CKV_K8S_13: "no memory limit",
      CKV_K8S_14: "an image by tag",
      CKV_K8S_16: "a privileged container",
      CKV_K8S_17: "the machine's processes",
      CKV_K8S_19: "the machine's network",
      CKV_K8S_22: "a writable root",
      CKV_K8S_23: "root",
      CKV_K8S_38: "a key to the cluster",
    };
    expect(Object.keys(mistakes).filter((check) => !seen.has(check))).toEqual([]);
  });
});

test("a type without a Terraform name is not left out in silence", () => {
  const [bucket] = stacks.production!.filter((resource) => resource.type === "aws:s3/bucket:Bucket");
  const queue = { ...bucket!, type: "aws:sqs/queue:Queue" };
  expect(() => terraformPlan({ production: [queue] })).toThrow("aws:sqs/queue:Queue");
});
