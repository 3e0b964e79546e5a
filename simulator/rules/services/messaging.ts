/** SNS and SQS. */
import { isObject } from "../../provider/values.ts";
import { conflicting } from "../combinations.ts";
import { documentProblem } from "../documents.ts";
import { type Known, parseJson } from "../known.ts";
import { arn, between, json, oneOf, policyJson } from "../limits.ts";
import { type Account, limited, type Refusal, refers, refusal, type ServiceRules, type Subject } from "../types.ts";
import * as to from "./targets.ts";

export const MESSAGING: ServiceRules = {
  references: [
    ...refers("sns/TopicSubscription", { topic: to.TOPIC }),
    ...refers("sns/TopicPolicy", { arn: to.TOPIC }),
    ...["QueuePolicy", "RedrivePolicy", "RedriveAllowPolicy"].flatMap((type) =>
      refers(`sqs/${type}`, { queueUrl: to.QUEUE }),
    ),
  ],
  limits: [
    ...limited("sns/Topic", { policy: policyJson }),
    ...limited("sns/TopicPolicy", { policy: policyJson }),
    ...limited("sns/TopicSubscription", {
      protocol: oneOf("application", "email", "email-json", "firehose", "http", "https", "lambda", "sms", "sqs"),
      filterPolicy: json,
      topic: arn,
    }),
    ...limited("sqs/QueuePolicy", { policy: policyJson }),
    ...limited("sqs/RedrivePolicy", { redrivePolicy: json }),
    ...limited("sqs/RedriveAllowPolicy", { redriveAllowPolicy: json }),
    ...limited("sqs/Queue", {
      receiveWaitTimeSeconds: between(0, 20),
      deduplicationScope: oneOf("messageGroup", "queue"),
      fifoThroughputLimit: oneOf("perQueue", "perMessageGroupId"),
      delaySeconds: between(0, 900),
      maxMessageSize: between(1024, 1_048_576),
      messageRetentionSeconds: between(60, 1_209_600),
      visibilityTimeoutSeconds: between(0, 43_200),
      kmsDataKeyReusePeriodSeconds: between(60, 86_400),
      redrivePolicy: json,
      policy: json,
    }),
  ],
  combinations: [conflicting("sqs/Queue", "kmsMasterKeyId", "sqsManagedSseEnabled")],
  plans: [
    { types: ["sns/Topic"], refuse: topicPlan },
    { types: ["sqs/Queue"], refuse: queuePlan },
  ],
  requests: [
    { types: ["sns/TopicSubscription"], refuse: endpoint },
    { types: ["sns/TopicSubscription"], refuse: subscription },
    { types: ["sns/TopicPolicy"], refuse: topicPolicy },
    { types: ["sqs/Queue"], refuse: attributes },
    { types: ["sqs/Queue"], refuse: ({ values, account }) => redrive(values, values.flag("fifoQueue"), account) },
    {
      types: ["sqs/RedrivePolicy"],
      refuse: ({ values, account }) => redrive(values, values.text("queueUrl")?.endsWith(".fifo") ?? false, account),
    },
    { types: ["sqs/QueuePolicy"], refuse: queuePolicy },
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

/** Only queues are told in order, and a queue that keeps it only by a topic that does. */
function subscription({ values }: Subject): Refusal | undefined {
  const [topic, protocol, target] = [values.text("topic"), values.text("protocol"), values.text("endpoint")];
  const invalid = (message: string) => refusal("InvalidParameter", `Invalid parameter: ${message}`);
  if (topic === undefined || protocol === undefined) return undefined;
  if (topic.endsWith(".fifo") && protocol !== "sqs") return invalid(`Invalid protocol type: ${protocol}`);
  if (!topic.endsWith(".fifo") && protocol === "sqs" && target?.endsWith(".fifo")) {
    return invalid("Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics");
  }
  if (values.flag("rawMessageDelivery") && /^(email|email-json|sms|lambda|application)$/.test(protocol)) {
    return invalid(`Attributes Reason: Delivery protocol [${protocol}] does not support raw message delivery.`);
  }
  const filter = values.json("filterPolicy");
  return isObject(filter) && Object.values(filter).some((rules) => !Array.isArray(rules) && !isObject(rules))
    ? invalid('FilterPolicy: "match" must be an object or an array')
    : undefined;
}

/** The provider checks the name of a topic when it plans. */
function topicPlan(values: Known): string | undefined {
  const name = values.text("name");
  const fifo = values.flag("fifoTopic");
  if (name !== undefined && !(fifo ? /^[\w-]{1,251}\.fifo$/ : /^[\w-]{1,256}$/).test(name)) {
    return `invalid topic name: ${name}`;
  }
  return !fifo && values.flag("contentBasedDeduplication")
    ? "content-based deduplication can only be set for FIFO topics"
    : undefined;
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

/** Attributes by which AWS tells that a queue of the name is another one, with their defaults. */
const ATTRIBUTES: readonly (readonly [property: string, attribute: string, value: number])[] = [
  ["delaySeconds", "DelaySeconds", 0],
  ["maxMessageSize", "MaximumMessageSize", 1_048_576],
  ["messageRetentionSeconds", "MessageRetentionPeriod", 345_600],
  ["receiveWaitTimeSeconds", "ReceiveMessageWaitTimeSeconds", 0],
  ["visibilityTimeoutSeconds", "VisibilityTimeout", 30],
];

/** A queue that is there in the same way is given again; one that differs is not. */
function attributes({ values, id, account }: Subject): Refusal | undefined {
  if (
    values.text("fifoThroughputLimit") === "perMessageGroupId" &&
    values.text("deduplicationScope") !== "messageGroup"
  ) {
    return refusal(
      "InvalidAttributeValue",
      "The perMessageGroupId value for FifoThroughputLimit is allowed only when the value for DeduplicationScope is messageGroup.",
    );
  }
  const name = values.text("name");
  const there = id === undefined ? account.find(to.QUEUE.types, name) : undefined;
  if (there === undefined) return undefined;
  const different = ATTRIBUTES.find(
    ([property, , fallback]) => (values.number(property) ?? fallback) !== (there.state.number(property) ?? fallback),
  );
  return different === undefined
    ? undefined
    : refusal(
        "QueueAlreadyExists",
        `A queue already exists with the same name and a different value for attribute ${different[1]}`,
      );
}

function redrive(values: Known, fifo: boolean, account: Account): Refusal | undefined {
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
  if (own && !account.exists(to.QUEUE.types, target)) return invalid("Dead letter target does not exist.");
  return target.endsWith(".fifo") === fifo
    ? undefined
    : invalid("Dead-letter queue must be same type of queue as the source.");
}

function queuePolicy({ values }: Subject): Refusal | undefined {
  const text = values.text("policy");
  const problem = text === undefined ? undefined : documentProblem(text, "resource");
  return problem === undefined
    ? undefined
    : refusal("InvalidAttributeValue", "Invalid value for the parameter Policy.");
}
