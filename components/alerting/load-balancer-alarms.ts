import type * as pulumi from "@pulumi/pulumi";
import { type AlarmSpec, forEachSeverity, type Metric, type Thresholds } from "./alarm.ts";
import { AlarmSet, type AlarmSetArgs } from "./alarm-set.ts";
import { FAST, SLOW } from "./service-strategies.ts";

export interface LoadBalancerAlarmsPlanArgs {
  readonly loadBalancerArnSuffix: pulumi.Input<string>;
  /** Share of requests the load balancer itself had to answer with an error, in per cent. @default { P0: 10, P1: 1 } */
  readonly errorPercent?: Thresholds;
  /** Requests in a period below which the share is not judged. @default 20 */
  readonly minRequests?: number;
}

export interface LoadBalancerAlarmsArgs extends LoadBalancerAlarmsPlanArgs, AlarmSetArgs {}

/** Decides a load balancer's alarms: errors it made because no service answered. */
export function planLoadBalancerAlarms(args: LoadBalancerAlarmsPlanArgs): AlarmSpec[] {
  const metric = (name: string): Metric => ({
    namespace: "AWS/ApplicationELB",
    name,
    stat: "Sum",
    dimensions: { LoadBalancer: args.loadBalancerArnSuffix },
  });
  // RequestCount leaves out requests for which no target could be chosen, which are the worst of the errors.
  const requests = "(FILL(answered, 0) + FILL(errors, 0))";
  return forEachSeverity(args.errorPercent ?? { P0: 10, P1: 1 }, (severity, threshold) => ({
    runbook: "load-balancer-errors",
    severity,
    meaning: `The load balancer answers more than ${threshold} % of the requests with an error of its own: no service did.`,
    users: "error pages of 502, 503 or 504.",
    firstStep: "see which of the three it is, and whether one service or all are concerned.",
    metric: {
      expression: `IF(${requests} >= ${args.minRequests ?? 20}, 100 * FILL(errors, 0) / ${requests}, 0)`,
      label: "Errors made by the load balancer, % of requests",
      metrics: { answered: metric("RequestCount"), errors: metric("HTTPCode_ELB_5XX_Count") },
    },
    comparison: "above",
    threshold,
    evaluation: severity === "P0" ? FAST : SLOW,
    missing: {
      treat: "notBreaching",
      because: "the load balancer reports nothing while there are no requests, and nobody is hurt then",
    },
  }));
}

/** Alarms of a load balancer that are no single service's. */
export class LoadBalancerAlarms extends AlarmSet {
  /** @throws ProblemsError when the arguments make no working alarms */
  constructor(name: string, args: LoadBalancerAlarmsArgs, opts?: pulumi.ComponentResourceOptions) {
    const { transform: _functions, ...inputs } = args;
    super("causeway:alerting:LoadBalancerAlarms", name, args, inputs, planLoadBalancerAlarms(args), opts);
  }
}
