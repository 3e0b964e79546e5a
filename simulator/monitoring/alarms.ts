/** Alarms as any program declares them, read into the terms in which they are evaluated. */

import { type CompositeRule, parseRule } from "./composite-rule.ts";
import type { AlarmState, MissingTreatment, MOfN } from "./judge.ts";
import { calculate } from "./math.ts";
import type { MetricId } from "./metrics.ts";
import { isStatistic, percentOf } from "./summary.ts";

export const METRIC_ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm";
export const COMPOSITE_ALARM = "aws:cloudwatch/compositeAlarm:CompositeAlarm";

/** A resource of a program: its type and its properties without marks of secrets. */
export interface AlarmResource {
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/** One metric an alarm reads. */
export interface MetricQuery extends MetricId {
  readonly id: string;
  readonly stat: string;
}

interface Alarm {
  readonly name: string;
  readonly arn: string | undefined;
  readonly actionsEnabled: boolean;
  /** ARNs told when the alarm reaches a state. */
  readonly actions: Readonly<Record<AlarmState, readonly string[]>>;
  readonly createdAt: number;
}

export interface MetricAlarm extends Alarm, MOfN {
  readonly kind: "metric";
  readonly comparison: Comparison;
  readonly threshold: number;
  /** Seconds. */
  readonly period: number;
  readonly metrics: readonly MetricQuery[];
  /** Metric maths by id. */
  readonly expressions: ReadonlyMap<string, string>;
  /** Id of the metric or expression that is held against the threshold. */
  readonly watches: string;
  /** Whether the state stays as it is while a percentile has too few samples to mean anything. */
  readonly ignoresLowSamples: boolean;
  readonly warmUp: { readonly minutes: number; readonly whole: boolean } | undefined;
}

export interface CompositeAlarm extends Alarm {
  readonly kind: "composite";
  readonly rule: CompositeRule;
  readonly suppressor: { readonly alarm: string; readonly waitMs: number; readonly extensionMs: number } | undefined;
}

/** An alarm that is not evaluated, and why. */
export interface UnreadAlarm {
  readonly name: string;
  readonly reason: string;
}

export interface Alarms {
  readonly metric: readonly MetricAlarm[];
  readonly composite: readonly CompositeAlarm[];
  readonly unread: readonly UnreadAlarm[];
}

const COMPARISONS = {
  GreaterThanThreshold: (value: number, threshold: number) => value > threshold,
  GreaterThanOrEqualToThreshold: (value: number, threshold: number) => value >= threshold,
  LessThanThreshold: (value: number, threshold: number) => value < threshold,
  LessThanOrEqualToThreshold: (value: number, threshold: number) => value <= threshold,
} as const;
export type Comparison = keyof typeof COMPARISONS;

/** Whether a value is beyond an alarm's threshold. */
export function isBreaching(alarm: Pick<MetricAlarm, "comparison" | "threshold">, value: number): boolean {
  return COMPARISONS[alarm.comparison](value, alarm.threshold);
}

/** Reads every alarm among the resources. What cannot be evaluated is listed with the reason, never left out. */
export function readAlarms(resources: Iterable<AlarmResource>): Alarms {
  const metric: MetricAlarm[] = [];
  const composite: CompositeAlarm[] = [];
  const unread: UnreadAlarm[] = [];
  for (const resource of resources) {
    try {
      if (resource.type === METRIC_ALARM) metric.push(metricAlarm(resource));
      if (resource.type === COMPOSITE_ALARM) composite.push(compositeAlarm(resource));
    } catch (error) {
      const { name, alarmName } = resource.properties;
      unread.push({ name: text(name) ?? text(alarmName) ?? "?", reason: (error as Error).message });
    }
  }
  return { metric, composite, unread };
}

type Properties = Readonly<Record<string, unknown>>;

function metricAlarm({ properties, createdAt }: AlarmResource): MetricAlarm {
  const name = required(text(properties.name), "name");
  if (text(properties.thresholdMetricId)) throw new Error("anomaly detection bands are not evaluated here");
  if (properties.evaluationCriteria) throw new Error("PromQL alarms are not evaluated here");
  const comparison = required(text(properties.comparisonOperator), "comparisonOperator");
  if (!(comparison in COMPARISONS)) throw new Error(`the comparison ${comparison} is not evaluated here`);
  const evaluationPeriods = required(number(properties.evaluationPeriods), "evaluationPeriods");
  const watched = Array.isArray(properties.metricQueries)
    ? queries(properties.metricQueries)
    : singleMetric(properties);
  for (const { stat } of watched.metrics) {
    if (!isStatistic(stat)) throw new Error(`the statistic ${stat} is not evaluated here`);
  }
  tryOut(watched);
  const warmUp = properties.warmUpConfiguration as Properties | undefined;
  const minutes = number(warmUp?.warmUpPeriodDurationInMinutes);
  return {
    kind: "metric",
    ...common(name, properties, createdAt),
    comparison: comparison as Comparison,
    threshold: required(number(properties.threshold), "threshold"),
    evaluationPeriods,
    datapointsToAlarm: number(properties.datapointsToAlarm) ?? evaluationPeriods,
    treatMissingData: treatmentOf(properties, watched.metrics),
    ignoresLowSamples: properties.evaluateLowSampleCountPercentiles === "ignore",
    warmUp:
      minutes === undefined ? undefined : { minutes, whole: warmUp?.onlyStartEvaluatingAfterWarmUpPeriodEnds === true },
    ...watched,
  };
}

/** "Alarms that evaluate metrics in the AWS/DynamoDB namespace always ignore missing data" (CloudWatch user guide). */
function treatmentOf(properties: Properties, metrics: readonly MetricQuery[]): MissingTreatment {
  if (metrics.some(({ namespace }) => namespace === "AWS/DynamoDB")) return "ignore";
  return (text(properties.treatMissingData) as MissingTreatment | undefined) ?? "missing";
}

type Watched = Pick<MetricAlarm, "metrics" | "expressions" | "watches" | "period">;

function singleMetric(properties: Properties): Watched {
  const stat = text(properties.extendedStatistic) ?? text(properties.statistic);
  return {
    metrics: [{ id: "metric", ...metricId(properties), stat: required(stat, "statistic") }],
    expressions: new Map(),
    watches: "metric",
    period: required(number(properties.period), "period"),
  };
}

function queries(list: readonly unknown[]): Watched {
  const metrics: MetricQuery[] = [];
  const expressions = new Map<string, string>();
  const periods = new Set<number>();
  let watches: string | undefined;
  for (const query of list as readonly Properties[]) {
    const id = required(text(query.id), "metricQueries.id");
    const metric = query.metric as Properties | undefined;
    if (text(query.accountId)) throw new Error(`${id} reads a metric of another account`);
    if (metric) {
      metrics.push({ id, ...metricId(metric), stat: required(text(metric.stat), "metricQueries.metric.stat") });
      periods.add(required(number(metric.period), "metricQueries.metric.period"));
    } else {
      const expression = required(text(query.expression), "metricQueries.expression");
      expressions.set(id, expression);
    }
    if (query.returnData === true) watches = id;
  }
  const [period, ...others] = periods;
  if (others.length > 0) throw new Error("its metrics have different periods");
  return {
    metrics,
    expressions,
    watches: required(watches, "returnData of one of metricQueries"),
    period: required(period, "metricQueries.metric"),
  };
}

/** Calculates once over no data, so that what cannot be evaluated is known before anything depends on it. */
function tryOut({ metrics, expressions, watches, period }: Watched): void {
  const grid = { starts: [0, period * 1000], period };
  const none = new Map(metrics.map(({ id }) => [id, [undefined, undefined]]));
  calculate(watches, { grid, metrics: none, expressions });
}

function metricId(properties: Properties): MetricId {
  return {
    namespace: text(properties.namespace) ?? "",
    name: required(text(properties.metricName), "metricName"),
    dimensions: (properties.dimensions as Record<string, string> | undefined) ?? {},
  };
}

function compositeAlarm({ properties, createdAt }: AlarmResource): CompositeAlarm {
  const name = required(text(properties.alarmName), "alarmName");
  const suppressor = properties.actionsSuppressor as Properties | undefined;
  const seconds = (value: unknown) => (number(value) ?? 0) * 1000;
  return {
    kind: "composite",
    ...common(name, properties, createdAt),
    rule: parseRule(required(text(properties.alarmRule), "alarmRule")),
    suppressor: suppressor
      ? {
          alarm: required(text(suppressor.alarm), "actionsSuppressor.alarm"),
          waitMs: seconds(suppressor.waitPeriod),
          extensionMs: seconds(suppressor.extensionPeriod),
        }
      : undefined,
  };
}

function common(name: string, properties: Properties, createdAt: number): Alarm {
  const arns = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
  return {
    name,
    arn: text(properties.arn),
    actionsEnabled: properties.actionsEnabled !== false,
    actions: {
      ALARM: arns(properties.alarmActions),
      OK: arns(properties.okActions),
      INSUFFICIENT_DATA: arns(properties.insufficientDataActions),
    },
    createdAt,
  };
}

/** Fewest samples for which a percentile means something, by "Percentile-based CloudWatch alarms and low data samples". */
export function fewestSamples(stat: string): number {
  const percent = percentOf(stat);
  if (percent === undefined) return 0;
  const share = percent >= 50 ? 100 - percent : percent;
  // 10 / 0.01 is not quite 1000 in binary.
  return share === 0 ? Number.POSITIVE_INFINITY : Math.round(1000 / share);
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Numbers may come as text: the SDK lets programs write both. */
function number(value: unknown): number | undefined {
  const read = typeof value === "string" && value !== "" ? Number(value) : value;
  return typeof read === "number" && Number.isFinite(read) ? read : undefined;
}

function required<T>(value: T | undefined, property: string): T {
  if (value === undefined) throw new Error(`${property} is not set, or not known yet`);
  return value;
}
