/** Calls that both the endpoint and moto answer, right ones and wrong ones, in the order in which they are made. */
import * as appconfig from "@aws-sdk/client-appconfig";
import * as scaling from "@aws-sdk/client-application-auto-scaling";
import * as cloudwatch from "@aws-sdk/client-cloudwatch";
import * as dynamo from "@aws-sdk/client-dynamodb";
import * as ecs from "@aws-sdk/client-ecs";
import * as elb from "@aws-sdk/client-elastic-load-balancing-v2";
import * as sns from "@aws-sdk/client-sns";
import * as ssm from "@aws-sdk/client-ssm";
import type { Side } from "./worlds.ts";

export interface Call {
  readonly name: string;
  make(side: Side): Promise<unknown>;
}

const call = (name: string, make: Call["make"]): Call => ({ name, make });

const elbv2: Call[] = [
  call("elbv2 DescribeLoadBalancers", ({ clients }) => clients.elb.send(new elb.DescribeLoadBalancersCommand({}))),
  call("elbv2 DescribeLoadBalancers of none", ({ clients }) =>
    clients.elb.send(new elb.DescribeLoadBalancersCommand({ Names: ["none"] })),
  ),
  call("elbv2 DescribeListeners", ({ clients, arns }) =>
    clients.elb.send(new elb.DescribeListenersCommand({ LoadBalancerArn: arns.lb })),
  ),
  call("elbv2 DescribeListeners of none", ({ clients, arns }) =>
    clients.elb.send(new elb.DescribeListenersCommand({ ListenerArns: [`${arns.listener}0`] })),
  ),
  call("elbv2 DescribeRules", ({ clients, arns }) =>
    clients.elb.send(new elb.DescribeRulesCommand({ ListenerArn: arns.listener })),
  ),
  call("elbv2 DescribeRules of none", ({ clients, arns }) =>
    clients.elb.send(new elb.DescribeRulesCommand({ RuleArns: [`${arns.rule}0`] })),
  ),
  call("elbv2 DescribeTargetGroups", ({ clients, arns }) =>
    clients.elb.send(new elb.DescribeTargetGroupsCommand({ LoadBalancerArn: arns.lb })),
  ),
  call("elbv2 DescribeTargetGroups of none", ({ clients }) =>
    clients.elb.send(new elb.DescribeTargetGroupsCommand({ Names: ["none"] })),
  ),
  call("elbv2 DescribeTargetGroupAttributes", ({ clients, arns }) =>
    clients.elb.send(new elb.DescribeTargetGroupAttributesCommand({ TargetGroupArn: arns.blue })),
  ),
  call("elbv2 DescribeTargetHealth of a target that is not there", ({ clients, arns }) =>
    clients.elb.send(
      new elb.DescribeTargetHealthCommand({ TargetGroupArn: arns.green, Targets: [{ Id: "10.0.0.9", Port: 80 }] }),
    ),
  ),
  call("elbv2 DescribeTargetHealth of none", ({ clients, arns }) =>
    clients.elb.send(new elb.DescribeTargetHealthCommand({ TargetGroupArn: `${arns.blue}0` })),
  ),
  call("elbv2 DescribeTags", ({ clients, arns }) =>
    clients.elb.send(new elb.DescribeTagsCommand({ ResourceArns: [arns.lb] })),
  ),
  call("elbv2 ModifyRule", (side) => modify(side, 90)),
  call("elbv2 ModifyRule with a weight of 1000", (side) => modify(side, 1000)),
  call("elbv2 ModifyRule of none", (side) => modify(side, 1, `${side.arns.rule}0`)),
  call("elbv2 ModifyRule to a target group that is not there", ({ clients, arns }) =>
    clients.elb.send(
      new elb.ModifyRuleCommand({
        RuleArn: arns.rule,
        Actions: [{ Type: "forward", TargetGroupArn: `${arns.blue}0` }],
      }),
    ),
  ),
  call("elbv2 ModifyListener", ({ clients, arns }) =>
    clients.elb.send(
      new elb.ModifyListenerCommand({
        ListenerArn: arns.listener,
        DefaultActions: [{ Type: "fixed-response", FixedResponseConfig: { StatusCode: "503" } }],
      }),
    ),
  ),
];

function modify({ clients, arns }: Side, Weight: number, RuleArn = arns.rule) {
  const TargetGroups = [
    { TargetGroupArn: arns.blue, Weight },
    { TargetGroupArn: arns.green, Weight: 10 },
  ];
  const Actions: elb.Action[] = [{ Type: "forward", ForwardConfig: { TargetGroups } }];
  return clients.elb.send(new elb.ModifyRuleCommand({ RuleArn, Actions }));
}

const cluster = "web";
const target = {
  ...{ ServiceNamespace: "ecs" as const, ResourceId: "service/web/hello" },
  ScalableDimension: "ecs:service:DesiredCount" as const,
};

const containers: Call[] = [
  call("ecs DescribeServices", ({ clients }) =>
    clients.ecs.send(new ecs.DescribeServicesCommand({ cluster, services: ["hello"] })),
  ),
  call("ecs DescribeServices of none", ({ clients }) =>
    clients.ecs.send(new ecs.DescribeServicesCommand({ cluster, services: ["none"] })),
  ),
  call("ecs DescribeServices in no cluster", ({ clients }) =>
    clients.ecs.send(new ecs.DescribeServicesCommand({ cluster: "none", services: ["hello"] })),
  ),
  call("ecs ListServices", ({ clients }) => clients.ecs.send(new ecs.ListServicesCommand({ cluster }))),
  call("ecs DescribeTaskDefinition", ({ clients }) =>
    clients.ecs.send(new ecs.DescribeTaskDefinitionCommand({ taskDefinition: "one" })),
  ),
  call("ecs DescribeTaskDefinition of none", ({ clients }) =>
    clients.ecs.send(new ecs.DescribeTaskDefinitionCommand({ taskDefinition: "none" })),
  ),
  call("ecs ListTasks", ({ clients }) => clients.ecs.send(new ecs.ListTasksCommand({ cluster }))),
  call("ecs DescribeTasks", async (side) =>
    side.clients.ecs.send(new ecs.DescribeTasksCommand({ cluster, tasks: [await side.task()] })),
  ),
  call("ecs DescribeTasks of none", ({ clients }) =>
    clients.ecs.send(new ecs.DescribeTasksCommand({ cluster, tasks: ["0".repeat(32)] })),
  ),
  call("ecs UpdateService", ({ clients, arns }) =>
    clients.ecs.send(
      new ecs.UpdateServiceCommand({ cluster, service: "hello", taskDefinition: arns.two, desiredCount: 3 }),
    ),
  ),
  call("ecs UpdateService of none", ({ clients }) =>
    clients.ecs.send(new ecs.UpdateServiceCommand({ cluster, service: "none", desiredCount: 1 })),
  ),
  call("ecs UpdateService to no task definition", ({ clients }) =>
    clients.ecs.send(new ecs.UpdateServiceCommand({ cluster, service: "hello", taskDefinition: "none:1" })),
  ),
  call("application-autoscaling RegisterScalableTarget", ({ clients }) =>
    clients.scaling.send(new scaling.RegisterScalableTargetCommand({ ...target, MinCapacity: 1, MaxCapacity: 4 })),
  ),
  call("application-autoscaling RegisterScalableTarget with a minimum above the maximum", ({ clients }) =>
    clients.scaling.send(new scaling.RegisterScalableTargetCommand({ ...target, MinCapacity: 5 })),
  ),
  call("application-autoscaling RegisterScalableTarget of no service", ({ clients }) =>
    clients.scaling.send(
      new scaling.RegisterScalableTargetCommand({
        ...{ ...target, ResourceId: "service/web/none", MinCapacity: 1, MaxCapacity: 2 },
      }),
    ),
  ),
  call("application-autoscaling DescribeScalableTargets", ({ clients }) =>
    clients.scaling.send(new scaling.DescribeScalableTargetsCommand({ ServiceNamespace: "ecs" })),
  ),
];

const Dimensions = [{ Name: "Colour", Value: "green" }];
const span = () => ({ StartTime: new Date(Date.now() - 600_000), EndTime: new Date(Date.now() + 60_000) });
const put = ({ clients }: Side, Namespace: string, datum: Partial<cloudwatch.MetricDatum>) =>
  clients.cloudwatch.send(
    new cloudwatch.PutMetricDataCommand({ Namespace, MetricData: [{ MetricName: "Errors", Dimensions, ...datum }] }),
  );
const query = (Id: string, Stat: string): cloudwatch.MetricDataQuery => ({
  Id,
  MetricStat: { Metric: { Namespace: "Shop", MetricName: "Errors", Dimensions }, Period: 60, Stat },
});

const metrics: Call[] = [
  call("cloudwatch PutMetricData", (side) => put(side, "Shop", { Values: [1, 2], Counts: [3, 4], Unit: "Count" })),
  call("cloudwatch PutMetricData of AWS's", (side) => put(side, "AWS/Shop", { Value: 1 })),
  call("cloudwatch PutMetricData of no value", (side) => put(side, "Shop", {})),
  call("cloudwatch GetMetricData", ({ clients }) =>
    clients.cloudwatch.send(
      new cloudwatch.GetMetricDataCommand({ ...span(), MetricDataQueries: [query("m1", "Sum"), query("m2", "p99")] }),
    ),
  ),
  call("cloudwatch GetMetricData that ends before it begins", ({ clients }) =>
    clients.cloudwatch.send(
      new cloudwatch.GetMetricDataCommand({
        ...{ StartTime: new Date(1e12), EndTime: new Date(9e11), MetricDataQueries: [query("m1", "Sum")] },
      }),
    ),
  ),
  call("cloudwatch GetMetricStatistics", ({ clients }) =>
    clients.cloudwatch.send(
      new cloudwatch.GetMetricStatisticsCommand({
        ...{ ...span(), Namespace: "Shop", MetricName: "Errors", Dimensions, Period: 60, Statistics: ["Sum"] },
      }),
    ),
  ),
  call("cloudwatch ListMetrics", ({ clients }) =>
    clients.cloudwatch.send(new cloudwatch.ListMetricsCommand({ Namespace: "Shop" })),
  ),
  call("cloudwatch DescribeAlarms", ({ clients }) =>
    clients.cloudwatch.send(new cloudwatch.DescribeAlarmsCommand({ AlarmNames: ["errors"] })),
  ),
];

const parameter = (side: Side, Name: string, more: Partial<ssm.PutParameterRequest> = {}) =>
  side.clients.ssm.send(new ssm.PutParameterCommand({ Name, Value: "1", Type: "String", ...more }));

const parameters: Call[] = [
  call("ssm PutParameter", (side) => parameter(side, "/a/b")),
  call("ssm PutParameter that is there", (side) => parameter(side, "/a/b")),
  call("ssm PutParameter over it", (side) => parameter(side, "/a/b", { Overwrite: true })),
  call("ssm GetParameter", ({ clients }) => clients.ssm.send(new ssm.GetParameterCommand({ Name: "/a/b" }))),
  call("ssm GetParameter of none", ({ clients }) => clients.ssm.send(new ssm.GetParameterCommand({ Name: "/a/c" }))),
  call("ssm GetParameters", ({ clients }) =>
    clients.ssm.send(new ssm.GetParametersCommand({ Names: ["/a/b", "/none"] })),
  ),
  call("ssm GetParametersByPath", ({ clients }) =>
    clients.ssm.send(new ssm.GetParametersByPathCommand({ Path: "/a" })),
  ),
  call("ssm DeleteParameter", ({ clients }) => clients.ssm.send(new ssm.DeleteParameterCommand({ Name: "/a/b" }))),
  call("ssm DeleteParameter of none", ({ clients }) =>
    clients.ssm.send(new ssm.DeleteParameterCommand({ Name: "/a/b" })),
  ),
];

const TableName = "ledger";
const Key = { pk: { S: "hello" }, sk: { N: "1" } };
const once = "attribute_not_exists(pk)";

const tables: Call[] = [
  call("dynamodb DescribeTable", ({ clients }) => clients.dynamo.send(new dynamo.DescribeTableCommand({ TableName }))),
  call("dynamodb DescribeTable of none", ({ clients }) =>
    clients.dynamo.send(new dynamo.DescribeTableCommand({ TableName: "none" })),
  ),
  call("dynamodb PutItem", ({ clients }) =>
    clients.dynamo.send(new dynamo.PutItemCommand({ TableName, Item: { ...Key, n: { N: "1" } } })),
  ),
  call("dynamodb PutItem on a condition that does not hold", ({ clients }) =>
    clients.dynamo.send(new dynamo.PutItemCommand({ TableName, Item: Key, ConditionExpression: once })),
  ),
  call("dynamodb PutItem without a key", ({ clients }) =>
    clients.dynamo.send(new dynamo.PutItemCommand({ TableName, Item: { pk: { S: "x" } } })),
  ),
  call("dynamodb GetItem", ({ clients }) =>
    clients.dynamo.send(new dynamo.GetItemCommand({ TableName, Key, ReturnConsumedCapacity: "TOTAL" })),
  ),
  call("dynamodb UpdateItem", ({ clients }) =>
    clients.dynamo.send(
      new dynamo.UpdateItemCommand({
        ...{ TableName, Key, UpdateExpression: "SET n = n + :one", ReturnValues: "ALL_NEW" },
        ExpressionAttributeValues: { ":one": { N: "1" } },
      }),
    ),
  ),
  call("dynamodb UpdateItem of a part of the key", ({ clients }) =>
    clients.dynamo.send(
      new dynamo.UpdateItemCommand({
        ...{ TableName, Key, UpdateExpression: "SET pk = :p", ExpressionAttributeValues: { ":p": { S: "y" } } },
      }),
    ),
  ),
  call("dynamodb Query", ({ clients }) =>
    clients.dynamo.send(
      new dynamo.QueryCommand({
        ...{ TableName, KeyConditionExpression: "pk = :p", ExpressionAttributeValues: { ":p": { S: "hello" } } },
      }),
    ),
  ),
  call("dynamodb Scan", ({ clients }) => clients.dynamo.send(new dynamo.ScanCommand({ TableName }))),
  call("dynamodb TransactWriteItems on a condition that does not hold", ({ clients }) =>
    clients.dynamo.send(
      new dynamo.TransactWriteItemsCommand({
        TransactItems: [{ Put: { TableName, Item: Key, ConditionExpression: once } }],
      }),
    ),
  ),
  call("dynamodb DeleteItem", ({ clients }) =>
    clients.dynamo.send(new dynamo.DeleteItemCommand({ TableName, Key, ReturnValues: "ALL_OLD" })),
  ),
];

const topics: Call[] = [
  call("sns Publish", ({ clients, arns }) =>
    clients.sns.send(new sns.PublishCommand({ TopicArn: arns.topic, Message: "x", Subject: "s" })),
  ),
  call("sns Publish to none", ({ clients, arns }) =>
    clients.sns.send(new sns.PublishCommand({ TopicArn: `${arns.topic}0`, Message: "x" })),
  ),
  call("sns Publish of nothing", ({ clients, arns }) =>
    clients.sns.send(new sns.PublishCommand({ TopicArn: arns.topic, Message: "" })),
  ),
];

const configurations: Call[] = [
  call("appconfig GetConfigurationProfile", ({ clients, profile }) =>
    clients.appconfig.send(new appconfig.GetConfigurationProfileCommand(profile)),
  ),
  call("appconfig GetConfigurationProfile of none", ({ clients, profile }) =>
    clients.appconfig.send(
      new appconfig.GetConfigurationProfileCommand({ ...profile, ConfigurationProfileId: "zzzzzzz" }),
    ),
  ),
  call("appconfig ListConfigurationProfiles", ({ clients, profile: { ApplicationId } }) =>
    clients.appconfig.send(new appconfig.ListConfigurationProfilesCommand({ ApplicationId })),
  ),
  call("appconfig CreateHostedConfigurationVersion", ({ clients, profile }) =>
    clients.appconfig.send(
      new appconfig.CreateHostedConfigurationVersionCommand({
        ...{ ...profile, Content: Buffer.from("{}"), ContentType: "application/json", VersionLabel: "one" },
      }),
    ),
  ),
  call("appconfig GetHostedConfigurationVersion", ({ clients, profile }) =>
    clients.appconfig.send(new appconfig.GetHostedConfigurationVersionCommand({ ...profile, VersionNumber: 1 })),
  ),
  call("appconfig GetHostedConfigurationVersion of none", ({ clients, profile }) =>
    clients.appconfig.send(new appconfig.GetHostedConfigurationVersionCommand({ ...profile, VersionNumber: 9 })),
  ),
];

export const CALLS: readonly Call[] = [
  ...elbv2,
  ...containers,
  ...metrics,
  ...parameters,
  ...tables,
  ...topics,
  ...configurations,
];
