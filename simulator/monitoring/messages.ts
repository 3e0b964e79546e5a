/** Messages that were published to topics. Nobody is sent anything: they are kept in their topic, for people to read. */
import { existsSync } from "node:fs";
import { cloudFiles } from "../process/location.ts";
import { SIMULATED_ACCOUNT_ID } from "../provider/settings.ts";
import { isObject, type JsonObject } from "../provider/values.ts";
import { CloudStore, type ResourceKey } from "../store/store.ts";

export const TOPIC = "aws:sns/topic:Topic";
const PART = "messages";
/** So many are kept of one topic. */
const KEPT = 1_000;

export interface Message {
  readonly id: string;
  /** ISO 8601. */
  readonly at: string;
  readonly subject?: string;
  /** What a subscription without a text of its own gets. */
  readonly text: string;
  /** Texts for subscriptions of some protocols. */
  readonly texts?: Readonly<Record<string, string>>;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** Of all topics of a cloud. */
export interface PublishedMessage extends Message {
  /** ARN. */
  readonly topic: string;
}

/** Keeps a message, on disk when this returns, and forgets the oldest of very many. */
export function keepMessage(store: CloudStore, topic: ResourceKey, message: Message): void {
  store.transaction(() => {
    store.putContent(topic, PART, `${message.at} ${message.id}`, { ...message } as unknown as JsonObject);
    const all = store.contents(topic, PART);
    for (const { sort } of all.slice(0, Math.max(0, all.length - KEPT))) store.removeContent(topic, PART, sort);
  });
}

/** What was published in a cloud, the oldest first. Starts nothing and makes no file. @param home folder of the cloud */
export function readMessages(home: string): PublishedMessage[] {
  const { database } = cloudFiles(home);
  if (!existsSync(database)) return [];
  const store = new CloudStore(database);
  try {
    const found = store.list(SIMULATED_ACCOUNT_ID, TOPIC).flatMap((topic) =>
      store.contents(topic, PART).flatMap(({ value }) => {
        if (!isObject(value)) return [];
        return [{ ...(value as unknown as Message), topic: topic.arn ?? topic.id }];
      }),
    );
    return found.sort((a, b) => (a.at < b.at ? -1 : 1));
  } finally {
    store.close();
  }
}
