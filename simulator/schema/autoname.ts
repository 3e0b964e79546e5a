/**
 * Names for resources whose name was left unset.
 *
 * `@pulumi/aws` fills in a type's name property with the logical name, a dash and seven random hex digits. Which
 * property it is and how long it may get are the provider's and the services' own rules; lengths are from each
 * service's API reference (`CreateLoadBalancer.Name`, `CreateRole.RoleName` …).
 */
import type { AutonameRule, Json, PropertySchema } from "./types.ts";

interface Limit {
  readonly property?: string;
  readonly max?: number;
  readonly lower?: boolean;
  readonly prefix?: string;
  readonly suffix?: AutonameRule["suffix"];
}

type Inputs = Readonly<Record<string, Json>>;

const fifo =
  (flag: string) =>
  (inputs: Inputs): string =>
    inputs[flag] === true ? ".fifo" : "";

/** Types whose rule differs from "`name`, 255 characters". */
const LIMITS: Readonly<Record<string, Limit>> = {
  "apigateway/RestApi": { max: 1024 },
  "appautoscaling/Policy": { max: 255 },
  "autoscaling/Group": { max: 255 },
  "autoscaling/Policy": { max: 255 },
  "backup/Plan": { max: 50 },
  "backup/Selection": { max: 50 },
  "backup/Vault": { max: 50 },
  "batch/ComputeEnvironment": { max: 128 },
  "batch/JobDefinition": { max: 128 },
  "batch/JobQueue": { max: 128 },
  "budgets/Budget": { max: 100 },
  "cfg/Rule": { max: 64 },
  "cloudtrail/Trail": { max: 128 },
  "cloudwatch/EventArchive": { max: 48 },
  "cloudwatch/EventConnection": { max: 64 },
  "cloudwatch/EventApiDestination": { max: 64 },
  "cloudwatch/EventRule": { max: 64 },
  "cloudwatch/LogGroup": { max: 512 },
  "cloudwatch/LogStream": { max: 512 },
  "cloudwatch/LogMetricFilter": { max: 512 },
  "cloudwatch/LogSubscriptionFilter": { max: 512 },
  "codebuild/Project": { max: 255 },
  "codepipeline/Pipeline": { max: 100 },
  "cognito/UserPool": { max: 128 },
  "dynamodb/Table": { max: 255 },
  "ec2/KeyPair": { property: "keyName", max: 255 },
  "ec2/LaunchTemplate": { max: 128 },
  "ec2/LaunchConfiguration": { max: 255 },
  "ec2/SecurityGroup": { max: 255 },
  "ecr/Repository": { max: 256, lower: true },
  "ecs/CapacityProvider": { max: 255 },
  "ecs/Cluster": { max: 255 },
  "ecs/Service": { max: 255 },
  "efs/FileSystem": { property: "creationToken", max: 64 },
  "eks/Cluster": { max: 100 },
  "eks/FargateProfile": { property: "fargateProfileName", max: 63 },
  "eks/NodeGroup": { property: "nodeGroupName", max: 63 },
  "elasticache/Cluster": { property: "clusterId", max: 50, lower: true },
  "elasticache/ParameterGroup": { max: 255, lower: true },
  "elasticache/ReplicationGroup": { property: "replicationGroupId", max: 40, lower: true },
  "elasticache/SubnetGroup": { max: 255, lower: true },
  "elb/LoadBalancer": { max: 32 },
  "iam/Group": { max: 128 },
  "iam/GroupPolicy": { max: 128 },
  "iam/InstanceProfile": { max: 128 },
  "iam/Policy": { max: 128 },
  "iam/PolicyAttachment": { max: 128 },
  "iam/Role": { max: 64 },
  "iam/RolePolicy": { max: 128 },
  "iam/ServerCertificate": { max: 128 },
  "iam/User": { max: 64 },
  "iam/UserPolicy": { max: 128 },
  "kinesis/FirehoseDeliveryStream": { max: 64 },
  "kinesis/Stream": { max: 128 },
  "kms/Alias": { max: 256, prefix: "alias/" },
  "lambda/Alias": { max: 128 },
  "lambda/Function": { max: 64 },
  "lb/LoadBalancer": { max: 32 },
  "lb/TargetGroup": { max: 32 },
  "lb/TrustStore": { max: 32 },
  "memorydb/Cluster": { max: 40, lower: true },
  "mq/Broker": { property: "brokerName", max: 50 },
  "msk/Cluster": { property: "clusterName", max: 64 },
  "neptune/Cluster": { property: "clusterIdentifier", max: 63, lower: true },
  "neptune/ClusterInstance": { property: "identifier", max: 63, lower: true },
  "docdb/Cluster": { property: "clusterIdentifier", max: 63, lower: true },
  "docdb/ClusterInstance": { property: "identifier", max: 63, lower: true },
  "rds/Cluster": { property: "clusterIdentifier", max: 63, lower: true },
  "rds/ClusterInstance": { property: "identifier", max: 63, lower: true },
  "rds/ClusterParameterGroup": { max: 255, lower: true },
  "rds/EventSubscription": { max: 255 },
  "rds/Instance": { property: "identifier", max: 63, lower: true },
  "rds/OptionGroup": { max: 255, lower: true },
  "rds/ParameterGroup": { max: 255, lower: true },
  "rds/Proxy": { max: 60, lower: true },
  "rds/SubnetGroup": { max: 255, lower: true },
  "redshift/ParameterGroup": { max: 255, lower: true },
  "redshift/SubnetGroup": { max: 255, lower: true },
  "s3/Bucket": { property: "bucket", max: 63, lower: true },
  "s3/BucketV2": { property: "bucket", max: 63, lower: true },
  "s3/AccessPoint": { max: 50, lower: true },
  "scheduler/Schedule": { max: 64 },
  "scheduler/ScheduleGroup": { max: 64 },
  "secretsmanager/Secret": { max: 512 },
  "sfn/Activity": { max: 80 },
  "sfn/StateMachine": { max: 80 },
  "sns/Topic": { max: 256, suffix: fifo("fifoTopic") },
  "sqs/Queue": { max: 80, suffix: fifo("fifoQueue") },
  "ssm/Parameter": { max: 2048 },
  "ssm/Document": { max: 128 },
  "synthetics/Canary": { max: 21, lower: true },
  "wafv2/IpSet": { max: 128 },
  "wafv2/RuleGroup": { max: 128 },
  "wafv2/WebAcl": { max: 128 },
  "workspaces/IpGroup": { max: 63 },
};

/**
 * Types whose optional `name` is no free choice: it is a domain, a setting, or the service generates it.
 */
const UNNAMED = new Set([
  "acm/Certificate",
  "cloudwatch/EventPermission",
  "ecs/AccountSettingDefault",
  "route53/Record",
  "route53/Zone",
  "rds/ProxyDefaultTargetGroup",
]);

/** For types without a known limit: the longest most services take. */
const LONGEST = 255;

/**
 * @param name `module/Type`
 */
export function autonameOf(name: string, inputs: ReadonlyMap<string, PropertySchema>): AutonameRule | undefined {
  const canonical = name.replace(/^alb\//, "lb/");
  const limit = LIMITS[canonical];
  const property = limit?.property ?? "name";
  const input = inputs.get(property);
  if (UNNAMED.has(canonical) || input === undefined || input.required || input.type.kind !== "string") return undefined;
  return {
    property,
    maxLength: limit?.max ?? LONGEST,
    lowerCase: limit?.lower ?? false,
    separator: "-",
    prefix: limit?.prefix ?? "",
    ...(limit?.suffix ? { suffix: limit.suffix } : {}),
  };
}

/**
 * The name for a resource that was given none.
 *
 * @param inputs decide the suffix of FIFO queues and topics
 * @param randomHex seven of its digits end the name
 * @throws Error when the logical name leaves no room: a shortened name could be that of another resource
 */
export function autoname(
  rule: AutonameRule,
  logicalName: string,
  inputs: Inputs,
  randomHex: (length: number) => string,
): string {
  const suffix = rule.suffix?.(inputs) ?? "";
  const base = rule.lowerCase ? logicalName.toLowerCase() : logicalName;
  const name = `${rule.prefix}${base}${rule.separator}${randomHex(RANDOM_LENGTH)}${suffix}`;
  if (name.length > rule.maxLength) {
    const room = rule.maxLength - rule.prefix.length - rule.separator.length - RANDOM_LENGTH - suffix.length;
    throw new Error(
      `the generated name "${name}" has ${name.length} characters and ${rule.property} takes ${rule.maxLength}. ` +
        `Shorten the logical name "${logicalName}" to ${room} characters or set ${rule.property}.`,
    );
  }
  return name;
}

const RANDOM_LENGTH = 7;
