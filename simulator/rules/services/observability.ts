/** CloudWatch and its logs. */
import { isObject, type Json } from "../../provider/values.ts";
import { principalsOf, statementsOf } from "../documents.ts";
import { type Known, parseJson } from "../known.ts";
import { any, atLeast, between, divisibleBy, lengthBetween, matches, maxItems, oneOf } from "../limits.ts";
import { limited, type Refusal, refers, refusal, type ServiceRules, type Subject } from "../types.ts";
import * as to from "./targets.ts";

/** Amazon CloudWatch Logs API reference, PutRetentionPolicy; 0 keeps events for ever. */
const RETENTION = [
  ...[0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653],
];

const OPERATORS = [
  ...["GreaterThanOrEqualToThreshold", "GreaterThanThreshold", "LessThanThreshold", "LessThanOrEqualToThreshold"],
  ...["LessThanLowerOrGreaterThanUpperThreshold", "LessThanLowerThreshold", "GreaterThanUpperThreshold"],
];

export const OBSERVABILITY: ServiceRules = {
  references: [
    ...refers("cloudwatch/LogStream", { logGroupName: to.LOG_GROUP }),
    ...refers("cloudwatch/LogMetricFilter", { logGroupName: to.LOG_GROUP }),
    ...refers("cloudwatch/LogSubscriptionFilter", { logGroup: to.LOG_GROUP }),
    ...refers("cloudwatch/LogGroup", {
      kmsKeyId: {
        to: to.KMS_KEY,
        missing: refusal("InvalidParameterException", "The specified KMS Key Id could not be found."),
      },
    }),
  ],
  limits: [
    ...limited("cloudwatch/LogGroup", {
      name: matches(/^[\w./#-]{1,512}$/, "must be 1 to 512 of the characters a-zA-Z0-9._/#-"),
      retentionInDays: oneOf(...RETENTION),
      logGroupClass: oneOf("STANDARD", "INFREQUENT_ACCESS", "DELIVERY"),
    }),
    ...limited("cloudwatch/MetricAlarm", {
      name: lengthBetween(1, 255),
      alarmActions: maxItems(5),
      okActions: maxItems(5),
      insufficientDataActions: maxItems(5),
      alarmDescription: lengthBetween(0, 1024),
      comparisonOperator: oneOf(...OPERATORS),
      datapointsToAlarm: atLeast(1),
      evaluationPeriods: atLeast(1),
      period: any(oneOf(10, 20, 30), divisibleBy(60)),
      "metricQueries[*].period": any(oneOf(1, 5, 10, 20, 30), divisibleBy(60)),
      "metricQueries[*].metric.period": any(oneOf(1, 5, 10, 20, 30), divisibleBy(60)),
      statistic: oneOf("SampleCount", "Average", "Sum", "Minimum", "Maximum"),
      extendedStatistic: matches(
        /^((p|tm|wm|tc|ts)(\d{1,2}(\.\d{1,2})?|100)|IQM|(TM|WM|PR|TC|TS)\((\d+(\.\d+)?%?)?:(\d+(\.\d+)?%?)?\))$/,
        "invalid statistic, see: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html",
      ),
      treatMissingData: oneOf("breaching", "notBreaching", "ignore", "missing"),
    }),
    ...limited("cloudwatch/CompositeAlarm", { alarmRule: lengthBetween(1, 10_240) }),
    ...limited("cloudwatch/EventArchive", { retentionDays: between(0, 2_147_483_647) }),
  ],
  plans: [{ types: ["cloudwatch/MetricAlarm"], refuse: alarmPlan }],
  requests: [
    { types: ["cloudwatch/LogGroup"], refuse: logGroup },
    { types: ["cloudwatch/LogGroup"], refuse: logKey },
    { types: ["cloudwatch/LogMetricFilter"], refuse: metricFilter },
    { types: ["cloudwatch/LogSubscriptionFilter"], refuse: subscriptions },
    { types: ["cloudwatch/MetricAlarm"], refuse: alarm },
    { types: ["cloudwatch/CompositeAlarm"], refuse: compositeAlarm },
    { types: ["cloudwatch/Dashboard"], refuse: dashboard },
  ],
};

function alarmPlan(values: Known): string | undefined {
  const [statistic, extended] = [values.has("statistic"), values.has("extendedStatistic")];
  if (values.has("metricName") && statistic === extended) {
    return "One of `statistic` or `extended_statistic` must be set for a cloudwatch metric alarm";
  }
  return values.items("metricQueries").some((query) => query.has("expression") && query.has("metric"))
    ? "No metric_query may have both `expression` and a `metric` specified"
    : undefined;
}

function logGroup({ values }: Subject): Refusal | undefined {
  return /^aws\//i.test(values.text("name") ?? "")
    ? refusal("InvalidParameterException", "Log groups starting with AWS/ are reserved for AWS.")
    : undefined;
}

/** The service writes with the key itself, so the key's policy has to let it. */
function logKey({ values, account }: Subject): Refusal | undefined {
  const reference = values.text("kmsKeyId");
  const found = account.find(["kms/Key", "kms/ReplicaKey"], reference);
  if (reference === undefined || found === undefined) return undefined;
  const apart = account
    .mentioning("kms/KeyPolicy", found.id)
    .concat(found.arn === undefined ? [] : account.mentioning("kms/KeyPolicy", found.arn))
    .flatMap(({ state }) => statementsOf(state.text("policy")));
  const open = [...apart, ...statementsOf(found.inputs.text("policy"))].some(
    (statement) =>
      statement.Effect === "Allow" &&
      principalsOf(statement, "Service").some((one) => one === "*" || /^logs(\.[\w-]+)?\.amazonaws\.com/.test(one)),
  );
  const unknown = found.inputs.has("policy") && found.inputs.text("policy") === undefined;
  return open || unknown
    ? undefined
    : refusal(
        "AccessDeniedException",
        `The specified KMS key does not exist or is not allowed to be used with Arn 'arn:aws:logs:${account.region}:${account.id}:log-group:${values.text("name")}'`,
      );
}

function metricFilter({ values }: Subject): Refusal | undefined {
  const { dimensions, defaultValue } = {
    dimensions: "metricTransformation.dimensions",
    defaultValue: "metricTransformation.defaultValue",
  };
  return values.has(dimensions) && values.has(defaultValue)
    ? refusal(
        "InvalidParameterException",
        "Invalid metric transformation: dimensions and default value are mutually exclusive properties.",
      )
    : undefined;
}

function subscriptions({ values, id, account }: Subject): Refusal | undefined {
  const group = values.text("logGroup");
  if (id !== undefined || group === undefined) return undefined;
  const others = account
    .mentioning("cloudwatch/LogSubscriptionFilter", group)
    .filter(({ state }) => state.text("logGroup") === group && state.text("name") !== values.text("name"));
  return others.length >= 2 ? refusal("LimitExceededException", "Resource limit exceeded.") : undefined;
}

function alarm({ values }: Subject): Refusal | undefined {
  const invalid = (message: string) => refusal("ValidationError", message);
  const periods = values.number("evaluationPeriods") ?? 1;
  if ((values.number("datapointsToAlarm") ?? 0) > periods) {
    return invalid("DatapointsToAlarm must be less than or equal to EvaluationPeriods");
  }
  const queries = values.items("metricQueries");
  if (queries.length === 0 && values.has("metricName") && !values.has("period")) {
    return invalid("Period must not be null");
  }
  if (queries.length === 0 && !values.has("metricName")) {
    return invalid("Exactly one of the MetricName or Metrics parameters must be specified");
  }
  if (queries.length > 0) {
    const returning = queries.filter((query) => query.flag("returnData")).length;
    if (returning !== 1 && !values.has("thresholdMetricId")) {
      return invalid("Exactly one element of the metrics list should return data.");
    }
  }
  const seconds = (values.number("period") ?? 60) * periods;
  const longest = (values.number("period") ?? 60) >= 3600 ? 604_800 : 86_400;
  return seconds > longest
    ? invalid("Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400).")
    : undefined;
}

/** Names in ALARM("…"), OK("…") and INSUFFICIENT_DATA("…") have to be alarms. */
function compositeAlarm({ values, account }: Subject): Refusal | undefined {
  const rule = values.text("alarmRule") ?? "";
  const invalid = (message: string) => refusal("ValidationError", message);
  if (!/\b(ALARM|OK|INSUFFICIENT_DATA)\s*\(|\b(TRUE|FALSE)\b/.test(rule)) {
    return invalid("AlarmRule must contain at least one of ALARM, OK or INSUFFICIENT_DATA");
  }
  for (const [, quoted, bare] of rule.matchAll(
    /\b(?:ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?:"([^"]+)"|([^")\s]+))\s*\)/g,
  )) {
    const name = (quoted ?? bare ?? "").replace(/^arn:.*:alarm:/, "");
    if (!account.exists(["cloudwatch/MetricAlarm", "cloudwatch/CompositeAlarm"], name)) {
      return invalid(`Could not save the composite alarm as alarms [${name}] in the alarm rule do not exist`);
    }
  }
  return undefined;
}

function dashboard({ values }: Subject): Refusal | undefined {
  const text = values.text("dashboardBody");
  if (text === undefined) return undefined;
  const invalid = (dataPath: string, message: string) =>
    refusal(
      "InvalidParameterInput",
      `The dashboard body is invalid, there are 1 validation errors: ${JSON.stringify([{ dataPath, message }])}`,
    );
  const { value, problem } = parseJson(text);
  if (problem !== undefined) {
    return refusal("InvalidParameterInput", "The field DashboardBody must be a valid JSON object");
  }
  if (!isObject(value) || !Array.isArray(value.widgets)) return invalid("", "Should have required property 'widgets'");
  for (const [at, widget] of value.widgets.entries()) {
    const answer = widgetProblem(widget, `/widgets/${at}`);
    if (answer !== undefined) return invalid(...answer);
  }
  return undefined;
}

function widgetProblem(widget: Json, path: string): [string, string] | undefined {
  if (!isObject(widget)) return [path, "Should be object"];
  if (widget.type === undefined) return [path, "Should have required property 'type'"];
  const { properties } = widget;
  if (!isObject(properties)) return [path, "Should have required property 'properties'"];
  if (widget.type !== "metric") return undefined;
  if (properties.region === undefined) return [`${path}/properties`, "Should have required property 'region'"];
  const { metrics } = properties;
  if (metrics === undefined && properties.annotations === undefined) {
    return [`${path}/properties`, "Should have required property 'metrics'"];
  }
  if (metrics !== undefined && !Array.isArray(metrics)) return [`${path}/properties/metrics`, "Should be array"];
  const flat = Array.isArray(metrics) ? metrics.findIndex((one) => !Array.isArray(one)) : -1;
  return flat < 0 ? undefined : [`${path}/properties/metrics/${flat}`, "Should be array"];
}
