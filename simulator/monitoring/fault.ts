/** Finds traffic on which an alarm should fire, and traffic on which it should not, from the alarm itself. */
import type { MetricDatum } from "../dataplane/metrics.ts";
import { fewestSamples, isBreaching, type MetricAlarm, type MetricQuery } from "./alarms.ts";
import { calculate } from "./math.ts";
import { keyOf } from "./metrics.ts";

/** What each kind of metric is to show in every period, by `<namespace> <name> <stat>`; undefined is no data. */
export type Condition = ReadonlyMap<string, number | undefined>;

export interface FaultPair {
  readonly healthy: Condition;
  /** Differs from the healthy one in as few kinds of metrics as possible. */
  readonly fault: Condition;
}

/** Metrics of one kind, such as those of two target groups, show the same. */
const kindOf = ({ namespace, name, stat }: MetricQuery): string => `${namespace} ${name} ${stat}`;

/** More combinations than this are not tried. */
const MOST = 20_000;

/**
 * Searches values around the threshold, and everyday ones, for a condition within and one beyond it.
 *
 * @throws Error with the reason when there is none, or it cannot be told
 */
export function findFault(alarm: MetricAlarm): FaultPair {
  const kinds = [...new Set(alarm.metrics.map(kindOf))];
  if (new Set(alarm.metrics.map(keyOf)).size < new Set(alarm.metrics.map((m) => keyOf(m) + m.stat)).size) {
    throw new Error("it reads several statistics of one metric, for which no traffic is made up here");
  }
  const { threshold } = alarm;
  const around = [2 * threshold, threshold / 2, threshold + 1, threshold - 1, threshold];
  // Everyday values come first, so that what is found looks like traffic.
  const ladder = [1000, 100, 1, 0, ...around.filter((value) => value >= 0), undefined];
  if (ladder.length ** kinds.length > MOST) throw new Error("it reads too many kinds of metrics to try them all");
  const within: Condition[] = [];
  const beyond: Condition[] = [];
  for (const values of combinations(ladder, kinds.length)) {
    const condition: Condition = new Map(kinds.map((kind, index) => [kind, values[index]]));
    const value = valueUnder(alarm, condition);
    if (value === undefined) continue;
    (isBreaching(alarm, value) ? beyond : within).push(condition);
  }
  if (beyond.length === 0) throw new Error("no traffic was found that is beyond its threshold");
  if (within.length === 0) throw new Error("no traffic was found that is within its threshold");
  let nearest: { pair: FaultPair; distance: number } | undefined;
  for (const healthy of within.slice(0, 100)) {
    for (const fault of beyond) {
      const distance = kinds.filter((kind) => healthy.get(kind) !== fault.get(kind)).length;
      if (nearest === undefined || distance < nearest.distance) nearest = { pair: { healthy, fault }, distance };
    }
  }
  return nearest!.pair;
}

function* combinations<T>(values: readonly T[], length: number): Generator<T[]> {
  if (length === 0) {
    yield [];
    return;
  }
  for (const value of values) for (const rest of combinations(values, length - 1)) yield [value, ...rest];
}

/** What the alarm sees while a condition lasts. */
function valueUnder({ metrics, expressions, watches, period }: MetricAlarm, condition: Condition): number | undefined {
  const starts = [0, 1, 2].map((index) => index * period * 1000);
  const series = new Map(metrics.map((query) => [query.id, starts.map(() => condition.get(kindOf(query)))]));
  return calculate(watches, { grid: { starts, period }, metrics: series, expressions }).at(-1);
}

/** What services report in one step of a period, so that the whole period shows the condition. */
export function reports(alarm: MetricAlarm, condition: Condition, timestamp: number, stepMs: number): MetricDatum[] {
  const seen = new Set<string>();
  return alarm.metrics.flatMap((query): MetricDatum[] => {
    const value = condition.get(kindOf(query));
    const key = keyOf(query);
    if (value === undefined || seen.has(key)) return [];
    seen.add(key);
    const { namespace, name, dimensions, stat } = query;
    const share = (value * stepMs) / (alarm.period * 1000);
    const report = (count: number, each: number): MetricDatum[] =>
      count === 0
        ? []
        : [
            {
              namespace,
              name,
              dimensions,
              timestamp,
              values: { count, sum: count * each, min: each, max: each },
              unit: "None",
            },
          ];
    if (stat === "SampleCount") return report(share, 1);
    if (stat === "Sum") return report(1, share);
    return report(alarm.ignoresLowSamples ? Math.max(1, fewestSamples(stat)) : 1, value);
  });
}
