import type * as pulumi from "@pulumi/pulumi";
import { ProblemCollector } from "../../contracts/problems.ts";
import { COLOURS } from "../../contracts/vocabulary.ts";
import type { AlarmSpec, AlarmStrategy } from "./alarm.ts";
import { AlarmSet, type AlarmSetArgs } from "./alarm-set.ts";
import { SERVICE_STRATEGIES } from "./service-strategies.ts";
import type { ServiceSubject, ServiceThresholds, WatchedService } from "./service-subject.ts";

export interface ServiceAlarmsPlanArgs extends WatchedService {
  /**
   * Requests in a period below which shares and percentiles are not judged: two failed requests at night are no incident.
   * @default 20
   */
  readonly minRequests?: number;
  readonly thresholds?: ServiceThresholds;
  /** What is watched. @default SERVICE_STRATEGIES */
  readonly strategies?: readonly AlarmStrategy<ServiceSubject>[];
}

export interface ServiceAlarmsArgs extends ServiceAlarmsPlanArgs, AlarmSetArgs {}

/**
 * Decides a service's alarms.
 *
 * @throws ProblemsError with everything that is wrong
 */
export function planServiceAlarms(service: string, args: ServiceAlarmsPlanArgs): AlarmSpec[] {
  const problems = new ProblemCollector(service);
  const { availabilityPercent, latencyP99Ms } = args.slo;
  const colours = COLOURS.filter((colour) => args.targetGroups[colour] !== undefined);
  const minRequests = args.minRequests ?? 20;
  problems.require(
    availabilityPercent > 0 && availabilityPercent < 100,
    "slo.availabilityPercent",
    `${availabilityPercent} is no objective.`,
    "Give a share below 100, such as 99.9: without a budget every failed request would page.",
  );
  problems.require(
    latencyP99Ms > 0,
    "slo.latencyP99Ms",
    `${latencyP99Ms} is no time.`,
    "Give milliseconds, such as 500.",
  );
  problems.require(colours.length > 0, "targetGroups", "no colour has a target group.", "Give at least one.");
  problems.require(
    COLOURS.every((colour) => (args.targetGroups[colour] === undefined) === (args.serviceNames[colour] === undefined)),
    "serviceNames",
    `target groups are of ${colours.join(", ") || "no colour"}, services of ${Object.keys(args.serviceNames).join(", ") || "no colour"}.`,
    "Give both for the same colours.",
  );
  problems.require(
    Number.isInteger(args.minTasks) && args.minTasks >= 0,
    "minTasks",
    `${args.minTasks} is no number of tasks.`,
    "Give the fewest tasks of the live colour.",
  );
  problems.require(
    Number.isInteger(minRequests) && minRequests >= 1,
    "minRequests",
    `${minRequests} is no number of requests.`,
    "Give at least 1; below 20 a single failure is already 5 %.",
  );
  problems.throwIfAny(`alarms of service ${service}`);

  const budget = 100 - availabilityPercent;
  const subject: ServiceSubject = {
    service,
    environment: args.environment,
    colours,
    loadBalancerArnSuffix: args.loadBalancerArnSuffix,
    targetGroups: args.targetGroups,
    clusterName: args.clusterName,
    serviceNames: args.serviceNames,
    slo: args.slo,
    minTasks: args.minTasks,
    minRequests,
    thresholds: {
      errorRatioPercent: { P0: 25, P1: Math.min(20, round(14.4 * budget)) },
      latencyTimesObjective: { P1: 2, P2: 1 },
      unhealthyTargets: { P2: 1 },
      cpuPercent: { P2: 90 },
      memoryPercent: { P1: 95, P2: 85 },
      ...args.thresholds,
    },
  };
  return (args.strategies ?? SERVICE_STRATEGIES).flatMap((strategy) => strategy.alarms(subject));
}

/**
 * What users notice of a service first, what will hurt them next, and what is worth a look: one component for each
 * service.
 *
 * @example
 * ```ts
 * new ServiceAlarms("hello", {
 *   environment: "production", topicArns: topics.arns, runbookBase: "https://github.com/example/platform/blob/main",
 *   loadBalancerArnSuffix: traffic.loadBalancerArnSuffix, targetGroups: traffic.targetGroups.hello,
 *   clusterName: cluster.name, serviceNames: { blue: hello.blue.name, green: hello.green.name },
 *   slo: { availabilityPercent: 99.9, latencyP99Ms: 500 }, minTasks: 2,
 * });
 * ```
 */
export class ServiceAlarms extends AlarmSet {
  /** @throws ProblemsError when the arguments make no working alarms */
  constructor(name: string, args: ServiceAlarmsArgs, opts?: pulumi.ComponentResourceOptions) {
    const { transform: _functions, strategies: _strategies, ...inputs } = args;
    const specs = planServiceAlarms(name, args);
    super("causeway:alerting:ServiceAlarms", name, { service: name, ...args }, inputs, specs, opts);
  }
}

/** 14.4 times 0.1 is 1.4400000000000546 in binary; nobody wants to read that in an alarm. */
function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
