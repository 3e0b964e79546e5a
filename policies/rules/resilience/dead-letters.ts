import { given, setting } from "../../framework/condition.ts";
import type { Property } from "../../framework/property.ts";
import { Report, type StackRule } from "../../framework/rule.ts";
import type { Reference, Stack, StackResource } from "../../framework/stack.ts";

const QUEUE = "aws:sqs/queue:Queue";

/** Where other resources name the queue that takes what they could not deliver. */
const NAMES_DEAD_LETTERS: Readonly<Record<string, string>> = {
  [QUEUE]: "redrivePolicy",
  "aws:sqs/redrivePolicy:RedrivePolicy": "redrivePolicy",
  "aws:sns/topicSubscription:TopicSubscription": "redrivePolicy",
  "aws:lambda/function:Function": "deadLetterConfig",
  "aws:lambda/eventSourceMapping:EventSourceMapping": "destinationConfig",
  "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": "destinationConfig",
  "aws:cloudwatch/eventTarget:EventTarget": "deadLetterConfig",
};

/** What a queue says of itself where it is one end of a redrive. */
const SAID_OF_ITSELF = ["redrivePolicy", "redriveAllowPolicy"];

/** Resources that say it of a queue, and where they name it. */
const SAID_BESIDE = ["aws:sqs/redrivePolicy:RedrivePolicy", "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy"];

/** Messages that nobody can read do not block the others. */
export const queuesHaveDeadLetters: StackRule<unknown> = {
  id: "sqs-dead-letters",
  title: "Queues put away what cannot be worked on",
  why: "One message that breaks its reader is read again and again until it expires, and is then lost.",
  severity: "medium",
  remedy:
    "Set redrivePolicy with a dead-letter queue; one that takes the dead letters of another stack says so in redriveAllowPolicy.",
  url: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html",
  controls: { "nist-800-53": ["CP-10", "SI-11"] },
  evaluate(stack, report) {
    for (const queue of stack.ofType(QUEUE)) {
      const open: Property[] = [];
      const holds = (said: Reference) => {
        if (typeof said !== "string") open.push(said);
        return said === "yes";
      };
      if (
        SAID_OF_ITSELF.some((path) => holds(isGiven(queue, path))) ||
        SAID_BESIDE.flatMap((type) => stack.ofType(type)).some((one) => holds(stack.refers(one, "queueUrl", queue))) ||
        takesDeadLetters(stack, queue).some(holds)
      ) {
        continue;
      }
      report.failUnless(queue, open, "has no redrivePolicy, and takes nobody's dead letters");
    }
  },
};

function isGiven(resource: StackResource, path: string): Reference {
  const said = new Report();
  setting(path, given)(resource.inputs, said);
  return said.waiting[0] ?? (said.verdict === "pass" ? "yes" : "no");
}

/** What every resource that could hand dead letters on says about this queue. */
function takesDeadLetters(stack: Stack, queue: StackResource): Reference[] {
  return Object.entries(NAMES_DEAD_LETTERS).flatMap(([type, property]) =>
    stack.ofType(type).map((from): Reference => {
      if ((from.propertyDependencies[property] ?? []).includes(queue.urn)) return "yes";
      const names = ["arn", "name"].flatMap((key) => queue.inputs.get(key).string ?? []);
      const texts = textsIn(from.inputs.get(property));
      if (texts.some(({ string }) => names.some((name) => namesQueue(string, name)))) return "yes";
      const unknown = texts.find((text) => text.unknown);
      return unknown && (from.propertyDependencies[property] ?? []).length === 0 ? unknown : "no";
    }),
  );
}

function textsIn(value: Property): Property[] {
  if (value.unknown || (!value.isObject && !value.isList)) return [value];
  return (value.isList ? value.items() : value.entries().map(([, item]) => item)).flatMap(textsIn);
}

/** Whether a text, be it JSON, has the queue's ARN. */
function namesQueue(text: string | undefined, name: string): boolean {
  return (text ?? "").split(/["\s]/).some((word) => word === name || word.endsWith(`:${name}`));
}
