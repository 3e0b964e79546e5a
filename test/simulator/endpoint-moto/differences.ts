/** Where the endpoint and moto answer differently, and which of them does as AWS does. */

export interface Difference {
  readonly call: string;
  /** A line as the comparison writes it, such as `+ Rules[].Conditions[].Values`. */
  readonly line: string;
  readonly reason: string;
}

const list = (call: string, reason: string, ...lines: string[]): Difference[] =>
  lines.map((line) => ({ call, line, reason }));

const DOCUMENTED = "in the API reference; moto leaves it out";
const NOT_CHECKED = "documented as refused; moto does not check it";

/** Members of a service, in the answers of two operations. */
const service = (call: string, at: string): Difference[] => [
  ...list(
    call,
    DOCUMENTED,
    ...[
      ...["availabilityZoneRebalancing", "createdAt", "deploymentConfiguration"],
      ...["deployments[].networkConfiguration.awsvpcConfiguration.assignPublicIp", "deployments[].platformVersion"],
      ...["enableECSManagedTags", "enableExecuteCommand", "healthCheckGracePeriodSeconds"],
      ...["networkConfiguration.awsvpcConfiguration.assignPublicIp", "placementConstraints", "placementStrategy"],
      ...["platformFamily", "platformVersion"],
    ].map((member) => `+ ${at}.${member}`),
  ),
  ...list(call, "task sets are of services with an external deployment controller", `- ${at}.taskSets`),
];

export const DIFFERENCES: readonly Difference[] = [
  ...list(
    "elbv2 DescribeLoadBalancers",
    DOCUMENTED,
    "+ LoadBalancers[].AvailabilityZones[].LoadBalancerAddresses",
    "+ LoadBalancers[].Scheme",
  ),
  ...["elbv2 DescribeListeners", "elbv2 ModifyListener"].flatMap((call) =>
    list(call, "ALPN policies are of TLS listeners", "- Listeners[].AlpnPolicy"),
  ),
  ...["elbv2 DescribeRules", "elbv2 ModifyRule"].flatMap((call) =>
    list(call, "AWS gives path patterns in the old form too", "+ Rules[].Conditions[].Values"),
  ),
  ...list(
    "elbv2 DescribeTargetHealth of a target that is not there",
    "what is not registered is not checked",
    "- TargetHealthDescriptions[].HealthCheckPort",
  ),
  ...list(
    "elbv2 ModifyRule with a weight of 1000",
    "weights go from 0 to 999; moto does not check it",
    "~ error: ValidationError here, answered by moto",
  ),
  ...service("ecs DescribeServices", "services[]"),
  ...service("ecs UpdateService", "service"),
  ...list("ecs UpdateService", "tags are given where they are asked for", "- service.tags"),
  ...list("ecs DescribeTaskDefinition", DOCUMENTED, "+ taskDefinition.registeredAt"),
  ...list(
    "ecs DescribeTasks",
    DOCUMENTED,
    ...["availabilityZone", "connectivity", "cpu", "createdAt", "healthStatus", "memory"].map(
      (one) => `+ tasks[].${one}`,
    ),
    ...["containerOverrides", "inferenceAcceleratorOverrides"].map((one) => `+ tasks[].overrides.${one}`),
    ...["platformFamily", "platformVersion", "startedAt", "version"].map((one) => `+ tasks[].${one}`),
  ),
  ...list(
    "ecs DescribeTasks",
    "of stopped tasks; this one runs",
    "- tasks[].containers[].exitCode",
    "- tasks[].stoppedReason",
  ),
  ...list(
    "application-autoscaling RegisterScalableTarget with a minimum above the maximum",
    NOT_CHECKED,
    "~ error: ValidationException here, answered by moto",
  ),
  ...list(
    "application-autoscaling DescribeScalableTargets",
    DOCUMENTED,
    "+ ScalableTargets[].RoleARN",
    "+ ScalableTargets[].SuspendedState",
  ),
  ...list(
    "cloudwatch PutMetricData of AWS's",
    "namespaces that begin with AWS/ are reserved; moto takes them",
    "~ error: InvalidParameterValueException here, answered by moto",
  ),
  ...list(
    "cloudwatch PutMetricData of no value",
    NOT_CHECKED,
    "~ error: MissingRequiredParameterException here, answered by moto",
  ),
  ...list("cloudwatch GetMetricData", DOCUMENTED, "+ Messages"),
  ...list("cloudwatch GetMetricStatistics", DOCUMENTED, "+ Datapoints[].Unit"),
  ...list(
    "cloudwatch DescribeAlarms",
    DOCUMENTED,
    "+ MetricAlarms[].StateTransitionedTimestamp",
    "+ MetricAlarms[].TreatMissingData",
  ),
  ...list("cloudwatch DescribeAlarms", "of alarms with metric maths", "- MetricAlarms[].Metrics"),
  ...list(
    "cloudwatch DescribeAlarms",
    "not kept here: the datapoints behind a state",
    "- MetricAlarms[].StateReasonData",
  ),
  ...list(
    "dynamodb DescribeTable",
    "of tables that have indexes",
    "- Table.GlobalSecondaryIndexes",
    "- Table.LocalSecondaryIndexes",
  ),
  ...list("dynamodb DescribeTable", DOCUMENTED, "+ Table.TableClassSummary"),
  ...["dynamodb GetItem", "dynamodb UpdateItem"].flatMap((call) =>
    list(call, "consumed capacity is not counted here", "- ConsumedCapacity"),
  ),
  ...list(
    "sns Publish of nothing",
    "an empty message is refused; moto takes it",
    "~ error: InvalidParameterException here, answered by moto",
  ),
  ...list("appconfig GetConfigurationProfile", DOCUMENTED, "+ Validators"),
  ...list("appconfig ListConfigurationProfiles", DOCUMENTED, "+ Items[].ValidatorTypes"),
  ...["CreateHostedConfigurationVersion", "GetHostedConfigurationVersion"].flatMap((operation) =>
    list(`appconfig ${operation}`, "this version has none; moto sends an empty one", "- Description"),
  ),
];
