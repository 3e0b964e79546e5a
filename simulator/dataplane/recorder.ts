/** Counts what load balancers do, by CloudWatch's names, and hands each period to a sink when it is over. */
import type { MetricDatum, MetricSink, MetricUnit } from "./metrics.ts";

const NAMESPACE = "AWS/ApplicationELB";

/** Periods, in seconds, in which the metrics of load balancers can be kept; AWS keeps them by the minute. */
export const METRIC_SECONDS = [1, 5, 10, 30, 60] as const;
export type MetricSeconds = (typeof METRIC_SECONDS)[number];

/** Where a request went. The zone of a target metric is the target's, that of a load balancer metric the node's. */
export interface Place {
  readonly loadBalancer: string;
  readonly zone: string;
  readonly targetGroup?: string;
}

interface Series {
  readonly name: string;
  readonly unit: MetricUnit;
  readonly dimensions: Record<string, string>;
  readonly keepValues: boolean;
  values: number[];
  sum: number;
  count: number;
  min: number;
  max: number;
}

interface OpenPeriod {
  readonly series: Map<string, Series>;
  /** The series that a count of a metric at a place goes into, found once for many requests. */
  readonly found: Map<string, readonly Series[]>;
}

export class MetricRecorder {
  readonly #sink: MetricSink;
  readonly #seconds: MetricSeconds;
  readonly #periodMs: number;
  /** By the start of the period. */
  readonly #open = new Map<number, OpenPeriod>();

  /** @param seconds length of a period */
  constructor(sink: MetricSink, seconds: MetricSeconds = 60) {
    this.#sink = sink;
    this.#seconds = seconds;
    this.#periodMs = seconds * 1000;
  }

  /** A request for which a target could be chosen; others are not in RequestCount. */
  routed(place: Place, now: number): void {
    this.#count("RequestCount", place, now);
  }

  /** A target's answer: its status and how long it took from the moment the request had left. */
  answered(place: Place, status: number, seconds: number, now: number): void {
    this.#count(`HTTPCode_Target_${Math.floor(status / 100)}XX_Count`, place, now);
    this.#add("TargetResponseTime", "Seconds", place, combinations, seconds, now);
  }

  /** A connection that a target did not take. */
  refused(place: Place, now: number): void {
    this.#count("TargetConnectionErrorCount", place, now);
  }

  /** An answer that the load balancer itself gave for want of another. */
  failed(place: Omit<Place, "targetGroup">, status: number, now: number): void {
    const at = { loadBalancer: place.loadBalancer, zone: place.zone };
    this.#count(`HTTPCode_ELB_${Math.floor(status / 100)}XX_Count`, at, now);
    if ([500, 502, 503, 504].includes(status)) this.#count(`HTTPCode_ELB_${status}_Count`, at, now);
  }

  /** An answer that a rule asks the load balancer to give. */
  ruled(
    place: Omit<Place, "targetGroup">,
    kind: "HTTP_Fixed_Response_Count" | "HTTP_Redirect_Count",
    now: number,
  ): void {
    this.#count(kind, { loadBalancer: place.loadBalancer, zone: place.zone }, now);
    if (kind === "HTTP_Redirect_Count") this.#count("HTTPCode_ELB_3XX_Count", place, now);
  }

  /** How many targets of a zone are healthy and how many are not; reported only where targets are registered. */
  hosts(place: Place, healthy: number, unhealthy: number, now: number): void {
    this.#add("HealthyHostCount", "Count", place, hostCombinations, healthy, now);
    this.#add("UnHealthyHostCount", "Count", place, hostCombinations, unhealthy, now);
  }

  /** Hands over every period that is over; `all` hands over the open one too, at the end. */
  flush(now: number, all = false): void {
    const current = now - (now % this.#periodMs);
    for (const [start, { series }] of [...this.#open].sort(([a], [b]) => a - b)) {
      if (start >= current && !all) continue;
      this.#open.delete(start);
      for (const one of series.values()) this.#sink.put(toDatum(one, start, this.#seconds));
    }
  }

  #count(name: string, place: Place, now: number): void {
    this.#add(name, "Count", place, combinations, 1, now);
  }

  #add(
    name: string,
    unit: MetricUnit,
    place: Place,
    dimensionSets: (place: Place) => Record<string, string>[],
    value: number,
    now: number,
  ): void {
    const start = now - (now % this.#periodMs);
    let open = this.#open.get(start);
    if (open === undefined) {
      open = { series: new Map(), found: new Map() };
      this.#open.set(start, open);
    }
    const key = `${name}\n${place.loadBalancer}\n${place.zone}\n${place.targetGroup}`;
    let found = open.found.get(key);
    if (found === undefined) {
      found = dimensionSets(place).map((dimensions) => seriesOf(open.series, name, unit, dimensions));
      open.found.set(key, found);
    }
    for (const series of found) {
      if (series.keepValues) series.values.push(value);
      series.sum += value;
      series.count++;
      if (value < series.min) series.min = value;
      if (value > series.max) series.max = value;
    }
  }
}

function seriesOf(
  all: Map<string, Series>,
  name: string,
  unit: MetricUnit,
  dimensions: Record<string, string>,
): Series {
  const key = `${name}\n${Object.entries(dimensions).flat().join("\n")}`;
  let series = all.get(key);
  if (series === undefined) {
    const empty = { values: [], sum: 0, count: 0, min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY };
    // Percentiles are asked of times.
    series = { name, unit, dimensions, keepValues: unit === "Seconds", ...empty };
    all.set(key, series);
  }
  return series;
}

function toDatum(series: Series, timestamp: number, seconds: MetricSeconds): MetricDatum {
  const { name, unit, dimensions, keepValues, values, ...statistics } = series;
  const { sum, count, min, max } = statistics;
  return {
    namespace: NAMESPACE,
    name,
    dimensions,
    timestamp,
    values: keepValues ? values : { sum, count, min, max },
    unit,
    ...(seconds !== 60 && { resolution: seconds }),
  };
}

/** The dimension sets under which CloudWatch keeps a load balancer's metric. */
function combinations({ loadBalancer, zone, targetGroup }: Place): Record<string, string>[] {
  const LoadBalancer = loadBalancer;
  const AvailabilityZone = zone;
  const sets: Record<string, string>[] = [{ LoadBalancer }, { AvailabilityZone, LoadBalancer }];
  if (targetGroup === undefined) return sets;
  const TargetGroup = targetGroup;
  return [...sets, { TargetGroup, LoadBalancer }, { TargetGroup, AvailabilityZone, LoadBalancer }];
}

function hostCombinations({ loadBalancer, zone, targetGroup }: Place): Record<string, string>[] {
  const base = { TargetGroup: targetGroup ?? "", LoadBalancer: loadBalancer };
  return zone === "" ? [base] : [{ ...base, AvailabilityZone: zone }];
}
