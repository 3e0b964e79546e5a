import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import { Cluster, planService, Service, type ServiceArgs } from "../../components/service/index.ts";
import { Traffic, type TrafficAttachment } from "../../components/traffic/index.ts";
import { ProblemsError } from "../../contracts/problems.ts";
import { type RecordedResource, type Recording, record, UNKNOWN } from "../support/harness.ts";

const digest = (character: string) => `sha256:${character.repeat(64)}`;
const V1 = `ghcr.io/example/hello@${digest("1")}`;
const V2 = `ghcr.io/example/hello@${digest("2")}`;
const V3 = `ghcr.io/example/hello@${digest("3")}`;
const IN_ECR = `111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/hello@${digest("e")}`;
const revision = (colour: string, number: number) =>
  `arn:aws:ecs:eu-west-1:000000000000:task-definition/test-hello-${colour}:${number}`;

const ACCOUNT = "000000000000";
type Own = Omit<ServiceArgs, "traffic" | "cluster">;

const own = (over: Partial<Own> = {}): Own => ({
  environment: "test",
  region: "eu-west-1",
  accountId: ACCOUNT,
  vpcId: "vpc-1",
  subnetIds: ["subnet-a", "subnet-b"],
  image: V1,
  port: 8080,
  size: { cpu: 256, memoryMiB: 512 },
  scaling: { min: 2, max: 6 },
  ...over,
});

/** A whole entry: load balancer, cluster and the services that are given. */
function environment(services: Readonly<Record<string, Partial<Own>>>, mode: "known" | "unknown" = "known") {
  return record(
    () => {
      const names = Object.keys(services);
      const traffic = new Traffic("web", {
        vpcId: "vpc-1",
        vpcCidr: "10.0.0.0/16",
        subnetIds: ["subnet-1", "subnet-2"],
        accountId: ACCOUNT,
        protect: false,
        services: Object.fromEntries(
          names.map((name) => [
            name,
            // The priority belongs to the service, whatever others there are.
            { port: 8080, healthCheck: { path: "/healthz" }, route: { priority: 100 + name.length } },
          ]),
        ),
      });
      const cluster = new Cluster("main");
      return names.map(
        (name) =>
          new Service(name, {
            ...own(services[name]),
            traffic: traffic.attachment(name),
            cluster: cluster.attachment,
          }),
      );
    },
    { mode },
  );
}

const hello = (over: Partial<Own> = {}, mode: "known" | "unknown" = "known") => environment({ hello: over }, mode);

const ecsService = (run: Recording, colour: string) => run.one("aws:ecs:Service", `hello-${colour}`);
const taskDefinition = (run: Recording, colour: string) => run.one("aws:ecs:TaskDefinition", `hello-${colour}`);
const scalableTarget = (run: Recording, colour: string) => run.one("aws:appautoscaling:Target", `hello-${colour}`);

// biome-ignore lint/suspicious/noExplicitAny: a document in AWS's own JSON
type Document = any;
const container = (run: Recording, colour: string): Document =>
  JSON.parse(taskDefinition(run, colour).inputs.containerDefinitions as string)[0];
const statements = (resource: RecordedResource): Document[] => JSON.parse(resource.inputs.policy as string).Statement;

function unchanged(before: Recording, after: Recording): void {
  for (const [urn, inputs] of before.desired) expect([urn, after.desired.get(urn)]).toEqual([urn, inputs]);
}

describe("who moves users to a version", () => {
  test("first creation: blue runs the image for everybody, green has no tasks", async () => {
    const run = await hello();
    expect([ecsService(run, "blue").inputs.desiredCount, ecsService(run, "green").inputs.desiredCount]).toEqual([2, 0]);
    expect([scalableTarget(run, "blue").inputs.minCapacity, scalableTarget(run, "green").inputs.minCapacity]).toEqual([
      2, 0,
    ]);
    expect(container(run, "blue").image).toBe(V1);
  });

  test("a new image goes to the idle colour; the live one keeps its revision to the letter", async () => {
    const run = await hello({ image: V2 });
    expect(container(run, "green").image).toBe(V2);
    expect(taskDefinition(run, "green").ignoreChanges).toEqual([]);
    // Every field that makes a revision; only tags may follow the program on the live colour.
    const kept = new Set(taskDefinition(run, "blue").ignoreChanges);
    const moving = Object.keys(taskDefinition(run, "blue").inputs).filter((field) => !kept.has(field));
    expect(moving.sort()).toEqual(["skipDestroy", "tags"]);
  });

  test("tasks log under their colour, and of a rolling service under its name: its revisions run in either colour", async () => {
    const prefixes = async (args: Partial<Own>) => {
      const run = await hello(args);
      return ["blue", "green"].map(
        (colour) => container(run, colour).logConfiguration.options["awslogs-stream-prefix"],
      );
    };
    expect(await prefixes({})).toEqual(["blue", "green"]);
    expect(await prefixes({ rolling: { maximumPercent: 150 } })).toEqual(["hello", "hello"]);
  });

  test("with green live, up writes what the ledger says to green and the desired image to blue", async () => {
    const run = await hello({
      image: V3,
      live: { colour: "green", image: V2, taskDefinitionArn: revision("green", 7) },
    });
    expect(ecsService(run, "green").inputs.taskDefinition).toBe(revision("green", 7));
    expect(container(run, "green").image).toBe(V2);
    expect(taskDefinition(run, "green").ignoreChanges).toContain("containerDefinitions");
    expect(container(run, "blue").image).toBe(V3);
    expect(taskDefinition(run, "blue").ignoreChanges).toEqual([]);
    expect(ecsService(run, "blue").inputs.taskDefinition).not.toBe(revision("green", 7));
    expect([scalableTarget(run, "green").inputs.minCapacity, scalableTarget(run, "blue").inputs.minCapacity]).toEqual([
      2, 0,
    ]);
  });

  test("while a release runs, both colours keep what they run", async () => {
    const run = await hello({
      image: V3,
      live: {
        colour: "blue",
        taskDefinitionArn: revision("blue", 3),
        idle: { image: V2, taskDefinitionArn: revision("green", 4) },
        minimum: { blue: 4, green: 1 },
      },
    });
    expect(ecsService(run, "blue").inputs.taskDefinition).toBe(revision("blue", 3));
    expect(ecsService(run, "green").inputs.taskDefinition).toBe(revision("green", 4));
    for (const colour of ["blue", "green"]) {
      expect(taskDefinition(run, colour).ignoreChanges).toContain("containerDefinitions");
    }
    expect(scalableTarget(run, "blue").inputs.minCapacity).toBe(4);
    expect(scalableTarget(run, "green").inputs.minCapacity).toBe(1);
    expect(scalableTarget(run, "green").ignoreChanges).toEqual([]);
  });

  test("counts belong to autoscaling and the switcher, and old revisions are kept", async () => {
    const run = await hello();
    for (const colour of ["blue", "green"]) {
      expect(ecsService(run, colour).ignoreChanges).toEqual(["desiredCount"]);
      expect(taskDefinition(run, colour).inputs.skipDestroy).toBe(true);
      expect(scalableTarget(run, colour).inputs.maxCapacity).toBe(6);
    }
    // The live minimum is always the program's or the ledger's; a stale 0 would let the last task go.
    expect(scalableTarget(run, "blue").ignoreChanges).toEqual([]);
    expect(scalableTarget(run, "green").ignoreChanges).toEqual(["minCapacity"]);
  });

  test("each colour stands on its own target group and waits until listeners use it", async () => {
    const run = await hello();
    for (const colour of ["blue", "green"]) {
      const service = ecsService(run, colour);
      expect(service.propertyDependencies.loadBalancers).toEqual([
        run.one("aws:lb:TargetGroup", `web-hello-${colour}`).urn,
      ]);
      expect(service.dependencies).toEqual(
        expect.arrayContaining([
          run.one("aws:lb:ListenerRule", "web-hello-live").urn,
          run.one("aws:lb:ListenerRule", "web-hello-test").urn,
          run.one("aws:ecs:ClusterCapacityProviders").urn,
          run.one("aws:iam:RolePolicy", "hello-execution").urn,
          run.one("aws:cloudwatch:LogGroup").urn,
        ]),
      );
      expect(service.inputs).toMatchObject({
        deploymentController: { type: "ECS" },
        deploymentCircuitBreaker: { enable: true, rollback: true },
        deploymentMinimumHealthyPercent: 100,
        deploymentMaximumPercent: 200,
        availabilityZoneRebalancing: "ENABLED",
        waitForSteadyState: false,
        propagateTags: "SERVICE",
        enableEcsManagedTags: true,
      });
    }
  });
});

describe("what a service may do", () => {
  test("without grants its role has no permission, and only its own tasks in this account may assume it", async () => {
    const run = await hello();
    expect(run.all("aws:iam:RolePolicy").map((policy) => policy.name)).toEqual(["hello-execution"]);
    for (const role of run.all("aws:iam:Role")) {
      expect(role.inputs.managedPolicyArns ?? role.inputs.inlinePolicies).toBeUndefined();
      expect(JSON.parse(role.inputs.assumeRolePolicy as string).Statement).toEqual([
        {
          Effect: "Allow",
          Principal: { Service: "ecs-tasks.amazonaws.com" },
          Action: "sts:AssumeRole",
          Condition: {
            ArnLike: { "aws:SourceArn": `arn:aws:ecs:eu-west-1:${ACCOUNT}:*` },
            StringEquals: { "aws:SourceAccount": ACCOUNT },
          },
        },
      ]);
    }
  });

  test("the task role has exactly the declared grants", async () => {
    const run = await hello({
      grants: [{ id: "ReadOrders", actions: ["dynamodb:GetItem"], resources: ["arn:aws:dynamodb:::table/orders"] }],
    });
    expect(statements(run.one("aws:iam:RolePolicy", "hello-task"))).toEqual([
      {
        Sid: "ReadOrders",
        Effect: "Allow",
        Action: ["dynamodb:GetItem"],
        Resource: ["arn:aws:dynamodb:::table/orders"],
      },
    ]);
  });

  test("starting a task takes its own log group, and nothing else", async () => {
    const run = await hello();
    expect(statements(run.one("aws:iam:RolePolicy", "hello-execution"))).toEqual([
      {
        Sid: "WriteLogs",
        Effect: "Allow",
        Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
        Resource: [`arn:aws:logs:eu-west-1:${ACCOUNT}:log-group:/causeway/test/hello:*`],
      },
    ]);
  });

  test("an image in ECR may be pulled from its own repository, and from the one that is still live", async () => {
    const other = IN_ECR.replace("team/hello", "team/old");
    const run = await hello({ image: IN_ECR, live: { colour: "blue", image: other } });
    const pull = statements(run.one("aws:iam:RolePolicy", "hello-execution")).find(({ Sid }) => Sid === "PullImages");
    expect(pull.Resource).toEqual([
      "arn:aws:ecr:eu-west-1:111122223333:repository/team/hello",
      "arn:aws:ecr:eu-west-1:111122223333:repository/team/old",
    ]);
  });

  test("only declared secrets are read, and their values are nowhere in the definition", async () => {
    const run = await hello({
      secrets: {
        API_KEY: { from: "secretsmanager", name: "hello/api-key", key: "value" },
        TOKEN: { from: "ssm", name: "/hello/token" },
        PASSWORD: { arn: "arn:aws:secretsmanager:eu-west-1:000000000000:secret:db-AbCdEf", kmsKeyArn: "arn:aws:kms:k" },
      },
    });
    const byId = Object.fromEntries(
      statements(run.one("aws:iam:RolePolicy", "hello-execution")).map((each) => [each.Sid, each]),
    );
    expect(byId.ReadSecrets.Resource).toEqual([
      "arn:aws:secretsmanager:eu-west-1:000000000000:secret:hello/api-key-??????",
      "arn:aws:secretsmanager:eu-west-1:000000000000:secret:db-AbCdEf",
    ]);
    expect(byId.ReadParameters.Resource).toEqual(["arn:aws:ssm:eu-west-1:000000000000:parameter/hello/token"]);
    expect(byId.DecryptSecrets).toMatchObject({
      Resource: ["arn:aws:kms:k"],
      Condition: { StringEquals: { "kms:ViaService": expect.anything() } },
    });
    expect(container(run, "blue").secrets).toEqual([
      {
        name: "API_KEY",
        valueFrom: "arn:aws:secretsmanager:eu-west-1:000000000000:secret:hello/api-key:value::",
      },
      { name: "PASSWORD", valueFrom: "arn:aws:secretsmanager:eu-west-1:000000000000:secret:db-AbCdEf" },
      { name: "TOKEN", valueFrom: "arn:aws:ssm:eu-west-1:000000000000:parameter/hello/token" },
    ]);
  });

  test("nobody opens a shell in a task unless it is asked for", async () => {
    const closed = await hello();
    expect(ecsService(closed, "blue").inputs.enableExecuteCommand).toBe(false);
    const open = await hello({ execEnabled: true });
    expect(ecsService(open, "blue").inputs.enableExecuteCommand).toBe(true);
    expect(statements(open.one("aws:iam:RolePolicy", "hello-task")).map(({ Sid }) => Sid)).toEqual(["EcsExec"]);
  });
});

describe("what a task is", () => {
  test("not root, without capabilities, on a read-only file system, without a public address", async () => {
    const run = await hello();
    expect(container(run, "blue")).toMatchObject({
      user: "65532:65532",
      readonlyRootFilesystem: true,
      linuxParameters: { capabilities: { drop: ["ALL"] }, initProcessEnabled: true },
      stopTimeout: 45,
      environment: [{ name: "PORT", value: "8080" }],
      logConfiguration: { options: { "awslogs-group": "/causeway/test/hello", mode: "non-blocking" } },
    });
    expect(container(run, "blue").privileged).toBeUndefined();
    expect(ecsService(run, "blue").inputs.networkConfiguration).toMatchObject({
      assignPublicIp: false,
      subnets: ["subnet-a", "subnet-b"],
    });
  });

  test("reachable from the load balancer on its port only, and reaching out to HTTPS and what is declared", async () => {
    const run = await hello({
      egress: { database: { port: 5432, securityGroupId: "sg-database", description: "PostgreSQL" } },
    });
    const tasks = run.one("aws:ec2:SecurityGroup", "hello-tasks");
    const balancer = run.one("aws:ec2:SecurityGroup", "web-lb");
    const into = run
      .all("aws:vpc:SecurityGroupIngressRule")
      .filter((rule) => rule.propertyDependencies.securityGroupId!.includes(tasks.urn));
    expect(
      into.map(({ inputs, propertyDependencies }) => [
        inputs.fromPort,
        inputs.toPort,
        propertyDependencies.referencedSecurityGroupId,
      ]),
    ).toEqual([[8080, 8080, [balancer.urn]]]);
    expect(into[0]!.inputs.cidrIpv4).toBeUndefined();
    const out = run
      .all("aws:vpc:SecurityGroupEgressRule")
      .filter((rule) => rule.propertyDependencies.securityGroupId!.includes(tasks.urn));
    expect(out.map(({ inputs }) => [inputs.fromPort, inputs.cidrIpv4 ?? inputs.referencedSecurityGroupId])).toEqual([
      [443, "0.0.0.0/0"],
      [5432, "sg-database"],
    ]);
    const fromBalancer = run
      .all("aws:vpc:SecurityGroupEgressRule")
      .filter((rule) => rule.propertyDependencies.securityGroupId!.includes(balancer.urn));
    expect(fromBalancer.map((rule) => rule.propertyDependencies.referencedSecurityGroupId)).toEqual([[tasks.urn]]);
  });

  test("scales by CPU, and by requests to its own colour where that is declared", async () => {
    const run = await hello({ scaling: { min: 2, max: 6, targetRequestsPerMinute: 600 } });
    expect(
      run
        .all("aws:appautoscaling:Policy")
        .map((policy) => policy.name)
        .sort(),
    ).toEqual(["hello-blue-cpu", "hello-blue-requests", "hello-green-cpu", "hello-green-requests"]);
    const requests = run.one("aws:appautoscaling:Policy", "hello-green-requests");
    expect(requests.dependencies).toContain(run.one("aws:lb:TargetGroup", "web-hello-green").urn);
    expect(requests.dependencies).not.toContain(run.one("aws:lb:TargetGroup", "web-hello-blue").urn);
  });

  test("carries the service's tags, which tasks get from the ECS service", async () => {
    const run = await hello({ tags: { owner: "web" } });
    const tagged = ["aws:ecs:Service", "aws:ecs:TaskDefinition", "aws:iam:Role", "aws:appautoscaling:Target"];
    for (const resource of tagged.flatMap((type) => run.all(type))) {
      expect(resource.inputs.tags).toMatchObject({ service: "hello", owner: "web" });
    }
    expect(run.one("aws:cloudwatch:LogGroup").inputs).toMatchObject({
      name: "/causeway/test/hello",
      retentionInDays: 30,
      tags: { service: "hello", "data-class": "internal" },
    });
  });
});

describe("growing", () => {
  test("a second service changes nothing of the first", async () => {
    unchanged(await environment({ hello: {} }), await environment({ checkout: { image: V2 }, hello: {} }));
  });

  test("another zone changes the subnets of the ECS services and nothing else", async () => {
    const before = await hello();
    const after = await hello({ subnetIds: ["subnet-a", "subnet-b", "subnet-c"] });
    const changed = [...after.desired].filter(
      ([urn, inputs]) => JSON.stringify(inputs) !== JSON.stringify(before.desired.get(urn)),
    );
    expect(changed.map(([urn]) => urn.split("::").at(-1)).sort()).toEqual(["hello-blue", "hello-green"]);
    expect([...before.desired.keys()]).toEqual([...after.desired.keys()]);
  });

  test("the order in which variables are written makes no new revision", async () => {
    unchanged(await hello({ variables: { A: "1", B: "2" } }), await hello({ variables: { B: "2", A: "1" } }));
  });
});

describe("the first preview", () => {
  test("builds the same resources, and policies can read the containers and the grants already", async () => {
    const known = await hello();
    const unknown = await hello({}, "unknown");
    expect(unknown.resources.map(({ urn }) => urn).sort()).toEqual(known.resources.map(({ urn }) => urn).sort());
    expect(container(unknown, "green").image).toBe(V1);
    expect(ecsService(unknown, "blue").inputs.taskDefinition).toBe(UNKNOWN);
    expect(statements(unknown.one("aws:iam:RolePolicy", "hello-execution"))).toHaveLength(1);
    expect(unknown.one("causeway:service:Service").inputs).toMatchObject({ image: V1, scaling: { min: 2, max: 6 } });
  });
});

describe("the plan", () => {
  const attachment: TrafficAttachment = {
    securityGroupId: pulumi.output("sg-1"),
    loadBalancerArnSuffix: pulumi.output("app/web/1"),
    targetGroups: {
      blue: { arn: pulumi.output("b"), arnSuffix: pulumi.output("b") },
      green: { arn: pulumi.output("g"), arnSuffix: pulumi.output("g") },
    },
    rules: [],
  };
  const plan = (over: Partial<Own> = {}) =>
    planService("hello", { ...own(over), traffic: attachment, cluster: { arn: "c", name: "c" } });

  test("reports everything that is wrong at once", () => {
    let found: string[] = [];
    try {
      plan({
        environment: "Test",
        image: "ghcr.io/example/hello:latest",
        live: { colour: "blue", taskDefinitionArn: "test-hello-blue", minimum: { blue: 9, green: 0 } },
        port: 80,
        size: { cpu: 256, memoryMiB: 4096 },
        scaling: { min: 0, max: 6, targetCpuPercent: 100 },
        subnetIds: [],
        user: "root",
        stopTimeoutSeconds: 30,
        shutdownSeconds: 30,
        rolling: { maximumPercent: 100 },
        logs: { retentionDays: 42 },
        variables: { PORT: "80", TOKEN: "x" },
        secrets: { TOKEN: { name: "a", arn: "b" } },
        grants: [{ id: "All", actions: ["s3:*"], resources: ["*"] }],
        egress: { database: { port: 5432, description: "PostgreSQL" } },
      });
    } catch (error) {
      if (!(error instanceof ProblemsError)) throw error;
      found = error.problems.map((problem) => problem.property);
    }
    expect(found).toEqual(
      expect.arrayContaining([
        "environment",
        "image",
        "live.taskDefinitionArn",
        "live.minimum.blue",
        "port",
        "size.memoryMiB",
        "scaling.min",
        "scaling.targetCpuPercent",
        "subnetIds",
        "user",
        "shutdownSeconds",
        "rolling",
        "logs.retentionDays",
        "variables.PORT",
        "secrets.TOKEN",
        "grants[0].actions[0]",
        "egress.database",
      ]),
    );
  });

  const colour = fc.constantFrom("blue" as const, "green" as const);
  const image = fc.constantFrom(V1, V2, V3);
  const held = fc.record({ image, number: fc.integer({ min: 1, max: 99 }) });

  test("whatever the ledger holds is written as it is; the desired image goes where nothing is held", () => {
    fc.assert(
      fc.property(image, colour, held, fc.option(held), (desired, live, running, releasing) => {
        const idle = live === "blue" ? "green" : "blue";
        const { colours } = plan({
          image: desired,
          live: {
            colour: live,
            image: running.image,
            taskDefinitionArn: revision(live, running.number),
            ...(releasing
              ? { idle: { image: releasing.image, taskDefinitionArn: revision(idle, releasing.number) } }
              : {}),
          },
        });
        expect(colours[live]).toMatchObject({
          held: true,
          image: running.image,
          taskDefinitionArn: revision(live, running.number),
          minimum: 2,
        });
        expect(colours[idle]).toMatchObject(
          releasing
            ? { held: true, image: releasing.image, taskDefinitionArn: revision(idle, releasing.number), minimum: 2 }
            : { held: false, image: desired, taskDefinitionArn: undefined, minimum: 0 },
        );
      }),
    );
  });
});
