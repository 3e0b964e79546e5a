/** Simple Notification Service: messages to topics, which are kept for people to read. */
import { randomUUID } from "node:crypto";
import type { PublishInput, PublishResponse } from "@aws-sdk/client-sns";
import { InvalidParameterException$, NotFoundException$, Publish$, ThrottledException$ } from "@aws-sdk/client-sns";
import { keepMessage, type Message, TOPIC } from "../../monitoring/messages.ts";
import { AwsError } from "../errors.ts";
import { type EndpointCall, type Service, writes } from "../types.ts";
import { present } from "../values.ts";

const LONGEST_MESSAGE = 262_144;

const invalid = (what: string) => new AwsError(InvalidParameterException$, `Invalid parameter: ${what}`);

function publish(input: PublishInput, call: EndpointCall): PublishResponse {
  const { TopicArn, TargetArn, PhoneNumber, Message: given = "", Subject, MessageAttributes } = input;
  if (PhoneNumber !== undefined) throw invalid("PhoneNumber Reason: the simulated cloud sends no text messages");
  const reference = TopicArn ?? TargetArn;
  if (reference === undefined) throw invalid("TopicArn or TargetArn Reason: no value for required parameter");
  if (!/^arn:[\w-]+:sns:[\w-]+:\d{12}:[\w.-]+$/.test(reference)) throw invalid("TopicArn");
  const topic = call.list(TOPIC).find(({ arn }) => arn === reference);
  if (topic === undefined) throw new AwsError(NotFoundException$, "Topic does not exist");
  if (given === "") throw invalid("Empty message");
  if (Buffer.byteLength(given) > LONGEST_MESSAGE) throw invalid("Message too long");
  if (Subject !== undefined && !/^[\x20-\x7e]{1,100}$/.test(Subject)) throw invalid("Subject");
  if (topic.state.fifoTopic === true && input.MessageGroupId === undefined) {
    throw invalid("The MessageGroupId parameter is required for FIFO topics");
  }
  const texts = input.MessageStructure === "json" ? textsOf(given) : undefined;
  const attributes = Object.entries(MessageAttributes ?? {}).map(([name, { DataType = "", StringValue }]) => {
    if (DataType === "")
      throw invalid(`The message attribute '${name}' must contain non-empty message attribute type.`);
    return [name, StringValue ?? "(binary)"] as const;
  });
  const message: Message = present({
    id: randomUUID(),
    at: new Date().toISOString(),
    subject: Subject,
    text: texts?.default ?? given,
    texts,
    attributes: attributes.length > 0 ? Object.fromEntries(attributes) : undefined,
  });
  keepMessage(call.store, topic.stored, message);
  return { MessageId: message.id };
}

function textsOf(json: string): Record<string, string> {
  const wrong = (why: string) => invalid(`Message Structure - ${why}`);
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    throw wrong("JSON message body failed to parse");
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw wrong("JSON message body failed to parse");
  }
  const texts = Object.entries(parsed).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  if (!texts.some(([protocol]) => protocol === "default")) throw wrong("No default entry in JSON message body");
  return Object.fromEntries(texts);
}

export const NOTIFICATIONS: Service = {
  name: "sns",
  version: "2010-03-31",
  target: "AmazonSimpleNotificationService",
  xmlNamespace: "http://sns.amazonaws.com/doc/2010-03-31/",
  throttling: ThrottledException$,
  operations: [
    writes(
      Publish$,
      publish,
      "nobody is sent anything; `causeway cloud messages` shows what was published and to whom it would have gone",
    ),
  ],
};
