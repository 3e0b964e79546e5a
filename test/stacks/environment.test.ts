import * as aws from "@pulumi/aws";
import { REQUIRED_TAG_KEYS, TAG_KEYS } from "../../contracts/tags.ts";
import type { ZoneLetter } from "../../contracts/vocabulary.ts";
import { type Environment, getEnvironment, loadPromoted, ORGANISATION } from "../../environments/index.ts";
import { buildEnvironment } from "../../stacks/environment.ts";
import { createProvider } from "../../stacks/provider.ts";
import { type Releases, readReleases } from "../../stacks/releases.ts";
import { type RecordedResource, type Recording, record } from "../support/harness.ts";

const ACCOUNT = "000000000000";
const NAMES = ["local", "dev", "staging", "production", "pr-7"];

function build(
  environment: Environment,
  mode: "known" | "unknown" = "known",
  releases: Releases = {},
): Promise<Recording> {
  return record(
    () =>
      buildEnvironment(environment, { accountId: ACCOUNT, provider: createProvider(environment, ACCOUNT), releases }),
    {
      mode,
      stack: environment.name,
    },
  );
}

const withZones = (environment: Environment, letters: string): Environment => ({
  ...environment,
  zones: [...letters] as ZoneLetter[],
});

/** Logical name and type: what the engine knows a resource by. */
const keyOf = (resource: RecordedResource) => `${resource.type} ${resource.name}`;
const custom = (run: Recording) => run.resources.filter((r) => r.type.startsWith("aws:"));

/** The tags a resource ends up with: the provider's, then its own. */
function tagsOf(run: Recording, resource: RecordedResource): Record<string, string> {
  const raw = run.one("pulumi:providers:aws").inputs.defaultTags;
  const { tags } = (typeof raw === "string" ? JSON.parse(raw) : raw) as { tags: Record<string, string> };
  return { ...tags, ...(resource.inputs.tags as Record<string, string> | undefined) };
}

describe.each(NAMES)("%s", (name) => {
  test.each(["known", "unknown"] as const)("builds with every input as the SDK wants it, %s", async (mode) => {
    const run = await build(getEnvironment(name), mode);
    expect(custom(run).length).toBeGreaterThan(90);
  });

  test("nothing falls back to an ambient provider, and the one provider refuses every other account", async () => {
    const run = await build(getEnvironment(name));
    expect(run.all("pulumi:providers:aws")).toHaveLength(1);
    const [provider] = run.all("pulumi:providers:aws");
    expect(JSON.stringify(provider?.inputs.allowedAccountIds)).toContain(ACCOUNT);
    expect(
      custom(run)
        .filter((r) => !r.provider?.includes("::aws::"))
        .map(keyOf),
    ).toEqual([]);
  });

  test("only the load balancer is reachable from the internet", async () => {
    const run = await build(getEnvironment(name));
    const open = run
      .all("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
      .filter((r) => r.inputs.cidrIpv4 === "0.0.0.0/0" || r.inputs.cidrIpv6 === "::/0");
    expect(open.length).toBeGreaterThan(0);
    expect(open.filter((r) => !r.name.startsWith("entry-lb-")).map(keyOf)).toEqual([]);
  });

  test("every tag that decides bills and pages has a value the organisation knows", async () => {
    const run = await build(getEnvironment(name));
    for (const resource of custom(run)) {
      const tags = tagsOf(run, resource);
      expect(REQUIRED_TAG_KEYS.filter((key) => !tags[key])).toEqual([]);
      expect(ORGANISATION.owners).toContain(tags[TAG_KEYS.owner]);
      expect(ORGANISATION.costCentres).toContain(tags[TAG_KEYS.costCentre]);
    }
  });
});

test("what releases left of a destroyed environment is nothing: the next one begins anew; of one that is there, it holds", async () => {
  const lease = { format: 1, running: true, id: "r-1", who: "ann", since: "2026-01-05T10:00:00Z", stage: "baking" };
  const live = {
    ...{ format: 1, live: "blue", weights: { blue: 50, green: 50 }, stickiness: { enabled: false }, confirmed: true },
    ...{ taskDefinitions: {}, rules: ["arn:rule"], seq: 9 },
  };
  const values = [JSON.stringify({ ...lease, weight: 50, seq: 9 }), JSON.stringify(live)];
  const names = ["/causeway/local/hello/release", "/causeway/local/hello/live"];
  const read = async (rule: () => Record<string, unknown>) => {
    const calls = {
      "aws:ssm/getParametersByPath:getParametersByPath": () => ({ names, values }),
      "aws:lb/getListenerRule:getListenerRule": rule,
    };
    const provider = () => createProvider(getEnvironment("local"), ACCOUNT);
    let found: Releases | undefined;
    await record(
      async () => {
        found = await readReleases("local", provider());
      },
      { calls },
    );
    return found;
  };
  const fails = (details: string) => (): never => {
    throw Object.assign(new Error(details), { details });
  };
  const destroyed = await read(fails("couldn't find resource"));
  expect(destroyed).toEqual({ hello: { forgotten: "r-1/9/9" } });
  // Its parameter alone was deleted, as by hand.
  expect(await read(() => ({ actions: [] }))).toMatchObject({ hello: { lease: { running: true }, live } });
  await expect(read(fails("AccessDenied"))).rejects.toThrow("AccessDenied");

  const groups = { blue: "arn:blue", green: "arn:green" };
  const target = {
    ...{ format: 1, region: "eu-west-1", loadBalancer: "app/a/1", url: "http://a", testUrl: "http://a:8080" },
    ...{ rules: { live: "arn:rule", test: "arn:test" }, healthPath: "/", targetGroups: groups, cluster: "c" },
    services: { blue: "hello-blue", green: "hello-green" },
  };
  names.push("/causeway/local/hello/target");
  values.push(JSON.stringify(target));
  const forward = (...targetGroups: { arn: string; weight: number }[]) => ({
    actions: [{ type: "forward", forwards: [{ targetGroups, stickinesses: [] }] }],
  });
  const seen = async (rule: Record<string, unknown>) => {
    const { rule: live, elsewhere } = (await read(() => rule))!.hello!;
    return [live?.weights, elsewhere];
  };
  const [blue, green] = [
    { arn: groups.blue, weight: 0 },
    { arn: groups.green, weight: 70 },
  ];
  expect(await seen(forward(blue, green))).toEqual([{ blue: 0, green: 70 }, undefined]);
  // What somebody did by hand.
  expect(await seen(forward(blue, green, { arn: "arn:other", weight: 1 }))).toEqual([
    { blue: 0, green: 70 },
    "to arn:other",
  ]);
  expect(await seen(forward(blue))).toEqual([undefined, "nowhere"]);
  expect(await seen({ actions: [{ type: "fixed-response" }] })).toEqual([
    undefined,
    "to an action of the type fixed-response",
  ]);

  // The next update of the new service has its target again, and on no account what was live of the old one.
  const run = await build(getEnvironment("local"), "known", destroyed!);
  const [parameter] = run.all("aws:ssm/parameter:Parameter").filter((r) => r.name === "hello-release-target");
  const { forgotten } = JSON.parse(String(parameter!.inputs.value));
  values[2] = JSON.stringify({ ...target, forgotten });
  const everybodyOnBlue = forward({ ...blue, weight: 100 }, { ...green, weight: 0 });
  const again = await read(() => everybodyOnBlue);
  expect(again).toEqual({ hello: { forgotten, rule: { weights: { blue: 100, green: 0 } } } });
  // Its own first release is heard.
  values[0] = JSON.stringify({ ...lease, id: "r-2", weight: 1, seq: 2 });
  expect(await read(() => everybodyOnBlue)).toMatchObject({ hello: { lease: { id: "r-2" } } });
});

test("a promoted image reaches the idle colour's task definition, and nothing that has users", async () => {
  const image = `ghcr.io/causeway-platform/hello@sha256:${"ab".repeat(32)}`;
  const promoted = loadPromoted({ local: { hello: image } }).get("local")!;
  const releases: Releases = {
    hello: {
      live: {
        ...{ format: 1, live: "green", weights: { blue: 0, green: 100 }, stickiness: { enabled: false } },
        ...{ confirmed: true, rules: [], seq: 9, minimum: { blue: 0, green: 2 } },
        taskDefinitions: { green: `arn:aws:ecs:eu-west-1:${ACCOUNT}:task-definition/local-hello-green:4` },
      },
    },
  };
  const [before, after] = [
    await build(getEnvironment("local"), "known", releases),
    await build(promoted, "known", releases),
  ];
  const inputs = (run: Recording) => new Map(run.resources.map((r) => [keyOf(r), JSON.stringify(r.inputs)]));
  const was = inputs(before);
  const changed = after.resources.filter((r) => was.get(keyOf(r)) !== JSON.stringify(r.inputs));
  const written = changed.filter((r) => r.custom && !r.ignoreChanges.includes("containerDefinitions"));
  expect(written.map(keyOf)).toEqual(["aws:ecs/taskDefinition:TaskDefinition hello-blue"]);
  expect(String(written[0]!.inputs.containerDefinitions)).toContain(image);
  expect([...inputs(after).keys()]).toEqual([...was.keys()]);
});

test("what runs on Kubernetes is in the environment's own cluster, behind policies that are enforced, and has no colours", async () => {
  const environment = getEnvironment("dev");
  const run = await build(environment);
  const objects = run.resources.filter((r) => r.custom && r.type.startsWith("kubernetes:"));
  const names = Object.keys(environment.kubernetes!.services);
  expect(objects.length).toBeGreaterThanOrEqual(names.length * 8);
  expect(objects.filter((r) => !r.provider.includes("::kubernetes::")).map(keyOf)).toEqual([]);
  expect(run.one("pulumi:providers:kubernetes").dependencies).toContain(run.one("aws:eks:Cluster").urn);
  // EKS takes network policies without this setting too, and lets everything through.
  const enforced = run.one("kubernetes:core/v1:ConfigMap");
  expect(enforced.inputs).toMatchObject({
    metadata: { name: "amazon-vpc-cni", namespace: "kube-system" },
    data: { "enable-network-policy-controller": "true" },
  });
  const pods = objects.filter((r) => r.type.endsWith(":Deployment"));
  expect(pods.map(({ name }) => name)).toEqual(names);
  for (const deployment of pods) {
    expect(run.one("causeway:kubernetes:Workload", deployment.name).dependencies).toContain(enforced.urn);
    const { labels } = deployment.inputs.metadata as { labels: Record<string, string> };
    expect(ORGANISATION.owners).toContain(labels[TAG_KEYS.owner]);
    expect(labels).toMatchObject({ environment: "dev", service: deployment.name });
  }
  const moved = run.resources.filter((r) => r.type.startsWith("aws:lb/") || r.type.startsWith("aws:ssm/"));
  expect(moved.filter((r) => names.some((name) => r.name.includes(name))).map(keyOf)).toEqual([]);
});

test("environments without a cluster have nothing of Kubernetes", async () => {
  const run = await build(getEnvironment("production"));
  expect(run.resources.filter((r) => /kubernetes|:eks/.test(r.type)).map(keyOf)).toEqual([]);
});

test("what belongs to a service is its owner's, what is shared is the platform's", async () => {
  const environment = getEnvironment("production");
  const run = await build(environment);
  const owner = (resource: RecordedResource) => tagsOf(run, resource)[TAG_KEYS.owner];
  expect(environment.services[0]?.tags.owner).toBe("web");
  for (const type of [
    "aws:ecs/service:Service",
    "aws:lb/targetGroup:TargetGroup",
    "aws:ecs/taskDefinition:TaskDefinition",
  ]) {
    expect(run.all(type).map(owner)).toEqual(["web", "web"]);
  }
  expect(run.all("aws:ec2/subnet:Subnet").map(owner)).toEqual(Array(9).fill("platform"));
  const latency = run.all("aws:cloudwatch/metricAlarm:MetricAlarm").filter((r) => r.name.includes("latency"));
  expect(latency.map(owner)).toEqual(Array(latency.length).fill("web"));
});

test("production cannot be deleted by accident, local can be deleted at all", async () => {
  const [production, local] = await Promise.all([build(getEnvironment("production")), build(getEnvironment("local"))]);
  const kept = custom(production)
    .filter((r) => r.protect)
    .map(keyOf);
  expect(kept).toEqual(
    expect.arrayContaining([
      "aws:ec2/vpc:Vpc network-vpc",
      "aws:rds/cluster:Cluster database",
      "aws:backup/vault:Vault backup",
    ]),
  );
  const cluster = production.one("aws:rds/cluster:Cluster").inputs;
  expect(cluster).toMatchObject({ deletionProtection: true, skipFinalSnapshot: false, storageEncrypted: true });
  expect(
    custom(local)
      .filter((r) => r.protect)
      .map(keyOf),
  ).toEqual([]);
  expect(local.one("aws:rds/cluster:Cluster").inputs).toMatchObject({
    deletionProtection: false,
    skipFinalSnapshot: true,
  });
});

test("every log group is encrypted with a key whose policy lets CloudWatch Logs use it for that group", async () => {
  const run = await build(getEnvironment("production"));
  const keys = new Map(run.all("aws:kms/key:Key").map((key) => [`key/${key.id}`, String(key.inputs.policy)]));
  const groups = run.all("aws:cloudwatch/logGroup:LogGroup");
  expect(groups.map((group) => group.name).sort()).toEqual([
    "database-postgresql",
    "hello-logs",
    "network-flow-logs",
    "release-host",
  ]);
  for (const group of groups) {
    const policy = keys.get(String(group.inputs.kmsKeyId).split(":")[5] ?? "") ?? "";
    const allowed = [...policy.matchAll(/:log-group:([^"]*)\*"/g)].map((match) => match[1]!);
    expect(policy).toContain("logs.eu-west-1.amazonaws.com");
    expect(allowed.filter((prefix) => String(group.inputs.name).startsWith(prefix))).toHaveLength(1);
  }
});

test("the database lets in the services and nobody else, and they may reach it", async () => {
  const run = await build(getEnvironment("production"));
  const into = run
    .all("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    .filter((r) => r.inputs.fromPort === 5432);
  expect(into.map((r) => r.name)).toEqual(["database-ingress-hello"]);
  const out = run
    .all("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")
    .filter((r) => r.inputs.fromPort === 5432);
  expect(out).toHaveLength(1);
  expect(out[0]?.inputs.referencedSecurityGroupId).toBe(into[0]?.inputs.securityGroupId);
});

test("the database's password reaches a container by reference only", async () => {
  const run = await build(getEnvironment("production"));
  for (const definition of run.all("aws:ecs/taskDefinition:TaskDefinition")) {
    const [container] = JSON.parse(String(definition.inputs.containerDefinitions));
    const names = container.environment.map((variable: { name: string }) => variable.name);
    expect(names).not.toContain("DATABASE_PASSWORD");
    const secret = container.secrets.find((s: { name: string }) => s.name === "DATABASE_PASSWORD");
    expect(secret.valueFrom).toMatch(/^arn:aws:secretsmanager:.*:password::$/);
  }
});

test.each([
  ["ab", "abcdef"],
  ["abc", "abcd"],
  ["ac", "acb"],
])("from zones %s to %s every resource stays under its name, and no subnet changes", async (before, after) => {
  const production = getEnvironment("production");
  const [small, large] = await Promise.all([build(withZones(production, before)), build(withZones(production, after))]);
  const grown = new Map(custom(large).map((r) => [keyOf(r), r]));
  expect(
    custom(small)
      .filter((r) => !grown.has(keyOf(r)))
      .map(keyOf),
  ).toEqual([]);
  for (const subnet of small.all("aws:ec2/subnet:Subnet")) {
    expect(grown.get(keyOf(subnet))?.inputs).toEqual(subnet.inputs);
  }
});

test("the provider's tags and region are the environment's", () =>
  record(() => {
    const provider = createProvider(getEnvironment("staging"), ACCOUNT);
    expect(provider).toBeInstanceOf(aws.Provider);
  }).then((run) => {
    expect(run.one("pulumi:providers:aws").inputs.region).toBe("eu-west-1");
    expect(JSON.stringify(run.one("pulumi:providers:aws").inputs.defaultTags)).toContain("staging");
  }));
