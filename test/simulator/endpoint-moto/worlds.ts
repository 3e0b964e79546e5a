/** The same objects in the simulated cloud, made by the provider's protocol, and in moto, made through its API. */
import * as appconfig from "@aws-sdk/client-appconfig";
import * as scaling from "@aws-sdk/client-application-auto-scaling";
import * as cloudwatch from "@aws-sdk/client-cloudwatch";
import * as dynamo from "@aws-sdk/client-dynamodb";
import * as ecs from "@aws-sdk/client-ecs";
import * as elb from "@aws-sdk/client-elastic-load-balancing-v2";
import * as sns from "@aws-sdk/client-sns";
import * as ssm from "@aws-sdk/client-ssm";
import type { Provider } from "../provider-client.ts";

export interface Clients {
  readonly elb: elb.ElasticLoadBalancingV2Client;
  readonly ecs: ecs.ECSClient;
  readonly scaling: scaling.ApplicationAutoScalingClient;
  readonly cloudwatch: cloudwatch.CloudWatchClient;
  readonly ssm: ssm.SSMClient;
  readonly dynamo: dynamo.DynamoDBClient;
  readonly sns: sns.SNSClient;
  readonly appconfig: appconfig.AppConfigClient;
}

export interface Side {
  readonly clients: Clients;
  /** ARNs by what they are of. */
  readonly arns: Readonly<Record<"lb" | "listener" | "rule" | "blue" | "green" | "one" | "two" | "topic", string>>;
  /** Of a configuration profile. */
  readonly profile: { readonly ApplicationId: string; readonly ConfigurationProfileId: string };
  /** ARN of a running task. */
  task(): Promise<string>;
}

export function clientsOf(endpoint: string): Clients {
  const settings = {
    ...{ endpoint, region: "eu-west-1", maxAttempts: 1 },
    credentials: { accessKeyId: "simulated", secretAccessKey: "any" },
  };
  return {
    elb: new elb.ElasticLoadBalancingV2Client(settings),
    ecs: new ecs.ECSClient(settings),
    scaling: new scaling.ApplicationAutoScalingClient(settings),
    cloudwatch: new cloudwatch.CloudWatchClient(settings),
    ssm: new ssm.SSMClient(settings),
    dynamo: new dynamo.DynamoDBClient(settings),
    sns: new sns.SNSClient(settings),
    appconfig: new appconfig.AppConfigClient(settings),
  };
}

const CONTAINERS = [
  {
    ...{
      name: "app",
      image: "registry/app",
      memory: 512,
      essential: true,
      portMappings: [{ containerPort: 80, protocol: "tcp" }],
    },
    environment: [{ name: "A", value: "1" }],
  },
] as const;

export async function simulatedSide(endpoint: string, provider: Provider): Promise<Side> {
  const arns: Record<string, string> = {};
  const make = async (name: string, type: string, inputs: Parameters<Provider["make"]>[2]) => {
    const made = await provider.make(type, name, inputs);
    arns[name] = String(made.state.arn ?? made.id);
    return made;
  };
  const vpc = await make("vpc", "aws:ec2/vpc:Vpc", { cidrBlock: "10.0.0.0/16" });
  const subnets: string[] = [];
  for (const [zone, at] of Object.entries({ a: 0, b: 1 })) {
    const place = { cidrBlock: `10.0.${at}.0/24`, availabilityZone: `eu-west-1${zone}` };
    subnets.push((await make(zone, "aws:ec2/subnet:Subnet", { vpcId: vpc.id, ...place })).id);
  }
  await make("lb", "aws:lb/loadBalancer:LoadBalancer", { name: "lb", subnets, tags: { owner: "web" } });
  for (const name of ["blue", "green"]) {
    const basics = { name, port: 80, protocol: "HTTP", vpcId: vpc.id, targetType: "ip" };
    await make(name, "aws:lb/targetGroup:TargetGroup", basics);
  }
  await make("listener", "aws:lb/listener:Listener", {
    ...{ loadBalancerArn: arns.lb!, port: 80, protocol: "HTTP" },
    defaultActions: [{ type: "fixed-response", fixedResponse: { contentType: "text/plain", statusCode: "404" } }],
  });
  await make("rule", "aws:lb/listenerRule:ListenerRule", {
    ...{ listenerArn: arns.listener!, priority: 10, conditions: [{ pathPattern: { values: ["/*"] } }] },
    actions: [
      {
        type: "forward",
        forward: {
          targetGroups: [
            { arn: arns.blue!, weight: 100 },
            { arn: arns.green!, weight: 0 },
          ],
        },
      },
    ],
  });
  await make("cluster", "aws:ecs/cluster:Cluster", { name: "web" });
  for (const family of ["one", "two"]) {
    await make(family, "aws:ecs/taskDefinition:TaskDefinition", {
      ...{ family, networkMode: "awsvpc", requiresCompatibilities: ["FARGATE"], cpu: "256", memory: "512" },
      containerDefinitions: JSON.stringify(CONTAINERS),
    });
  }
  await make("service", "aws:ecs/service:Service", {
    ...{ name: "hello", cluster: arns.cluster!, taskDefinition: arns.one!, desiredCount: 2, launchType: "FARGATE" },
    networkConfiguration: { subnets },
    loadBalancers: [{ targetGroupArn: arns.blue!, containerName: "app", containerPort: 80 }],
  });
  await make("ledger", "aws:dynamodb/table:Table", {
    ...{ name: "ledger", billingMode: "PAY_PER_REQUEST", hashKey: "pk", rangeKey: "sk" },
    attributes: [
      { name: "pk", type: "S" },
      { name: "sk", type: "N" },
    ],
  });
  await make("topic", "aws:sns/topic:Topic", { name: "news" });
  await make("alarm", "aws:cloudwatch/metricAlarm:MetricAlarm", {
    ...{ name: "errors", alarmDescription: "too many", namespace: "Shop", metricName: "Errors", statistic: "Sum" },
    ...{ comparisonOperator: "GreaterThanThreshold", threshold: 1, evaluationPeriods: 1, period: 60 },
    ...{ dimensions: { Colour: "green" }, alarmActions: [arns.topic!] },
  });
  const { id: applicationId } = await make("app", "aws:appconfig/application:Application", { name: "shop" });
  const made = await make("profile", "aws:appconfig/configurationProfile:ConfigurationProfile", {
    ...{ applicationId, name: "flags", description: "all", locationUri: "hosted", type: "AWS.Freeform" },
  });
  const profile = { ApplicationId: applicationId, ConfigurationProfileId: String(made.state.configurationProfileId) };
  const clients = clientsOf(endpoint);
  const task = async () => {
    const { taskArns } = await clients.ecs.send(new ecs.ListTasksCommand({ cluster: "web", serviceName: "hello" }));
    return taskArns![0]!;
  };
  return { clients, arns: arns as Side["arns"], profile, task };
}

export async function motoSide(endpoint: string): Promise<Side> {
  const clients = clientsOf(endpoint);
  const { vpc, subnets } = await defaultNetwork(endpoint);
  const arns: Record<string, string> = {};
  const tags = [{ Key: "owner", Value: "web" }];
  const balancer = await clients.elb.send(
    new elb.CreateLoadBalancerCommand({ Name: "lb", Subnets: subnets, Tags: tags }),
  );
  arns.lb = balancer.LoadBalancers![0]!.LoadBalancerArn!;
  for (const Name of ["blue", "green"]) {
    const basics = { Name, Port: 80, Protocol: "HTTP", VpcId: vpc, TargetType: "ip" } as const;
    const made = await clients.elb.send(new elb.CreateTargetGroupCommand(basics));
    arns[Name] = made.TargetGroups![0]!.TargetGroupArn!;
  }
  const listener = await clients.elb.send(
    new elb.CreateListenerCommand({
      ...{ LoadBalancerArn: arns.lb, Port: 80, Protocol: "HTTP" },
      DefaultActions: [
        { Type: "fixed-response", FixedResponseConfig: { ContentType: "text/plain", StatusCode: "404" } },
      ],
    }),
  );
  arns.listener = listener.Listeners![0]!.ListenerArn!;
  const TargetGroups = [
    { TargetGroupArn: arns.blue, Weight: 100 },
    { TargetGroupArn: arns.green, Weight: 0 },
  ];
  const rule = await clients.elb.send(
    new elb.CreateRuleCommand({
      ...{ ListenerArn: arns.listener, Priority: 10 },
      Conditions: [{ Field: "path-pattern", PathPatternConfig: { Values: ["/*"] } }],
      Actions: [{ Type: "forward", ForwardConfig: { TargetGroups } }],
    }),
  );
  arns.rule = rule.Rules![0]!.RuleArn!;
  await clients.ecs.send(new ecs.CreateClusterCommand({ clusterName: "web" }));
  for (const family of ["one", "two"]) {
    const basics = { family, networkMode: "awsvpc", cpu: "256", memory: "512" } as const;
    const requiresCompatibilities = ["FARGATE" as const];
    const containerDefinitions = CONTAINERS as unknown as ecs.ContainerDefinition[];
    const made = await clients.ecs.send(
      new ecs.RegisterTaskDefinitionCommand({ ...basics, requiresCompatibilities, containerDefinitions }),
    );
    arns[family] = made.taskDefinition!.taskDefinitionArn!;
  }
  const networkConfiguration = { awsvpcConfiguration: { subnets, securityGroups: [] } };
  await clients.ecs.send(
    new ecs.CreateServiceCommand({
      ...{ cluster: "web", serviceName: "hello", taskDefinition: arns.one, desiredCount: 2, launchType: "FARGATE" },
      networkConfiguration,
      loadBalancers: [{ targetGroupArn: arns.blue, containerName: "app", containerPort: 80 }],
    }),
  );
  const AttributeDefinitions = [
    { AttributeName: "pk", AttributeType: "S" as const },
    { AttributeName: "sk", AttributeType: "N" as const },
  ];
  const KeySchema = [
    { AttributeName: "pk", KeyType: "HASH" as const },
    { AttributeName: "sk", KeyType: "RANGE" as const },
  ];
  await clients.dynamo.send(
    new dynamo.CreateTableCommand({
      ...{ TableName: "ledger", BillingMode: "PAY_PER_REQUEST", AttributeDefinitions, KeySchema },
    }),
  );
  arns.topic = (await clients.sns.send(new sns.CreateTopicCommand({ Name: "news" }))).TopicArn!;
  await clients.cloudwatch.send(
    new cloudwatch.PutMetricAlarmCommand({
      ...{ AlarmName: "errors", AlarmDescription: "too many", Namespace: "Shop", MetricName: "Errors" },
      ...{ Statistic: "Sum", ComparisonOperator: "GreaterThanThreshold", Threshold: 1, EvaluationPeriods: 1 },
      ...{ Period: 60, Dimensions: [{ Name: "Colour", Value: "green" }], AlarmActions: [arns.topic] },
    }),
  );
  const { Id: ApplicationId = "" } = await clients.appconfig.send(
    new appconfig.CreateApplicationCommand({ Name: "shop" }),
  );
  const { Id: ConfigurationProfileId = "" } = await clients.appconfig.send(
    new appconfig.CreateConfigurationProfileCommand({
      ...{ ApplicationId, Name: "flags", Description: "all", LocationUri: "hosted", Type: "AWS.Freeform" },
    }),
  );
  const profile = { ApplicationId, ConfigurationProfileId };
  const run = await clients.ecs.send(
    new ecs.RunTaskCommand({ cluster: "web", taskDefinition: arns.one, launchType: "FARGATE", networkConfiguration }),
  );
  const taskArn = run.tasks![0]!.taskArn!;
  return { clients, arns: arns as Side["arns"], profile, task: async () => taskArn };
}

/** There is no EC2 client among the dependencies, and one call is all it takes. */
async function defaultNetwork(endpoint: string): Promise<{ vpc: string; subnets: string[] }> {
  const authorization =
    "AWS4-HMAC-SHA256 Credential=simulated/20260101/eu-west-1/ec2/aws4_request, SignedHeaders=host, Signature=0";
  const body = new URLSearchParams({ Action: "DescribeSubnets", Version: "2016-11-15" });
  const response = await fetch(endpoint, { method: "POST", headers: { authorization }, body });
  const xml = await response.text();
  const subnets = [...xml.matchAll(/<subnetId>(.*?)<\/subnetId>/g)].map(([, id]) => id!);
  return { vpc: /<vpcId>(.*?)<\/vpcId>/.exec(xml)![1]!, subnets: subnets.slice(0, 2) };
}
