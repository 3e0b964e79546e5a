/** The states of a cloud's alarms, by the metrics that were really measured. */
import type { Alarms, MetricAlarm } from "./alarms.ts";
import { type AlarmState, evaluationRange } from "./judge.ts";
import type { MetricStore } from "./metrics.ts";
import { Monitor, type Notification, type SetState } from "./monitor.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** So far back every evaluation is made; further back those of full hours. */
const CLOSELY_MS = 3 * HOUR;

export interface ObservedAlarm {
  readonly name: string;
  readonly kind: "metric" | "composite" | "unread";
  readonly state: AlarmState;
  /**
   * Whether anything here measures what it watches. Where nothing does, its state only says what silence means to it, and
   * its actions are left out.
   */
  readonly measured: boolean;
  /** Since when it has been in this state, in milliseconds since the epoch; undefined before its first change. */
  readonly since?: number;
  /** What it sees last of its metric; undefined without data. */
  readonly value?: number;
  /** Such as `> 90`. */
  readonly threshold?: string;
  /** Why it is not evaluated. */
  readonly reason?: string;
}

export interface Observation {
  /** The last full minute. */
  readonly at: number;
  readonly alarms: readonly ObservedAlarm[];
  /** Actions of the last hours, oldest first. */
  readonly notifications: readonly Notification[];
}

const SIGNS: Readonly<Record<MetricAlarm["comparison"], string>> = {
  GreaterThanThreshold: ">",
  GreaterThanOrEqualToThreshold: ">=",
  LessThanThreshold: "<",
  LessThanOrEqualToThreshold: "<=",
};

/** How far back metrics matter to any of the alarms at a moment, in milliseconds since the epoch. */
export function relevantSince({ metric }: Alarms, now: number): number {
  const reach = metric.map(({ period, evaluationPeriods }) => period * 1000 * evaluationRange(evaluationPeriods));
  return now - CLOSELY_MS - 2 * Math.max(0, ...reach);
}

/**
 * Evaluates the alarms from their creation to now. States follow from metrics alone, so nothing has to run in between:
 * whoever asks evaluates what there was to evaluate.
 *
 * @param set states that somebody set by hand, in the order of their moments
 */
export function observe(alarms: Alarms, metrics: MetricStore, now: number, set: readonly SetState[] = []): Observation {
  const at = Math.floor(now / MINUTE) * MINUTE;
  const monitor = new Monitor(alarms, metrics);
  const created = Math.min(at, ...[...alarms.metric, ...alarms.composite].map(({ createdAt }) => createdAt));
  const closely = Math.floor((at - CLOSELY_MS) / HOUR) * HOUR;
  const begin = Math.floor(Math.max(created, relevantSince(alarms, at)) / MINUTE) * MINUTE;
  const byHand = set.filter((one) => one.at >= begin && one.at <= now);
  let next = 0;
  const setUntil = (moment: number) => {
    for (; next < byHand.length && byHand[next]!.at < moment; next++) monitor.set(byHand[next]!);
  };
  const evaluate = (moment: number) => {
    setUntil(moment);
    monitor.evaluate(moment);
  };
  for (let moment = Math.ceil(begin / HOUR) * HOUR; moment < closely; moment += HOUR) evaluate(moment);
  for (let moment = Math.max(begin, closely); moment <= at; moment += MINUTE) evaluate(moment);
  setUntil(Number.POSITIVE_INFINITY);
  const unmeasured = new Set(
    alarms.metric
      .filter((alarm) => !alarm.metrics.some(({ namespace }) => metrics.namespaces.has(namespace)))
      .map(({ name }) => name),
  );
  const seen = (name: string) => {
    const since = monitor.transitions.findLast(({ alarm }) => alarm === name)?.at;
    const measured = !unmeasured.has(name);
    return { name, measured, state: monitor.state(name), ...(since === undefined ? {} : { since }) };
  };
  return {
    at,
    notifications: monitor.notifications.filter(
      ({ alarm, at: told }) => !unmeasured.has(alarm) || byHand.some((one) => one.alarm === alarm && one.at === told),
    ),
    alarms: [
      ...alarms.metric.map((alarm) => {
        const value = monitor.series(alarm, at).at(-1);
        return {
          ...seen(alarm.name),
          kind: "metric" as const,
          threshold: `${SIGNS[alarm.comparison]} ${alarm.threshold}`,
          ...(value === undefined ? {} : { value }),
        };
      }),
      ...alarms.composite.map(({ name }) => ({ ...seen(name), kind: "composite" as const })),
      ...alarms.unread.map(({ name, reason }) => ({
        ...{ name, reason, measured: false },
        kind: "unread" as const,
        state: "INSUFFICIENT_DATA" as const,
      })),
    ].sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}
