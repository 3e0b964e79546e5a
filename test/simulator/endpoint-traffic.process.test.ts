/** SDK clients change services and weights; the data plane runs what they say, and they read what it does. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as scaling from "@aws-sdk/client-application-auto-scaling";
import * as cloudwatch from "@aws-sdk/client-cloudwatch";
import * as ecs from "@aws-sdk/client-ecs";
import * as elb from "@aws-sdk/client-elastic-load-balancing-v2";
import * as sns from "@aws-sdk/client-sns";
import { type ServedDataPlane, serveDataPlane } from "../../simulator/dataplane/serve.ts";
import { endApiFaults, injectApiFault } from "../../simulator/endpoint/inject.ts";
import { cloudAlarms } from "../../simulator/monitoring/index.ts";
import { readMessages } from "../../simulator/monitoring/messages.ts";
import { MetricFile } from "../../simulator/monitoring/metric-file.ts";
import { type CloudServer, serveCloud } from "../../simulator/process/server.ts";
import { openSchema } from "../../simulator/schema/index.ts";
import { CloudStore } from "../../simulator/store/store.ts";
import { type Made, Provider } from "./provider-client.ts";

jest.setTimeout(120_000);

/** How long a change takes to reach traffic. */
const DELAY_MS = 400;

const SERVER = `
import { createServer } from "node:http";
const [build] = process.argv.slice(2);
if (build === "crashing") process.exit(3);
const server = createServer((_, res) => res.writeHead(200, { "x-build": build }).end(build));
process.on("SIGTERM", () => server.close(() => process.exit(0)));
server.listen(Number(process.env.PORT), "127.0.0.1");
`;

const home = mkdtempSync(join(tmpdir(), "causeway-endpoint-traffic-"));
const failures: string[] = [];
const made = new Map<string, Made>();
let store: CloudStore;
let server: CloudServer;
let provider: Provider;
let served: ServedDataPlane;
let settings: ReturnType<typeof settingsFor>;
let containers: ecs.ECSClient;
let balancing: elb.ElasticLoadBalancingV2Client;
let metrics: cloudwatch.CloudWatchClient;
let topics: sns.SNSClient;
let metricFile: MetricFile;
let bounds: scaling.ApplicationAutoScalingClient;

const make = async (name: string, type: string, inputs: Parameters<Provider["make"]>[2]) => {
  const object = await provider.make(type, name, inputs);
  made.set(name, object);
  return object;
};
const arn = (name: string): string => String(made.get(name)!.state.arn);
const weighted = (blue: number, green: number) => [
  { arn: arn("blue group"), weight: blue },
  { arn: arn("green group"), weight: green },
];

const settingsFor = (port: number) => ({
  region: "eu-west-1",
  endpoint: `http://127.0.0.1:${port}`,
  credentials: { accessKeyId: "simulated", secretAccessKey: "any" },
  maxAttempts: 1,
});

beforeAll(async () => {
  const script = join(home, "server.mjs");
  writeFileSync(script, SERVER);
  store = new CloudStore(join(home, "cloud.db"));
  const schemas = openSchema(process.cwd());
  server = await serveCloud({ schemas, store, home, onError: (what, error) => failures.push(`${what}: ${error}`) });
  provider = await new Provider(server.port).configure();
  settings = settingsFor(server.endpointPort);
  containers = new ecs.ECSClient(settings);
  balancing = new elb.ElasticLoadBalancingV2Client(settings);
  metrics = new cloudwatch.CloudWatchClient(settings);
  topics = new sns.SNSClient(settings);
  bounds = new scaling.ApplicationAutoScalingClient(settings);

  const vpc = await make("vpc", "aws:ec2/vpc:Vpc", { cidrBlock: "10.0.0.0/16" });
  for (const [zone, at] of Object.entries({ a: 0, b: 1 })) {
    const place = { cidrBlock: `10.0.${at}.0/24`, availabilityZone: `eu-west-1${zone}` };
    await make(`subnet-${zone}`, "aws:ec2/subnet:Subnet", { vpcId: vpc.id, ...place });
  }
  const subnets = ["a", "b"].map((zone) => made.get(`subnet-${zone}`)!.id);
  await make("lb", "aws:lb/loadBalancer:LoadBalancer", { name: "lb", subnets });
  for (const name of ["blue", "green"]) {
    await make(`${name} group`, "aws:lb/targetGroup:TargetGroup", {
      ...{ name, port: 80, protocol: "HTTP", vpcId: vpc.id, targetType: "ip", deregistrationDelay: 1 },
      healthCheck: { path: "/", interval: 5, timeout: 2, healthyThreshold: 2 },
    });
  }
  await make("listener", "aws:lb/listener:Listener", {
    ...{ loadBalancerArn: arn("lb"), port: 80, protocol: "HTTP" },
    defaultActions: [{ type: "fixed-response", fixedResponse: { contentType: "text/plain", statusCode: "404" } }],
  });
  await make("rule", "aws:lb/listenerRule:ListenerRule", {
    ...{ listenerArn: arn("listener"), priority: 10, conditions: [{ pathPattern: { values: ["/*"] } }] },
    actions: [{ type: "forward", forward: { targetGroups: weighted(100, 0) } }],
  });
  await make("cluster", "aws:ecs/cluster:Cluster", { name: "web" });
  for (const build of ["one", "two", "crashing"]) {
    await make(build, "aws:ecs/taskDefinition:TaskDefinition", {
      ...{ family: build, networkMode: "awsvpc", requiresCompatibilities: ["FARGATE"], cpu: "256", memory: "512" },
      containerDefinitions: JSON.stringify([
        { name: "app", image: `registry/app@sha256:${build}`, portMappings: [{ containerPort: 80 }] },
      ]),
    });
  }
  for (const [name, desiredCount] of Object.entries({ blue: 2, green: 0 })) {
    await make(name, "aws:ecs/service:Service", {
      ...{ name, cluster: arn("cluster"), taskDefinition: arn("one"), desiredCount, launchType: "FARGATE" },
      deploymentCircuitBreaker: { enable: true, rollback: true },
      networkConfiguration: { subnets },
      loadBalancers: [{ targetGroupArn: arn(`${name} group`), containerName: "app", containerPort: 80 }],
    });
    await make(`${name} bounds`, "aws:appautoscaling/target:Target", {
      ...{ serviceNamespace: "ecs", scalableDimension: "ecs:service:DesiredCount" },
      ...{ resourceId: `service/web/${name}`, minCapacity: desiredCount, maxCapacity: 4 },
    });
  }
  const images = new Map(
    ["one", "two", "crashing"].map((build) => [
      `registry/app@sha256:${build}`,
      { command: [process.execPath, script, build], cwd: home },
    ]),
  );
  metricFile = new MetricFile(home);
  const measuring = { metrics: metricFile, metricSeconds: 1 as const, propagationDelayMs: DELAY_MS };
  served = await serveDataPlane({ home, root: process.cwd(), images, ...measuring });
});

afterAll(async () => {
  for (const client of [containers, balancing, bounds, metrics, topics]) client?.destroy();
  provider?.close();
  await served?.close(2_000);
  metricFile?.close();
  await server?.close();
  store?.close();
  rmSync(home, { recursive: true, force: true });
  expect(failures).toEqual([]);
});

const describe1 = async (name: string): Promise<ecs.Service> => {
  const { services } = await containers.send(new ecs.DescribeServicesCommand({ cluster: "web", services: [name] }));
  return services![0]!;
};
const update = (input: Omit<ecs.UpdateServiceRequest, "cluster">) =>
  containers.send(new ecs.UpdateServiceCommand({ cluster: "web", ...input }));
const primary = ({ deployments }: ecs.Service) => deployments!.find(({ status }) => status === "PRIMARY")!;
const settled = async (name: string): Promise<ecs.Service> => {
  for (;;) {
    const service = await describe1(name);
    const { rolloutState, runningCount } = primary(service);
    if (rolloutState === "COMPLETED" && runningCount === service.desiredCount && service.deployments?.length === 1) {
      return service;
    }
    await sleep(50);
  }
};
const ask = () =>
  new Promise<string>((resolve, reject) => {
    const url = served.plane.status().listeners[0]!.url;
    const sent = request(url, { agent: false }, (response) => {
      response.resume();
      response.on("end", () => resolve(String(response.headers["x-build"] ?? response.statusCode)));
    });
    sent.on("error", reject);
    sent.end();
  });

describe("services", () => {
  it("tells what runs, and runs what UpdateService says, as a refresh finds it", async () => {
    const blue = await settled("blue");
    expect(blue).toMatchObject({ status: "ACTIVE", desiredCount: 2, runningCount: 2, taskDefinition: arn("one") });
    expect(blue.events!.some(({ message }) => /reached a steady state/.test(message!))).toBe(true);

    const before = made.get("green")!;
    const answer = await update({ service: "green", taskDefinition: "two", desiredCount: 1 });
    // At once, though nothing runs of it yet.
    expect(answer.service).toMatchObject({ desiredCount: 1, taskDefinition: arn("two") });
    expect(primary(answer.service!)).toMatchObject({ rolloutState: "IN_PROGRESS", taskDefinition: arn("two") });
    const green = await settled("green");
    expect(green.runningCount).toBe(1);
    const read = await provider.read("aws:ecs/service:Service", before.id, before);
    expect(read?.state).toEqual({ ...before.state, desiredCount: 1, taskDefinition: arn("two") });

    const listed = await containers.send(new ecs.ListTasksCommand({ cluster: "web", serviceName: "green" }));
    expect(listed.taskArns).toHaveLength(1);
    const { tasks } = await containers.send(
      new ecs.DescribeTasksCommand({ cluster: "web", tasks: [...listed.taskArns!, "none"] }),
    );
    expect(tasks).toMatchObject([{ lastStatus: "RUNNING", taskDefinitionArn: arn("two"), group: "service:green" }]);
    expect(tasks![0]!.startedBy).toBe(primary(green).id);
  });

  it("replaces tasks when a deployment is forced, and only then", async () => {
    const ids = async () => {
      const { taskArns } = await containers.send(new ecs.ListTasksCommand({ cluster: "web", serviceName: "blue" }));
      return [...taskArns!].sort();
    };
    const before = await ids();
    const id = primary(await settled("blue")).id;
    await update({ service: "blue", desiredCount: 2 });
    expect(primary(await settled("blue")).id).toBe(id);
    expect(await ids()).toEqual(before);
    await update({ service: "blue", forceNewDeployment: true });
    expect(primary(await describe1("blue"))).toMatchObject({ rolloutState: "IN_PROGRESS" });
    expect(primary(await settled("blue")).id).not.toBe(id);
    expect((await ids()).filter((task) => before.includes(task))).toEqual([]);
  });

  it("reports the circuit breaker's verdict and what it went back to", async () => {
    await update({ service: "blue", taskDefinition: arn("crashing") });
    while ((await describe1("blue")).taskDefinition !== arn("one")) await sleep(20);
    const blue = await settled("blue");
    expect(blue.taskDefinition).toBe(arn("one"));
    expect(blue.events!.some(({ message }) => /deployment failed: tasks failed to start/.test(message!))).toBe(true);
    await update({ service: "blue", taskDefinition: arn("one") });
    expect((await settled("blue")).runningCount).toBe(2);
  });

  it("refuses what ECS refuses, and what it would not do", async () => {
    await expect(update({ service: "none", desiredCount: 1 })).rejects.toBeInstanceOf(ecs.ServiceNotFoundException);
    await expect(update({ service: "blue", taskDefinition: "none:1" })).rejects.toBeInstanceOf(ecs.ClientException);
    await expect(update({ service: "blue", desiredCount: -1 })).rejects.toBeInstanceOf(ecs.InvalidParameterException);
    const roles = update({ service: "blue", serviceRegistries: [{ registryArn: "x" }] });
    await expect(roles).rejects.toThrow(/serviceRegistries/);
    const elsewhere = new ecs.DescribeServicesCommand({ cluster: "none", services: ["blue"] });
    await expect(containers.send(elsewhere)).rejects.toBeInstanceOf(ecs.ClusterNotFoundException);
    const missing = await containers.send(new ecs.DescribeServicesCommand({ cluster: "web", services: ["none"] }));
    expect(missing).toMatchObject({ services: [], failures: [{ reason: "MISSING" }] });
    const { taskDefinition } = await containers.send(new ecs.DescribeTaskDefinitionCommand({ taskDefinition: "two" }));
    expect(taskDefinition).toMatchObject({ taskDefinitionArn: arn("two"), revision: 1, cpu: "256" });
    expect(taskDefinition?.containerDefinitions).toMatchObject([
      { name: "app", portMappings: [{ containerPort: 80 }] },
    ]);
  });
});

it("moves the bounds of scaling, one side at a time", async () => {
  const target = {
    ...{ ServiceNamespace: "ecs" as const, ResourceId: "service/web/green" },
    ScalableDimension: "ecs:service:DesiredCount" as const,
  };
  const { ScalableTargetARN } = await bounds.send(
    new scaling.RegisterScalableTargetCommand({ ...target, MinCapacity: 2 }),
  );
  const ResourceIds = [target.ResourceId];
  const { ScalableTargets } = await bounds.send(
    new scaling.DescribeScalableTargetsCommand({ ServiceNamespace: "ecs", ResourceIds }),
  );
  expect(ScalableTargets).toMatchObject([{ ...target, MinCapacity: 2, MaxCapacity: 4, ScalableTargetARN }]);
  const beyond = bounds.send(new scaling.RegisterScalableTargetCommand({ ...target, MinCapacity: 5 }));
  await expect(beyond).rejects.toBeInstanceOf(scaling.ValidationException);
  const before = made.get("green bounds")!;
  const read = await provider.read("aws:appautoscaling/target:Target", before.id, before);
  expect(read?.state).toEqual({ ...before.state, minCapacity: 2 });
});

it("shifts real requests by the weights that ModifyRule sets, once they have reached the load balancer", async () => {
  const green = await update({ service: "green", taskDefinition: arn("two"), desiredCount: 2 });
  expect(green.service?.desiredCount).toBe(2);
  await Promise.all([settled("blue"), settled("green")]);
  expect(await ask()).toBe("one");
  const asked = Date.now();
  const TargetGroups = weighted(75, 25).map((group) => ({ TargetGroupArn: group.arn, Weight: group.weight }));
  const Actions: elb.Action[] = [{ Type: "forward", ForwardConfig: { TargetGroups } }];
  const { Rules } = await balancing.send(new elb.ModifyRuleCommand({ RuleArn: arn("rule"), Actions }));
  expect(Rules![0]!.Actions![0]!.ForwardConfig!.TargetGroups!.map(({ Weight }) => Weight)).toEqual([75, 25]);
  while ((await ask()) !== "two") await sleep(5);
  expect(Date.now() - asked).toBeGreaterThanOrEqual(DELAY_MS);
  const since = new Date(Date.now() - 60_000);
  const counted = (group: string, Stat: string, MetricName = "RequestCount") => ({
    Id: `${group}${Stat.toLowerCase()}`,
    MetricStat: {
      Metric: { Namespace: "AWS/ApplicationELB", MetricName, Dimensions: dimensionsOf(group) },
      ...{ Period: 1, Stat },
    },
  });
  const builds: string[] = [];
  for (let count = 0; count < 600; count++) builds.push(await ask());
  const two = builds.filter((build) => build === "two").length;
  expect(builds.filter((build) => build === "one").length + two).toBe(600);
  // 150 expected; five standard deviations of the binomial distribution.
  expect(Math.abs(two - 150)).toBeLessThan(5 * Math.sqrt(600 * 0.25 * 0.75));
  // What clients counted is what the target groups' metrics come to, from the request before the change on.
  const MetricDataQueries = [
    counted("blue", "Sum"),
    counted("green", "Sum"),
    counted("green", "p99", "TargetResponseTime"),
  ];
  for (;;) {
    const input = { MetricDataQueries, StartTime: since, EndTime: new Date(Date.now() + 60_000) };
    const { MetricDataResults: [blue, green, slowest] = [] } = await metrics.send(
      new cloudwatch.GetMetricDataCommand(input),
    );
    const total = (result: cloudwatch.MetricDataResult | undefined) =>
      (result?.Values ?? []).reduce((sum, value) => sum + value, 0);
    if (total(green) < two + 1) {
      await sleep(50);
      continue;
    }
    expect(total(green)).toBe(two + 1);
    expect(total(blue)).toBeGreaterThanOrEqual(600 - two);
    expect(slowest?.Values?.every((value) => value > 0 && value < 60)).toBe(true);
    break;
  }
});

const dimensionsOf = (group: string) => [
  { Name: "TargetGroup", Value: arn(`${group} group`).split(":").at(-1) },
  { Name: "LoadBalancer", Value: arn("lb").split(":loadbalancer/")[1] },
];

describe("metrics", () => {
  const Namespace = "Shop";
  const Dimensions = [{ Name: "Colour", Value: "green" }];
  /** Of an hour ago. */
  const minute = (at: number) => new Date((Math.floor(Date.now() / 60_000) - 60 + at) * 60_000);
  const put = (datum: Partial<cloudwatch.MetricDatum>) =>
    metrics.send(
      new cloudwatch.PutMetricDataCommand({ Namespace, MetricData: [{ MetricName: "Orders", Dimensions, ...datum }] }),
    );
  const query = (Stat: string, Period = 60, Id = "m"): cloudwatch.MetricDataQuery => ({
    ...{ Id, MetricStat: { Metric: { Namespace, MetricName: "Orders", Dimensions }, Period, Stat } },
  });
  const read = async (from: Date, to: Date, ...MetricDataQueries: cloudwatch.MetricDataQuery[]) => {
    const ScanBy = "TimestampAscending" as const;
    const input = { MetricDataQueries, StartTime: from, EndTime: to, ScanBy };
    const { MetricDataResults } = await metrics.send(new cloudwatch.GetMetricDataCommand(input));
    return MetricDataResults!.map(({ Timestamps, Values }) => Timestamps!.map((time, at) => [+time, Values![at]]));
  };

  it("gives what was put, in every statistic, by period, and nothing where nothing was", async () => {
    const [first, second, fourth] = [minute(0), minute(1), minute(3)];
    await put({ Timestamp: first, Values: [1, 2, 10], Counts: [50, 45, 5], Unit: "Count" });
    await put({ Timestamp: second, Value: 7, Unit: "Count" });
    await put({ Timestamp: fourth, StatisticValues: { SampleCount: 2, Sum: 8, Minimum: 3, Maximum: 5 } });
    const end = minute(4);
    const statistics = ["Sum", "SampleCount", "p50", "p95", "p99"];
    const all = await read(first, end, ...statistics.map((stat, at) => query(stat, 60, `m${at}`)));
    const [one, two, four] = [+first, +second, +fourth];
    expect(all[0]).toEqual([
      [one, 190],
      [two, 7],
      [four, 8],
    ]);
    expect(all[1]).toEqual([
      [one, 100],
      [two, 1],
      [four, 2],
    ]);
    // A statistic set of unlike samples has no percentiles.
    expect(all[2]).toEqual([
      [one, 1],
      [two, 7],
    ]);
    expect(all[3]).toEqual([
      [one, 2],
      [two, 7],
    ]);
    expect(all[4]).toEqual([
      [one, 10],
      [two, 7],
    ]);
    expect((await read(first, end, query("Sum", 240)))[0]).toEqual([[one, 205]]);
    // The end is not in it, the minute of the start is.
    expect((await read(new Date(one + 30_000), second, query("Sum")))[0]).toEqual([[one, 190]]);
    const ratio: cloudwatch.MetricDataQuery = { Id: "e", Expression: "100 * a / b" };
    const hidden = [
      { ...query("Maximum", 60, "a"), ReturnData: false },
      { ...query("SampleCount", 60, "b"), ReturnData: false },
    ];
    expect(await read(first, second, ratio, ...hidden)).toEqual([[[one, 10]]]);
    const { Datapoints, Label } = await metrics.send(
      new cloudwatch.GetMetricStatisticsCommand({
        ...{ Namespace, MetricName: "Orders", Dimensions, StartTime: first, EndTime: second, Period: 60 },
        ...{ Statistics: ["Average", "Maximum"], ExtendedStatistics: undefined },
      }),
    );
    expect(Label).toBe("Orders");
    expect(Datapoints).toEqual([{ Timestamp: first, Average: 1.9, Maximum: 10, Unit: "Count" }]);
    const { Metrics } = await metrics.send(new cloudwatch.ListMetricsCommand({ Namespace }));
    expect(Metrics).toEqual([{ Namespace, MetricName: "Orders", Dimensions }]);
  });

  it("has periods below a minute only of what was kept so finely", async () => {
    const [start, end] = [minute(10), minute(11)];
    await put({ Timestamp: start, Value: 1 });
    await put({ Timestamp: new Date(+start + 20_000), Value: 2, StorageResolution: 1 });
    expect((await read(start, end, query("Sum", 10)))[0]).toEqual([[+start + 20_000, 2]]);
    expect((await read(start, end, query("Sum")))[0]).toEqual([[+start, 3]]);
  });

  it("cuts long answers into pages", async () => {
    const StartTime = minute(0);
    const input = { MetricDataQueries: [query("Sum")], StartTime, EndTime: minute(20), MaxDatapoints: 2 };
    const first = await metrics.send(new cloudwatch.GetMetricDataCommand(input));
    expect(first.MetricDataResults).toMatchObject([{ StatusCode: "PartialData", Values: [3, 8] }]);
    const second = await metrics.send(new cloudwatch.GetMetricDataCommand({ ...input, NextToken: first.NextToken }));
    expect(second.MetricDataResults).toMatchObject([{ StatusCode: "Complete", Values: [7, 190] }]);
    expect(second.NextToken).toBeUndefined();
  });

  it("refuses what CloudWatch refuses, by its error classes", async () => {
    const reserved = new cloudwatch.PutMetricDataCommand({
      Namespace: "AWS/Own",
      MetricData: [{ MetricName: "m", Value: 1 }],
    });
    await expect(metrics.send(reserved)).rejects.toBeInstanceOf(cloudwatch.InvalidParameterValueException);
    await expect(put({ Value: 1, Values: [1] })).rejects.toBeInstanceOf(
      cloudwatch.InvalidParameterCombinationException,
    );
    await expect(put({})).rejects.toBeInstanceOf(cloudwatch.MissingRequiredParameterException);
    await expect(read(minute(1), minute(0), query("Sum"))).rejects.toBeInstanceOf(cloudwatch.ValidationException);
    await expect(read(minute(0), minute(1), query("Sum", 45))).rejects.toBeInstanceOf(cloudwatch.ValidationException);
    await expect(read(minute(0), minute(1), query("tm90"))).rejects.toThrow(/tm90/);
  });

  it("tells alarms by the metrics they watch", async () => {
    await make("topic", "aws:sns/topic:Topic", { name: "on-call" });
    await make("alarm", "aws:cloudwatch/metricAlarm:MetricAlarm", {
      ...{ name: "orders", namespace: Namespace, metricName: "Orders", dimensions: { Colour: "green" } },
      ...{
        statistic: "Sum",
        period: 60,
        evaluationPeriods: 1,
        threshold: 1,
        comparisonOperator: "GreaterThanThreshold",
      },
      ...{ treatMissingData: "notBreaching", alarmActions: [arn("topic")] },
    });
    const { MetricAlarms } = await metrics.send(new cloudwatch.DescribeAlarmsCommand({ AlarmNames: ["orders"] }));
    expect(MetricAlarms).toMatchObject([
      {
        ...{ AlarmName: "orders", AlarmArn: arn("alarm"), MetricName: "Orders", Threshold: 1, Period: 60 },
        ...{ AlarmActions: [arn("topic")], Dimensions },
      },
    ]);
    const firing = async () => {
      const { MetricAlarms } = await metrics.send(new cloudwatch.DescribeAlarmsCommand({ StateValue: "ALARM" }));
      return MetricAlarms?.map(({ AlarmName }) => AlarmName);
    };
    expect(await firing()).toEqual([]);
    // By hand, until the next full minute: once more should one begin in between.
    const set = (AlarmName: string) =>
      metrics.send(new cloudwatch.SetAlarmStateCommand({ AlarmName, StateValue: "ALARM", StateReason: "drill" }));
    let seen: (string | undefined)[] | undefined;
    for (let minute: number | undefined; minute !== Math.floor(Date.now() / 60_000); ) {
      minute = Math.floor(Date.now() / 60_000);
      await set("orders");
      seen = await firing();
    }
    expect(seen).toEqual(["orders"]);
    const { alarms, notifications } = cloudAlarms({ home });
    expect(alarms.map(({ name }) => name)).toEqual(["orders"]);
    expect(notifications.at(-1)).toMatchObject({ alarm: "orders", state: "ALARM", target: arn("topic") });
    await expect(set("none")).rejects.toBeInstanceOf(cloudwatch.ResourceNotFound);
  });
});

it("keeps what is published, and refuses what no topic takes", async () => {
  await make("news", "aws:sns/topic:Topic", { name: "news" });
  const publish = (input: Omit<sns.PublishInput, "TopicArn">, TopicArn = arn("news")) =>
    topics.send(new sns.PublishCommand({ TopicArn, ...input }));
  const attribute = { kind: { DataType: "String", StringValue: "held" } };
  const structured = JSON.stringify({ default: "for all", email: "for mail" });
  const { MessageId } = await publish({
    ...{ Subject: "Release held", Message: structured, MessageStructure: "json", MessageAttributes: attribute },
  });
  expect(readMessages(home)).toMatchObject([
    {
      ...{ id: MessageId, topic: arn("news"), subject: "Release held", text: "for all" },
      ...{ texts: { email: "for mail" }, attributes: { kind: "held" } },
    },
  ]);
  await expect(publish({ Message: "x" }, `${arn("news")}-gone`)).rejects.toBeInstanceOf(sns.NotFoundException);
  await expect(publish({ Message: "x", Subject: "a\nb" })).rejects.toBeInstanceOf(sns.InvalidParameterException);
  await expect(publish({ Message: "{}", MessageStructure: "json" })).rejects.toThrow(/default/);
  expect(readMessages(home)).toHaveLength(1);
});

describe("faults of the API", () => {
  const live = async () => {
    const { Rules } = await balancing.send(new elb.DescribeRulesCommand({ RuleArns: [arn("rule")] }));
    return Rules![0]!.Actions![0]!.ForwardConfig!.TargetGroups!.map(({ Weight }) => Weight);
  };
  const modify = (blue: number, client = balancing) => {
    const TargetGroups = weighted(blue, 100 - blue).map(({ arn, weight }) => ({ TargetGroupArn: arn, Weight: weight }));
    const Actions: elb.Action[] = [{ Type: "forward", ForwardConfig: { TargetGroups } }];
    return client.send(new elb.ModifyRuleCommand({ RuleArn: arn("rule"), Actions }));
  };

  afterEach(() => void endApiFaults(home));

  it("throttles by each service's own code, does nothing then, and SDKs come through by trying again", async () => {
    await modify(60);
    await injectApiFault(home, { kind: "throttle", target: "elbv2:ModifyRule", calls: 1 });
    await expect(modify(50)).rejects.toMatchObject({ name: "Throttling", message: "Rate exceeded" });
    expect(await live()).toEqual([60, 40]);
    await injectApiFault(home, { kind: "throttle", calls: 3 });
    await expect(describe1("blue")).rejects.toMatchObject({ name: "ThrottlingException" });
    const message = new sns.PublishCommand({ TopicArn: arn("news"), Message: "x" });
    await expect(topics.send(message)).rejects.toBeInstanceOf(sns.ThrottledException);
    const patient = new elb.ElasticLoadBalancingV2Client({ ...settings, maxAttempts: 3 });
    const { $metadata } = await modify(50, patient);
    patient.destroy();
    expect($metadata.attempts).toBe(2);
    expect(await live()).toEqual([50, 50]);
  });

  it("loses an answer of what it has done", async () => {
    await injectApiFault(home, { kind: "lose-response", calls: 1 });
    await expect(modify(30)).rejects.toThrow(/socket hang up/);
    expect(await live()).toEqual([30, 70]);
  });

  it("answers reads with what was, until the time is over or the fault is", async () => {
    await modify(20);
    const before = await describe1("green");
    await injectApiFault(home, { kind: "stale-reads", milliseconds: 500_000, target: "DescribeServices" });
    await injectApiFault(home, { kind: "stale-reads", milliseconds: 1, target: "elbv2" });
    await update({ service: "green", desiredCount: before.desiredCount! + 1 });
    await modify(10);
    // What is changed and read in one millisecond.
    while ((await live())[0] !== 10) await sleep(1);
    expect((await describe1("green")).desiredCount).not.toBe(before.desiredCount! + 1);
    endApiFaults(home);
    expect((await describe1("green")).desiredCount).toBe(before.desiredCount! + 1);
  });

  it("takes as long as it is told to, and knows what it can hit", async () => {
    await injectApiFault(home, { kind: "slow-api", milliseconds: 150, target: "DescribeRules" });
    const asked = performance.now();
    await live();
    expect(performance.now() - asked).toBeGreaterThan(149);
    await expect(injectApiFault(home, { kind: "throttle", target: "elbv2:Modify" })).rejects.toThrow(/elbv2:Modify"/);
  });
});
