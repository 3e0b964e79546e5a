import { PublishCommand, type SNSClient } from "@aws-sdk/client-sns";
import type { Notice, Notifier } from "../ports.ts";
import { during } from "./errors.ts";

/** Amazon SNS takes subjects of up to 100 ASCII characters, without line breaks. */
const LONGEST_SUBJECT = 100;

/** What chat shows at most. */
const LONGEST_CHAT_TITLE = 250;
const LONGEST_CHAT_TEXT = 8000;

/** The message that Amazon Q Developer (AWS Chatbot) shows in Slack and Teams. */
interface ChatMessage {
  readonly version: "1.0";
  readonly source: "custom";
  readonly content: { readonly textType: "client-markdown"; readonly title: string; readonly description: string };
  readonly metadata: { readonly threadId: string; readonly summary: string; readonly additionalContext: object };
}

/** Tells people through an SNS topic: e-mail gets text, chat gets its own form, programs get attributes to filter by. */
export class TopicNotifier implements Notifier {
  readonly #topics: SNSClient;
  readonly #topicArn: string | undefined;

  /** @param topicArn without a topic nobody is told; all of it is in the ledger anyway */
  constructor(topics: SNSClient, topicArn: string | undefined) {
    this.#topics = topics;
    this.#topicArn = topicArn;
  }

  async notify(notice: Notice): Promise<void> {
    const TopicArn = this.#topicArn;
    if (TopicArn === undefined) return;
    const { kind, environment, service, release, at, title, text } = notice;
    const chat: ChatMessage = {
      version: "1.0",
      source: "custom",
      content: {
        textType: "client-markdown",
        title: title.slice(0, LONGEST_CHAT_TITLE),
        description: (text === "" ? title : text).slice(0, LONGEST_CHAT_TEXT),
      },
      // One thread for each release.
      metadata: { threadId: `${environment}/${service}/${release}`, summary: title, additionalContext: { ...notice } },
    };
    const attribute = (value: string) => ({ DataType: "String", StringValue: value });
    await during(`publishing to ${TopicArn}`, () =>
      this.#topics.send(
        new PublishCommand({
          TopicArn,
          Subject: subjectOf(title),
          MessageStructure: "json",
          Message: JSON.stringify({ default: JSON.stringify(chat), email: `${title}\n\n${text}\n\n${at}\n` }),
          MessageAttributes: {
            kind: attribute(kind),
            environment: attribute(environment),
            service: attribute(service),
            release: attribute(release),
          },
        }),
      ),
    );
  }
}

function subjectOf(title: string): string {
  const line = title.replaceAll(/[^\x20-\x7e]+/g, " ").trim();
  return line.length <= LONGEST_SUBJECT ? line : `${line.slice(0, LONGEST_SUBJECT - 3)}...`;
}
