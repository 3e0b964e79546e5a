import type { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { otherColour } from "../../contracts/release.ts";
import { arnSuffix, type ReleaseTarget } from "../../contracts/target.ts";
import type { Colour } from "../../contracts/vocabulary.ts";
import type { ColourMinute, LatencyWindow, MetricMinute, ObservationRequest, TrafficMinute } from "../ports.ts";
import { readSeries, type Series, type Values } from "./metrics.ts";

/** What the metrics say of a release. */
export interface MeasuredTraffic {
  readonly completeThrough: number;
  readonly minutes: readonly TrafficMinute[];
  readonly latency: readonly LatencyWindow[];
  readonly metrics: Readonly<Record<string, readonly MetricMinute[]>>;
}

/** All lengths of windows divide an hour, so who begins at a full hour begins all of them. */
const HOUR_MS = 3_600_000;

/** A metric that is named by a service has a resolution of a minute. */
const METRIC_SECONDS = 60;

/** Samples after which silence means that there was nothing: CloudWatch says itself that metrics may be two minutes late. */
const SILENT_SAMPLES = 3;

const COUNTS = {
  requests: ["RequestCount", "Sum"],
  errors: ["HTTPCode_Target_5XX_Count", "Sum"],
  healthyHosts: ["HealthyHostCount", "Minimum"],
  unhealthyHosts: ["UnHealthyHostCount", "Maximum"],
} as const;
const PERCENTILES = { p50Ms: "p50", p95Ms: "p95", p99Ms: "p99" } as const;
type Count = keyof typeof COUNTS;
type PercentileKey = keyof typeof PERCENTILES;

const BALANCER = "AWS/ApplicationELB";

/** Requests, errors, response times, hosts and the plan's own metrics, of complete minutes only. */
export async function measureTraffic(
  client: CloudWatchClient,
  target: ReleaseTarget,
  request: ObservationRequest,
  at: number,
): Promise<MeasuredTraffic> {
  const { plan, since, latencyWindowSeconds } = request;
  const { sampleSeconds } = plan;
  const sample = sampleSeconds * 1000;
  const wanted: Record<string, Series> = {};
  for (const name of ["RequestCount", "HTTPCode_ELB_5XX_Count"]) {
    const dimensions = { LoadBalancer: target.loadBalancer };
    wanted[name] = { namespace: BALANCER, name, dimensions, statistic: "Sum", seconds: sampleSeconds };
  }
  for (const colour of ["blue", "green"] as const) {
    const dimensions = dimensionsOf(target, colour);
    for (const [key, [name, statistic]] of Object.entries(COUNTS)) {
      wanted[`${colour}.${key}`] = { namespace: BALANCER, name, dimensions, statistic, seconds: sampleSeconds };
    }
    for (const seconds of [sampleSeconds, ...latencyWindowSeconds]) {
      for (const [key, statistic] of Object.entries(PERCENTILES)) {
        const name = "TargetResponseTime";
        wanted[`${colour}.${key}.${seconds}`] = { namespace: BALANCER, name, dimensions, statistic, seconds };
      }
    }
  }
  const ownSides = sidesOf(request, target);
  for (const { key, series } of ownSides) wanted[key] = series;

  const begin = latencyWindowSeconds.length > 0 ? Math.floor(since / HOUR_MS) * HOUR_MS : since;
  const end = Math.floor(at / sample) * sample;
  const values = await readSeries(client, wanted, begin, end);
  const completeThrough = completeUntil(values.RequestCount!, at, sample);

  const number = (colour: Colour, key: Count, start: number) => values[`${colour}.${key}`]!.get(start);
  const percentiles = (colour: Colour, seconds: number, start: number) => {
    const found: { [key in PercentileKey]?: number } = {};
    for (const key of Object.keys(PERCENTILES) as PercentileKey[]) {
      const value = values[`${colour}.${key}.${seconds}`]!.get(start);
      if (value !== undefined) found[key] = value * 1000;
    }
    return found;
  };
  const side = (colour: Colour, start: number): ColourMinute => ({
    requests: number(colour, "requests", start) ?? 0,
    errors: number(colour, "errors", start) ?? 0,
    ...percentiles(colour, sampleSeconds, start),
    healthyHosts: number(colour, "healthyHosts", start),
    unhealthyHosts: number(colour, "unhealthyHosts", start),
  });
  const minutes: TrafficMinute[] = [];
  for (let start = Math.ceil(since / sample) * sample; start + sample <= completeThrough; start += sample) {
    minutes.push({
      start,
      colours: { blue: side("blue", start), green: side("green", start) },
      balancerErrors: values.HTTPCode_ELB_5XX_Count!.get(start) ?? 0,
      balancerRequests: values.RequestCount!.get(start) ?? 0,
    });
  }
  const latency: LatencyWindow[] = [];
  for (const seconds of latencyWindowSeconds) {
    const length = seconds * 1000;
    for (let start = Math.ceil(since / length) * length; start + length <= completeThrough; start += length) {
      const colours = { blue: percentiles("blue", seconds, start), green: percentiles("green", seconds, start) };
      latency.push({ start, seconds, colours });
    }
  }
  return { completeThrough, minutes, latency, metrics: ownMetrics(request, ownSides, values, completeThrough) };
}

/**
 * Until when metrics are complete: a sample is when it ended a sample ago and the load balancer has said something of it
 * or of a later one; after some more, silence means that there were no requests.
 */
function completeUntil(requests: Values, at: number, sample: number): number {
  const floor = (time: number) => Math.floor(time / sample) * sample;
  const settled = floor(at - sample);
  const silent = floor(at - SILENT_SAMPLES * sample);
  const newest = Math.max(silent, ...[...requests.keys()].map((start) => start + sample));
  return Math.min(settled, newest);
}

export function dimensionsOf(target: ReleaseTarget, colour: Colour): Readonly<Record<string, string>> {
  return { LoadBalancer: target.loadBalancer, TargetGroup: arnSuffix(target.targetGroups[colour]) };
}

interface Side {
  readonly id: string;
  readonly side: "candidate" | "live";
  readonly key: string;
  readonly series: Series;
}

function sidesOf({ plan, metrics }: ObservationRequest, target: ReleaseTarget): readonly Side[] {
  return metrics.flatMap((metric) => {
    const { id, namespace, name, statistic } = metric;
    const series = (colour: Colour): Series => {
      const filled = Object.entries(metric.dimensions).map(([key, value]) => [
        key,
        value.replaceAll("{colour}", colour).replaceAll("{targetGroup}", arnSuffix(target.targetGroups[colour])),
      ]);
      return { namespace, name, statistic, seconds: METRIC_SECONDS, dimensions: Object.fromEntries(filled) };
    };
    const candidate: Side = { id, side: "candidate", key: `metric.${id}.candidate`, series: series(plan.candidate) };
    if (metric.compare !== "live") return [candidate];
    return [candidate, { id, side: "live", key: `metric.${id}.live`, series: series(otherColour(plan.candidate)) }];
  });
}

function ownMetrics(
  { metrics, since }: ObservationRequest,
  sides: readonly Side[],
  values: Readonly<Record<string, Values>>,
  completeThrough: number,
): Record<string, readonly MetricMinute[]> {
  return Object.fromEntries(
    metrics.map(({ id }) => {
      const own = sides.filter((side) => side.id === id).map(({ side, key }) => ({ side, found: values[key]! }));
      const starts = [...new Set(own.flatMap(({ found }) => [...found.keys()]))]
        .filter((start) => start >= since && start + METRIC_SECONDS * 1000 <= completeThrough)
        .sort((a, b) => a - b);
      const minute = (start: number): MetricMinute => ({
        start,
        ...Object.fromEntries(own.flatMap(({ side, found }) => (found.has(start) ? [[side, found.get(start)]] : []))),
      });
      return [id, starts.map(minute)];
    }),
  );
}
