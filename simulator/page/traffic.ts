/** What load balancers measured, by the minute, and the states of the alarms over it. */

import type { MetricAlarm } from "../monitoring/alarms.ts";
import { cloudAlarms } from "../monitoring/index.ts";
import { readMetrics } from "../monitoring/metric-file.ts";
import type { MetricStore } from "../monitoring/metrics.ts";
import { readStoredAlarms } from "../monitoring/stored.ts";
import type { Summary } from "../monitoring/summary.ts";
import type { AlarmView, BalancerView, TrafficView } from "./views.ts";

const MINUTE = 60_000;
/** How many minutes the charts show. */
const SHOWN = 30;
const NAMESPACE = "AWS/ApplicationELB";

/** The last half hour of every load balancer, without the minute that is not over. */
export function readTraffic(home: string, balancers: readonly BalancerView[], now: number): TrafficView[] {
  const end = now - (now % MINUTE);
  const minutes = Array.from({ length: SHOWN }, (_, at) => end - (SHOWN - at) * MINUTE);
  const metrics = readMetrics(home, minutes[0]!);
  return balancers.map((balancer) => trafficOf(metrics, balancer, minutes));
}

function trafficOf(metrics: MetricStore, balancer: BalancerView, minutes: readonly number[]): TrafficView {
  const LoadBalancer = balancer.arn.split(":loadbalancer/")[1] ?? "";
  const read = (name: string, more: Record<string, string>, value: (summary: Summary) => number | undefined) =>
    minutes.map((from) => {
      const metric = { namespace: NAMESPACE, name, dimensions: { LoadBalancer, ...more } };
      return value(metrics.summarise(metric, from, from + MINUTE)) ?? null;
    });
  const sum = (summary: Summary) => summary.statistic("Sum");
  const ofTargets = read("HTTPCode_Target_5XX_Count", {}, sum);
  const ofItself = read("HTTPCode_ELB_5XX_Count", {}, sum);
  const groups = new Map(balancer.rules.flatMap(({ groups }) => groups.map((group) => [group.arn, group] as const)));
  return {
    balancer: balancer.name,
    minutes,
    groups: [...groups.values()].map(({ arn, name, colour }) => ({
      name,
      colour,
      requests: read("RequestCount", { TargetGroup: arn.split(":").at(-1) ?? "" }, sum),
    })),
    errors: ofTargets.map((count, at) =>
      count === null && ofItself[at] === null ? null : (count ?? 0) + (ofItself[at] ?? 0),
    ),
    p50: read("TargetResponseTime", {}, (summary) => summary.statistic("p50")),
    p95: read("TargetResponseTime", {}, (summary) => summary.statistic("p95")),
  };
}

/** Every alarm: those that fire first, then those that something measures. */
export function readAlarmViews(home: string): AlarmView[] {
  const { alarms } = cloudAlarms({ home });
  const declared = new Map(readStoredAlarms(home).alarms.metric.map((alarm) => [alarm.name, alarm]));
  const rank = ({ state, measured }: AlarmView) => (state === "ALARM" && measured ? 0 : measured ? 1 : 2);
  return alarms
    .map(({ name, state, measured, since, value, threshold, reason }): AlarmView => {
      const alarm = declared.get(name);
      const watched = alarm && threshold !== undefined ? metricReason(alarm, threshold, value) : "follows other alarms";
      return {
        ...{ name, state, measured },
        ...(since === undefined ? {} : { since }),
        reason:
          reason !== undefined
            ? `not evaluated: ${reason}`
            : measured
              ? watched
              : `nothing here measures it; ${watched}`,
      };
    })
    .sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
}

function metricReason(alarm: MetricAlarm, threshold: string, value: number | undefined): string {
  const { datapointsToAlarm: m, evaluationPeriods: n, period } = alarm;
  const seen = value === undefined ? "no datapoint now" : `last value ${Number(value.toPrecision(4))}`;
  const span = period % 60 === 0 ? `${period / 60} min` : `${period} s`;
  return `${seen}; fires when ${m} of ${n} datapoints of ${span} are ${threshold}`;
}
