/** Counts what load balancers do, by CloudWatch's names, and hands each minute to a sink when it is over. */
import type { MetricDatum, MetricSink, MetricUnit } from "./metrics.ts";

const NAMESPACE = "AWS/ApplicationELB";
const MINUTE = 60_000;

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

export class MetricRecorder {
  readonly #sink: MetricSink;
  /** Minute, then series. */
  readonly #open = new Map<number, Map<string, Series>>();

  constructor(sink: MetricSink) {
    this.#sink = sink;
  }

  /** A request for which a target could be chosen; others are not in RequestCount. */
  routed(place: Place, now: number): void {
    this.#count("RequestCount", place, now);
  }

  /** A target's answer: its status and how long it took from the moment the request had left. */
  answered(place: Place, status: number, seconds: number, now: number): void {
    this.#count(`HTTPCode_Target_${Math.floor(status / 100)}XX_Count`, place, now);
    for (const dimensions of combinations(place)) {
      this.#add("TargetResponseTime", "Seconds", dimensions, seconds, now, true);
    }
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
    for (const dimensions of hostCombinations(place)) {
      this.#add("HealthyHostCount", "Count", dimensions, healthy, now, false);
      this.#add("UnHealthyHostCount", "Count", dimensions, unhealthy, now, false);
    }
  }

  /** Hands over every minute that is over; `all` hands over the open one too, at the end. */
  flush(now: number, all = false): void {
    const current = now - (now % MINUTE);
    for (const [minute, series] of [...this.#open].sort(([a], [b]) => a - b)) {
      if (minute >= current && !all) continue;
      this.#open.delete(minute);
      for (const one of series.values()) this.#sink.put(toDatum(one, minute));
    }
  }

  #count(name: string, place: Place, now: number): void {
    for (const dimensions of combinations(place)) this.#add(name, "Count", dimensions, 1, now, false);
  }

  #add(
    name: string,
    unit: MetricUnit,
    dimensions: Record<string, string>,
    value: number,
    now: number,
    keepValues: boolean,
  ): void {
    const minute = now - (now % MINUTE);
    let all = this.#open.get(minute);
    if (all === undefined) {
      all = new Map();
      this.#open.set(minute, all);
    }
    const key = `${name}\n${Object.entries(dimensions).flat().join("\n")}`;
    let series = all.get(key);
    if (series === undefined) {
      const empty = { values: [], sum: 0, count: 0, min: value, max: value };
      series = { name, unit, dimensions, keepValues, ...empty };
      all.set(key, series);
    }
    if (keepValues) series.values.push(value);
    series.sum += value;
    series.count++;
    series.min = Math.min(series.min, value);
    series.max = Math.max(series.max, value);
  }
}

function toDatum({ name, unit, dimensions, keepValues, values, ...statistics }: Series, minute: number): MetricDatum {
  const { sum, count, min, max } = statistics;
  return {
    namespace: NAMESPACE,
    name,
    dimensions,
    timestamp: minute,
    values: keepValues ? values : { sum, count, min, max },
    unit,
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
