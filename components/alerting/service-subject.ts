import type * as pulumi from "@pulumi/pulumi";
import type { Colour } from "../../contracts/vocabulary.ts";
import type { ServiceLevelObjective } from "../../contracts/workload.ts";
import type { Thresholds } from "./alarm.ts";

/** Thresholds of a service's alarms; what is given replaces the default of that alarm, all severities of it. */
export interface ServiceThresholds {
  /**
   * Share of requests answered with a server error, in per cent.
   * @default P0: 25; P1: 14.4 times the error budget, which spends 2 % of a month's budget in an hour (Site Reliability
   * Workbook, chapter 5), and at most 20
   */
  readonly errorRatioPercent?: Thresholds;
  /** 99th percentile of the response time, in multiples of the objective. @default { P1: 2, P2: 1 } */
  readonly latencyTimesObjective?: Thresholds;
  /** Targets that fail their health check, of one colour. @default { P2: 1 } */
  readonly unhealthyTargets?: Thresholds;
  /** Average CPU of a colour, in per cent. @default { P2: 90 } */
  readonly cpuPercent?: Thresholds;
  /** Average memory of a colour, in per cent; a task over 100 is killed. @default { P1: 95, P2: 85 } */
  readonly memoryPercent?: Thresholds;
}

/** A service as its alarms see it. */
export interface WatchedService {
  readonly environment: string;
  readonly loadBalancerArnSuffix: pulumi.Input<string>;
  /** Target group of each colour. */
  readonly targetGroups: Readonly<Partial<Record<Colour, { readonly arnSuffix: pulumi.Input<string> }>>>;
  readonly clusterName: pulumi.Input<string>;
  /** Name of the ECS service of each colour. */
  readonly serviceNames: Readonly<Partial<Record<Colour, pulumi.Input<string>>>>;
  readonly slo: ServiceLevelObjective;
  /** Fewest tasks that should run; 0 for a service that may sleep. */
  readonly minTasks: number;
}

/** What the alarms of a service are about: nothing is left to be chosen. */
export interface ServiceSubject extends WatchedService {
  readonly service: string;
  readonly colours: readonly Colour[];
  readonly minRequests: number;
  readonly thresholds: Required<ServiceThresholds>;
}
