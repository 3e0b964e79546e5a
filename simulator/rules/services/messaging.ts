/** SNS, SQS, Lambda, EventBridge. */
import { isObject } from "../../provider/values.ts";
import { allowsAction, documentProblem, principalsOf, statementsOf } from "../documents.ts";
import { type Known, parseJson } from "../known.ts";
import { arn, between, json, lengthBetween, matches, oneOf, policyJson } from "../limits.ts";
import { isSchedule } from "../schedule.ts";
import { limited, type Refusal, refers, refusal, type ServiceRules, type Subject } from "../types.ts";
import * as to from "./targets.ts";

const lambdaMissing = (what: string) => ({
  missing: refusal(
    "InvalidParameterValueException",
    `Error occurred while DescribeSecurityGroups. EC2 Error Code: ${what}`,
  ),
});

export const MESSAGING: ServiceRules = {
  references: [
    ...refers("sns/TopicSubscription", { topic: to.TOPIC }),
    ...refers("sns/TopicPolicy", { arn: to.TOPIC }),
    ...refers("sqs/QueuePolicy", { queueUrl: to.QUEUE }),
    ...refers("lambda/Function", {
      role: {
        to: to.ROLE,
        missing: refusal(
          "InvalidParameterValueException",
          "The role defined for the function cannot be assumed by Lambda.",
        ),
      },
      "vpcConfig.subnetIds[*]": {
        to: to.SUBNET,
        missing: refusal(
          "InvalidParameterValueException",
          "Error occurred while DescribeSubnets. EC2 Error Code: InvalidSubnetID.NotFound. EC2 Error Message: The subnet ID '{}' does not exist",
        ),
        blocks: true,
      },
      "vpcConfig.securityGroupIds[*]": {
        to: to.SECURITY_GROUP,
        ...lambdaMissing("InvalidGroup.NotFound. EC2 Error Message: The security group '{}' does not exist"),
        blocks: true,
      },
    }),
    ...refers("lambda/Permission", { function: to.FUNCTION }),
    ...refers("lambda/Alias", { functionName: to.FUNCTION }),
    ...refers("lambda/EventSourceMapping", {
      functionName: { to: to.FUNCTION, missing: refusal("InvalidParameterValueException", "Function does not exist") },
    }),
    ...refers("lambda/FunctionUrl", { functionName: to.FUNCTION }),
    ...refers("cloudwatch/EventTarget", { rule: { to: to.EVENT_RULE, blocks: true }, eventBusName: to.EVENT_BUS }),
    ...refers("cloudwatch/EventRule", { eventBusName: to.EVENT_BUS }),
  ],
  limits: [
    ...limited("sns/Topic", { policy: policyJson }),
    ...limited("sns/TopicPolicy", { policy: policyJson }),
    ...limited("sns/TopicSubscription", {
      protocol: oneOf("application", "email", "email-json", "firehose", "http", "https", "lambda", "sms", "sqs"),
      filterPolicy: json,
      topic: arn,
    }),
    ...limited("sqs/Queue", {
      delaySeconds: between(0, 900),
      maxMessageSize: between(1024, 1_048_576),
      messageRetentionSeconds: between(60, 1_209_600),
      visibilityTimeoutSeconds: between(0, 43_200),
      kmsDataKeyReusePeriodSeconds: between(60, 86_400),
      redrivePolicy: json,
      policy: json,
    }),
    ...limited("lambda/Function", {
      memorySize: between(128, 32_768),
      reservedConcurrentExecutions: between(-1, 2_147_483_647),
      role: arn,
      "ephemeralStorage.size": between(512, 10_240),
    }),
    ...limited("cloudwatch/EventRule", {
      name: matches(
        /^[0-9A-Za-z_.-]{1,64}$/,
        "must contain only alphanumeric characters, underscores, hyphens or periods",
      ),
      description: lengthBetween(0, 512),
      scheduleExpression: lengthBetween(0, 256),
    }),
  ],
  plans: [{ types: ["sqs/Queue"], refuse: queuePlan }],
  requests: [
    { types: ["sns/TopicSubscription"], refuse: endpoint },
    { types: ["sns/TopicPolicy"], refuse: topicPolicy },
    { types: ["sqs/Queue"], refuse: redrive },
    { types: ["lambda/Function"], refuse: lambda },
    { types: ["cloudwatch/EventRule"], refuse: eventRule },
  ],
};

const ENDPOINTS: Readonly<Record<string, readonly [RegExp, string]>> = {
  email: [/^[^@\s]+@[^@\s]+$/, "Invalid parameter: Email address"],
  "email-json": [/^[^@\s]+@[^@\s]+$/, "Invalid parameter: Email address"],
  https: [/^https:\/\//, "Invalid parameter: Endpoint must match the specified protocol"],
  http: [/^http:\/\//, "Invalid parameter: Endpoint must match the specified protocol"],
  sqs: [/^arn:[^:]*:sqs:/, "Invalid parameter: SQS endpoint ARN"],
  lambda: [/^arn:[^:]*:lambda:/, "Invalid parameter: Lambda endpoint ARN"],
  sms: [/^\+?[\d-]+$/, "Invalid parameter: Invalid SMS endpoint"],
};

function endpoint({ values }: Subject): Refusal | undefined {
  const [protocol, target] = [values.text("protocol"), values.text("endpoint")];
  const rule = ENDPOINTS[protocol ?? ""];
  return rule === undefined || target === undefined || rule[0].test(target)
    ? undefined
    : refusal("InvalidParameter", rule[1]);
}

function topicPolicy({ values }: Subject): Refusal | undefined {
  const text = values.text("policy");
  const problem = text === undefined ? undefined : documentProblem(text, "resource");
  return problem === undefined ? undefined : refusal("InvalidParameter", `Invalid parameter: Policy Error: ${problem}`);
}

/** The provider checks the name of a queue when it plans. */
function queuePlan(values: Known): string | undefined {
  const name = values.text("name");
  const fifo = values.flag("fifoQueue");
  if (name !== undefined && !(fifo ? /^[0-9A-Za-z_-]{1,75}\.fifo$/ : /^[0-9A-Za-z_-]{1,80}$/).test(name)) {
    return `invalid queue name: ${name}`;
  }
  return !fifo && values.flag("contentBasedDeduplication")
    ? "content-based deduplication can only be set for FIFO queue"
    : undefined;
}

function redrive({ values, account }: Subject): Refusal | undefined {
  const text = values.text("redrivePolicy");
  if (text === undefined) return undefined;
  const invalid = (why: string) =>
    refusal("InvalidParameterValue", `Value ${text} for parameter RedrivePolicy is invalid. Reason: ${why}`);
  const { value } = parseJson(text);
  const policy = isObject(value) ? value : {};
  const target = policy.deadLetterTargetArn;
  if (typeof target !== "string")
    return invalid("Redrive policy does not contain mandatory attribute: deadLetterTargetArn.");
  if (policy.maxReceiveCount === undefined) {
    return invalid("Redrive policy does not contain mandatory attribute: maxReceiveCount.");
  }
  const count = Number(policy.maxReceiveCount);
  if (!(count >= 1 && count <= 1000))
    return invalid(
      "Invalid value for maxReceiveCount: " +
        String(policy.maxReceiveCount) +
        ", valid values are from 1 to 1000 both inclusive.",
    );
  const own = target.includes(`:${account.id}:`);
  return own && !account.exists(to.QUEUE.types, target) ? invalid("Dead letter target does not exist.") : undefined;
}

function lambda({ values, account }: Subject): Refusal | undefined {
  const invalid = (message: string) => refusal("InvalidParameterValueException", message);
  const role = account.find(to.ROLE.types, values.text("role"))?.state.text("assumeRolePolicy");
  const trusted =
    role === undefined ||
    statementsOf(role).some(
      (statement) =>
        allowsAction(statement, "sts:AssumeRole") &&
        principalsOf(statement, "Service").some((one) => one === "*" || one === "lambda.amazonaws.com"),
    );
  if (!trusted) return invalid("The role defined for the function cannot be assumed by Lambda.");
  const timeout = values.number("timeout");
  if (timeout !== undefined && (timeout < 1 || timeout > 900)) {
    return refusal(
      "ValidationException",
      `1 validation error detected: Value '${timeout}' at 'timeout' failed to satisfy constraint: Member must have value ${timeout < 1 ? "greater than or equal to 1" : "less than or equal to 900"}`,
    );
  }
  const image = values.text("packageType") === "Image";
  if (!image && !values.has("runtime")) return invalid("Runtime is mandatory in the request.");
  if (!image && !values.has("handler")) return invalid("Handler is mandatory in the request.");
  const reserved =
    values.texts("environment.variables[*]").length > 0 ? values.get("environment.variables") : undefined;
  const taken = isObject(reserved) ? Object.keys(reserved).filter((key) => RESERVED.has(key)) : [];
  return taken.length > 0
    ? invalid(
        `Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${taken.join(", ")}`,
      )
    : undefined;
}

/** AWS Lambda developer guide, "Defined runtime environment variables". */
const RESERVED = new Set([
  ...["_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV"],
  ...["AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION"],
  ...["AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME"],
  ...["AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"],
  ...["AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR"],
]);

function eventRule({ values }: Subject): Refusal | undefined {
  const [pattern, schedule] = [values.text("eventPattern"), values.text("scheduleExpression")];
  if (!values.has("eventPattern") && !values.has("scheduleExpression")) {
    return refusal("ValidationException", "Parameter(s) EventPattern or ScheduleExpression must be specified.");
  }
  if (schedule !== undefined && !isSchedule(schedule)) {
    return refusal("ValidationException", "Parameter ScheduleExpression is not valid.");
  }
  const problem = pattern === undefined ? undefined : patternProblem(pattern);
  return problem === undefined
    ? undefined
    : refusal("InvalidEventPatternException", `Event pattern is not valid. Reason: ${problem}`);
}

function patternProblem(text: string): string | undefined {
  const { value, problem } = parseJson(text);
  if (problem !== undefined || !isObject(value)) return "Filter is not an object";
  if (Object.keys(value).length === 0) return "Empty objects are not allowed";
  const wrong = fieldsOf(value).find(([, field]) => !Array.isArray(field));
  if (wrong !== undefined) return `"${wrong[0]}" must be an object or an array`;
  const empty = fieldsOf(value).find(([, field]) => Array.isArray(field) && field.length === 0);
  return empty === undefined ? undefined : "Empty arrays are not allowed";
}

/** The leaves of a pattern, which have to be lists. */
function fieldsOf(pattern: Readonly<Record<string, unknown>>): [string, unknown][] {
  return Object.entries(pattern).flatMap(([key, value]): [string, unknown][] =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? fieldsOf(value as Record<string, unknown>)
      : [[key, value]],
  );
}
