/** The alarms of a cloud as it stores them, and who hears of them. */
import { existsSync } from "node:fs";
import { cloudFiles } from "../process/location.ts";
import { SIMULATED_ACCOUNT_ID } from "../provider/settings.ts";
import { isSecret, plainObject } from "../provider/values.ts";
import { CloudStore, type StoredResource } from "../store/store.ts";
import { type Alarms, COMPOSITE_ALARM, METRIC_ALARM, readAlarms } from "./alarms.ts";

const SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription";

export interface StoredAlarms {
  readonly alarms: Alarms;
  /** Subscriptions by the ARN of their topic, such as `email on-call@example.com`; secret addresses are not shown. */
  readonly receivers: ReadonlyMap<string, readonly string[]>;
}

/** Reads them all; none where there is no cloud. Starts nothing and makes no file. @param home folder of the cloud */
export function readStoredAlarms(home: string): StoredAlarms {
  const { database } = cloudFiles(home);
  if (!existsSync(database)) return { alarms: readAlarms([]), receivers: new Map() };
  const store = new CloudStore(database);
  try {
    const all = (type: string) => store.list(SIMULATED_ACCOUNT_ID, type);
    const alarms = readAlarms(
      [...all(METRIC_ALARM), ...all(COMPOSITE_ALARM)].map((resource) => ({
        type: resource.type,
        properties: { ...plainObject(resource.inputs), arn: resource.arn },
        createdAt: Date.parse(resource.createdAt),
      })),
    );
    const receivers = new Map<string, string[]>();
    for (const subscription of all(SUBSCRIPTION)) {
      const { topic, text } = receiverOf(subscription);
      receivers.set(topic, [...(receivers.get(topic) ?? []), text]);
    }
    return { alarms, receivers };
  } finally {
    store.close();
  }
}

function receiverOf({ inputs }: StoredResource): { topic: string; text: string } {
  const { topic, protocol, endpoint } = plainObject(inputs);
  const address = isSecret(inputs.endpoint) ? "(secret address)" : String(endpoint);
  return { topic: String(topic), text: `${String(protocol)} ${address}` };
}
