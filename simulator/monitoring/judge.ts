/** How an alarm's state follows from its datapoints: M of N, and what missing ones count for. */

export type AlarmState = "OK" | "ALARM" | "INSUFFICIENT_DATA";

/** One datapoint against the threshold. */
export type Verdict = "within" | "breaching" | "missing";

export type MissingTreatment = "missing" | "ignore" | "breaching" | "notBreaching";

export interface MOfN {
  /** N. */
  readonly evaluationPeriods: number;
  /** M. */
  readonly datapointsToAlarm: number;
  readonly treatMissingData: MissingTreatment;
}

/**
 * How many of the last datapoints are looked at: more than N, so that missing ones can be made up for by older ones.
 *
 * AWS says that the number "depends on the length of the alarm period" and documents one: 5 where N is 3. Two more than
 * N is that example, applied to every N.
 */
export function evaluationRange(evaluationPeriods: number): number {
  return evaluationPeriods + 2;
}

/**
 * The state that follows from the datapoints of the evaluation range, oldest first.
 *
 * By "Configuring how CloudWatch alarms treat missing data" in the CloudWatch user guide: real datapoints are used
 * before missing ones, as far back as the range goes; only what is then still missing from N is filled in. "Avoiding
 * premature transitions to alarm state" there decides for `missing`, when there are only breaching datapoints and fewer
 * than M: it is ALARM when the oldest is at least M periods old.
 *
 * @param current the state until now, which `ignore` keeps
 */
export function judge(points: readonly Verdict[], rule: MOfN, current: AlarmState): AlarmState {
  const { evaluationPeriods: n, datapointsToAlarm: m, treatMissingData } = rule;
  const real = points.filter((point) => point !== "missing").slice(-n);
  const breaching = real.filter((point) => point === "breaching").length;
  if (breaching >= m) return "ALARM";
  const toFill = n - real.length;
  if (toFill <= 0 || treatMissingData === "notBreaching") return "OK";
  if (treatMissingData === "breaching") return breaching + toFill >= m ? "ALARM" : "OK";
  if (breaching < real.length) return "OK";
  if (treatMissingData === "ignore") return current;
  const oldest = points.indexOf("breaching");
  return oldest >= 0 && points.length - oldest >= m ? "ALARM" : "INSUFFICIENT_DATA";
}
