/** Metrics and alarms of the simulated cloud. Nothing runs for them: states follow from metrics whenever they are asked for. */

export type { Observation, ObservedAlarm } from "./observe.ts";
export type { Answer, Rehearsal } from "./rehearsal.ts";

import { cloudHome } from "../process/location.ts";
import { readMetrics } from "./metric-file.ts";
import { type Observation, observe, relevantSince } from "./observe.ts";
import { type Rehearsal, rehearse } from "./rehearsal.ts";
import { readStoredAlarms } from "./stored.ts";

export interface AlarmOptions {
  /** Folder of the cloud. @default `$CAUSEWAY_CLOUD_HOME`, else `causeway/cloud` in `$XDG_STATE_HOME` */
  readonly home?: string;
}

/** Subscriptions by the ARN of their topic. */
type Receivers = ReadonlyMap<string, readonly string[]>;

/** Every alarm of a cloud and its state, by what the data plane measured. */
export function cloudAlarms(options: AlarmOptions = {}): Observation & { readonly receivers: Receivers } {
  const home = options.home ?? cloudHome();
  const { alarms, set, receivers } = readStoredAlarms(home);
  const now = Date.now();
  return { ...observe(alarms, readMetrics(home, relevantSince(alarms, now)), now, set), receivers };
}

/** Proves of every alarm of a cloud that it fires in time and stays quiet, in virtual time. */
export function rehearseAlarms(options: AlarmOptions = {}): {
  readonly rehearsals: readonly Rehearsal[];
  readonly receivers: Receivers;
} {
  const { alarms, receivers } = readStoredAlarms(options.home ?? cloudHome());
  return { rehearsals: rehearse(alarms), receivers };
}
