/** What the data plane measures, and who takes it. Names, units and dimensions are those of CloudWatch. */

/** A metric's statistics over a period, as `PutMetricData` takes them. */
export interface StatisticSet {
  readonly sum: number;
  readonly count: number;
  readonly min: number;
  readonly max: number;
}

/** Those the data plane measures in; `PutMetricData` takes more. */
export type MetricUnit = "Count" | "Seconds" | "Percent" | "None";

export interface MetricDatum {
  /** For example `AWS/ApplicationELB`. */
  readonly namespace: string;
  readonly name: string;
  /** For example `{ LoadBalancer: "app/…", TargetGroup: "targetgroup/…" }`; each combination is a metric of its own. */
  readonly dimensions: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch: the start of the minute, or of the shorter period, in which they were measured. */
  readonly timestamp: number;
  /** Every value where percentiles are asked for (response times), statistics where they are not (counts). */
  readonly values: readonly number[] | StatisticSet;
  readonly unit: string;
  /** The shortest period, in seconds, for which it can be asked. @default 60 */
  readonly resolution?: number;
}

/** Takes metrics. A metric without traffic is not put at all: alarms see missing data, as on AWS. */
export interface MetricSink {
  put(datum: MetricDatum): void;
}
