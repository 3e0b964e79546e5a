/** EventBridge and its Scheduler. */
import { isObject, type Json } from "../../provider/values.ts";
import { conflicting } from "../combinations.ts";
import { trusts } from "../documents.ts";
import { parseJson } from "../known.ts";
import { arn, between, lengthBetween, matches, oneOf } from "../limits.ts";
import { isOneTime, isSchedule, isTimeZone } from "../schedule.ts";
import { limited, type Refusal, refers, refusal, type ServiceRules, type Subject } from "../types.ts";
import * as to from "./targets.ts";

const invalid = (message: string) => refusal("ValidationException", message);
const inTheDefaultGroup = { types: ["scheduler/ScheduleGroup"], builtIn: /^default$/ };

export const EVENTS: ServiceRules = {
  references: [
    ...refers("cloudwatch/EventTarget", { rule: { to: to.EVENT_RULE, blocks: true }, eventBusName: to.EVENT_BUS }),
    ...refers("cloudwatch/EventRule", {
      eventBusName: { to: to.EVENT_BUS, blocks: invalid("Event bus {} can't be deleted since it has rules.") },
    }),
    ...refers("cloudwatch/EventArchive", { eventSourceArn: to.EVENT_BUS }),
    ...refers("cloudwatch/EventBusPolicy", { eventBusName: to.EVENT_BUS }),
    ...refers("cloudwatch/EventApiDestination", {
      connectionArn: {
        to: {
          types: ["cloudwatch/EventConnection"],
          missing: refusal("ResourceNotFoundException", "Connection {} does not exist."),
        },
      },
    }),
    ...refers("scheduler/Schedule", {
      groupName: {
        to: {
          ...inTheDefaultGroup,
          missing: refusal("ResourceNotFoundException", "Schedule group {} does not exist."),
        },
      },
    }),
  ],
  limits: [
    ...limited("cloudwatch/EventRule", {
      name: matches(
        /^[0-9A-Za-z_.-]{1,64}$/,
        "must contain only alphanumeric characters, underscores, hyphens or periods",
      ),
      description: lengthBetween(0, 512),
      scheduleExpression: lengthBetween(0, 256),
      state: oneOf("ENABLED", "DISABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"),
    }),
    ...limited("cloudwatch/EventTarget", {
      targetId: matches(/^[\w.-]{1,64}$/, "must contain only alphanumeric characters, underscores, hyphens or periods"),
      roleArn: arn,
      "retryPolicy.maximumEventAgeInSeconds": between(60, 86_400),
      "retryPolicy.maximumRetryAttempts": between(0, 185),
    }),
    ...limited("cloudwatch/EventBus", {
      name: matches(/^(?!default$)[/\w.-]{1,256}$/, "must be a name of its own, of the characters a-zA-Z0-9._-/"),
    }),
    ...limited("scheduler/Schedule", {
      name: matches(/^[\w.-]{1,64}$/, "The name must consist of alphanumerics, hyphens, and underscores."),
      state: oneOf("ENABLED", "DISABLED"),
      "flexibleTimeWindow.mode": oneOf("OFF", "FLEXIBLE"),
      "flexibleTimeWindow.maximumWindowInMinutes": between(1, 1440),
      "target.arn": arn,
      "target.roleArn": arn,
      "target.retryPolicy.maximumEventAgeInSeconds": between(60, 86_400),
      "target.retryPolicy.maximumRetryAttempts": between(0, 185),
    }),
  ],
  combinations: [
    conflicting("cloudwatch/EventTarget", "input", "inputPath"),
    conflicting("cloudwatch/EventTarget", "input", "inputTransformer"),
    conflicting("cloudwatch/EventTarget", "inputPath", "inputTransformer"),
  ],
  requests: [
    { types: ["cloudwatch/EventRule"], refuse: eventRule },
    { types: ["cloudwatch/EventTarget"], refuse: eventTarget },
    { types: ["scheduler/Schedule"], refuse: schedule },
  ],
};

function eventRule({ values }: Subject): Refusal | undefined {
  const [pattern, expression, bus] = ["eventPattern", "scheduleExpression", "eventBusName"].map((one) =>
    values.text(one),
  );
  if (!values.has("eventPattern") && !values.has("scheduleExpression")) {
    return invalid("Parameter(s) EventPattern or ScheduleExpression must be specified.");
  }
  if (expression !== undefined && bus !== undefined && !to.EVENT_BUS.builtIn?.test(bus)) {
    return invalid("ScheduleExpression is supported only on the default event bus.");
  }
  if (expression !== undefined && !isSchedule(expression)) {
    return invalid("Parameter ScheduleExpression is not valid.");
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
  for (const [name, field] of fieldsOf(value)) {
    if (!Array.isArray(field)) return `"${name}" must be an object or an array`;
    if (field.length === 0) return "Empty arrays are not allowed";
    if (name === "$or") continue;
    const unknown = field
      .filter(isObject)
      .flatMap(Object.keys)
      .find((operator) => !OPERATORS.has(operator));
    if (unknown !== undefined) return `Unrecognized match type ${unknown}`;
  }
  return undefined;
}

/** Amazon EventBridge user guide, "Comparison operators for use in event patterns". */
const OPERATORS = new Set([
  ...["prefix", "suffix", "equals-ignore-case", "wildcard", "anything-but", "numeric", "cidr", "exists"],
]);

/** The leaves of a pattern, which have to be lists. */
function fieldsOf(pattern: Readonly<Record<string, Json>>): [string, Json][] {
  return Object.entries(pattern).flatMap(([key, value]): [string, Json][] =>
    isObject(value) ? fieldsOf(value) : [[key, value]],
  );
}

/** What EventBridge may call by the policy of the target needs no role; everything else does. */
const BY_ROLE =
  /^arn:[^:]*:(states|kinesis|firehose|ecs|batch|codebuild|codepipeline|ssm|sagemaker|events:[^:]*:[^:]*:api-destination)\b/;

function eventTarget({ values, id, account }: Subject): Refusal | undefined {
  const [target, role, rule] = ["arn", "roleArn", "rule"].map((one) => values.text(one));
  if (target !== undefined && BY_ROLE.test(target) && !values.has("roleArn")) {
    return invalid(`RoleArn is required for target ${target}.`);
  }
  if (!trusts(account, role, "events.amazonaws.com")) {
    return invalid(`Provided role '${role}' cannot be assumed by principal 'events.amazonaws.com'.`);
  }
  if (id !== undefined || rule === undefined) return undefined;
  const there = account.mentioning("cloudwatch/EventTarget", rule).filter(({ state }) => state.text("rule") === rule);
  return there.length >= 5
    ? refusal("LimitExceededException", "The requested resource exceeds the maximum number allowed.")
    : undefined;
}

function schedule({ values, account }: Subject): Refusal | undefined {
  const [expression, zone] = [values.text("scheduleExpression"), values.text("scheduleExpressionTimezone")];
  if (expression !== undefined && !isSchedule(expression, "any") && !isOneTime(expression)) {
    return invalid(`Invalid Schedule Expression ${expression}.`);
  }
  if (zone !== undefined && !isTimeZone(zone)) return invalid(`Invalid Schedule Expression Timezone ${zone}.`);
  const [mode, window] = ["flexibleTimeWindow.mode", "flexibleTimeWindow.maximumWindowInMinutes"];
  if (values.text(mode!) === "FLEXIBLE" && !values.has(window!)) {
    return invalid("MaximumWindowInMinutes must be specified when FlexibleTimeWindow mode is FLEXIBLE.");
  }
  if (values.text(mode!) === "OFF" && values.has(window!)) {
    return invalid("MaximumWindowInMinutes must not be specified when FlexibleTimeWindow mode is OFF.");
  }
  const role = values.text("target.roleArn");
  const gone = role?.includes(`:${account.id}:role/`) && !account.exists(to.ROLE.types, role);
  return gone || !trusts(account, role, "scheduler.amazonaws.com")
    ? invalid("The execution role you provide must allow AWS EventBridge Scheduler to assume the role.")
    : undefined;
}
