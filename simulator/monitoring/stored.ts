/** The alarms of a cloud as it stores them, and who hears of them. */
import { existsSync } from "node:fs";
import { cloudFiles } from "../process/location.ts";
import { SIMULATED_ACCOUNT_ID } from "../provider/settings.ts";
import { isSecret, plainObject } from "../provider/values.ts";
import { CloudStore, type ResourceKey, type StoredResource } from "../store/store.ts";
import { type Alarms, COMPOSITE_ALARM, METRIC_ALARM, readAlarms } from "./alarms.ts";
import type { AlarmState } from "./judge.ts";
import type { SetState } from "./monitor.ts";

const SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription";

export interface StoredAlarms {
  readonly alarms: Alarms;
  /** States that were set by hand, in the order of their moments. */
  readonly set: readonly SetState[];
  /** Subscriptions by the ARN of their topic, such as `email on-call@example.com`; secret addresses are not shown. */
  readonly receivers: ReadonlyMap<string, readonly string[]>;
}

/** Reads them all; none where there is no cloud. Starts nothing and makes no file. @param home folder of the cloud */
export function readStoredAlarms(home: string): StoredAlarms {
  const { database } = cloudFiles(home);
  if (!existsSync(database)) return { alarms: readAlarms([]), set: [], receivers: new Map() };
  const store = new CloudStore(database);
  try {
    const all = (type: string) => store.list(SIMULATED_ACCOUNT_ID, type);
    const stored = [...all(METRIC_ALARM), ...all(COMPOSITE_ALARM)];
    const alarms = readAlarms(
      stored.map((resource) => ({
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
    return { alarms, set: setStates(store, stored), receivers };
  } finally {
    store.close();
  }
}

const SET = "state set by hand";
/** So many are kept of one alarm. */
const KEPT = 100;

/** Keeps that somebody sets the state of an alarm now. */
export function setState(store: CloudStore, alarm: ResourceKey, state: AlarmState): void {
  store.transaction(() => {
    store.putContent(alarm, SET, new Date().toISOString(), state);
    const all = store.contents(alarm, SET);
    for (const { sort } of all.slice(0, Math.max(0, all.length - KEPT))) store.removeContent(alarm, SET, sort);
  });
}

/** States that were set by hand, in the order of their moments. */
export function setStates(store: CloudStore, alarms: readonly StoredResource[]): SetState[] {
  const found = alarms.flatMap((alarm) =>
    store.contents(alarm, SET).map(({ sort, value }) => ({
      at: Date.parse(sort),
      alarm: String(plainObject(alarm.inputs).name ?? plainObject(alarm.inputs).alarmName ?? alarm.id),
      state: value as AlarmState,
    })),
  );
  return found.sort((a, b) => a.at - b.at);
}

function receiverOf({ inputs }: StoredResource): { topic: string; text: string } {
  const { topic, protocol, endpoint } = plainObject(inputs);
  const address = isSecret(inputs.endpoint) ? "(secret address)" : String(endpoint);
  return { topic: String(topic), text: `${String(protocol)} ${address}` };
}
