import type { Colour } from "../../contracts/vocabulary.ts";
import { type AlarmStrategy, type Evaluation, forEachSeverity, type Metric, type MissingData } from "./alarm.ts";
import type { ServiceSubject } from "./service-subject.ts";

/** Three bad minutes of five: fast enough to page, slow enough to let one bad minute pass. */
export const FAST: Evaluation = { period: 60, periods: 5, breaching: 3 };
/** Two of three periods of five minutes: less traffic is enough to judge, and it takes ten minutes. */
export const SLOW: Evaluation = { period: 300, periods: 3, breaching: 2 };
/** A condition that holds: ten minutes of fifteen. */
export const LASTING: Evaluation = { period: 60, periods: 15, breaching: 10 };

const NO_TRAFFIC: MissingData = {
  treat: "notBreaching",
  because: "the load balancer reports nothing while there are no requests, and nobody is hurt then",
};
const NO_TASKS: MissingData = {
  treat: "notBreaching",
  because: "the idle colour runs no tasks and reports nothing; missing tasks have an alarm of their own",
};
const SILENCE_IS_FAILURE: MissingData = {
  treat: "breaching",
  because: "what has no task and no target reports nothing at all, which is the failure this alarm is for",
};

/** Server errors of the service's own answers, over both colours, since users see their sum. */
export const errorRatio: AlarmStrategy<ServiceSubject> = {
  alarms: (subject) => {
    const requests = sum(subject, "requests");
    const errors = sum(subject, "errors");
    return forEachSeverity(subject.thresholds.errorRatioPercent, (severity, threshold) => ({
      runbook: "error-ratio",
      severity,
      meaning: `More than ${threshold} % of the requests to ${subject.service} end in a server error of its own.`,
      users: "error pages and failed calls.",
      firstStep: "compare the colours' errors; if a release runs or just ended, roll it back.",
      metric: {
        expression: `IF(${requests} >= ${subject.minRequests}, 100 * (${errors}) / (${requests}), 0)`,
        label: "Server errors, % of requests",
        metrics: {
          ...byColour(subject, "requests", (colour) => target(subject, colour, "RequestCount", "Sum")),
          ...byColour(subject, "errors", (colour) => target(subject, colour, "HTTPCode_Target_5XX_Count", "Sum")),
        },
      },
      comparison: "above",
      threshold,
      evaluation: severity === "P0" ? FAST : SLOW,
      missing: NO_TRAFFIC,
    }));
  },
};

/** The slowest hundredth of a colour's answers against the objective. */
export const latency: AlarmStrategy<ServiceSubject> = {
  alarms: (subject) =>
    subject.colours.flatMap((colour) =>
      forEachSeverity(subject.thresholds.latencyTimesObjective, (severity, times) => ({
        runbook: "latency",
        qualifier: colour,
        severity,
        meaning: `One answer of ${subject.service} (${colour}) in a hundred takes longer than ${subject.slo.latencyP99Ms * times} ms.`,
        users: "pages that hang, and time-outs in what calls the service.",
        firstStep: "look whether CPU, the database or a dependency is slow at the same time.",
        metric: {
          // A hundredth of fewer than a hundred answers is the single slowest one.
          expression: `IF(FILL(requests, 0) >= ${Math.max(100, subject.minRequests)}, p99, 0)`,
          label: "99th percentile of the response time, s",
          metrics: {
            requests: target(subject, colour, "RequestCount", "Sum"),
            p99: target(subject, colour, "TargetResponseTime", "p99"),
          },
        },
        comparison: "above",
        threshold: (subject.slo.latencyP99Ms * times) / 1000,
        evaluation: SLOW,
        missing: NO_TRAFFIC,
      })),
    ),
};

/** No target answers at all. Over both colours: which one is live is the switcher's to know. */
export const noHealthyTargets: AlarmStrategy<ServiceSubject> = {
  alarms: (subject) =>
    subject.minTasks === 0
      ? []
      : [
          {
            runbook: "no-healthy-targets",
            severity: "P0",
            meaning: `No target of ${subject.service} passes its health check, in either colour.`,
            users: "the service is down: every request ends in 502 or 503.",
            firstStep: "read the reasons of stopped tasks and the last log lines.",
            metric: {
              expression: sum(subject, "healthy"),
              label: "Healthy targets",
              metrics: byColour(subject, "healthy", (colour) => target(subject, colour, "HealthyHostCount", "Maximum")),
            },
            comparison: "below",
            threshold: 1,
            evaluation: { period: 60, periods: 3, breaching: 3 },
            missing: SILENCE_IS_FAILURE,
            warmUpMinutes: 30,
          },
        ],
};

/** Some targets of a colour fail for long enough that ECS should have replaced them. */
export const unhealthyTargets: AlarmStrategy<ServiceSubject> = {
  alarms: (subject) =>
    subject.colours.flatMap((colour) =>
      forEachSeverity(subject.thresholds.unhealthyTargets, (severity, threshold) => ({
        runbook: "unhealthy-targets",
        qualifier: colour,
        severity,
        meaning: `${threshold} or more targets of ${subject.service} (${colour}) have failed their health check for ten minutes.`,
        users: "nothing while others answer; slower answers when they are too few.",
        firstStep: "read why the targets fail and whether ECS keeps replacing them.",
        metric: target(subject, colour, "UnHealthyHostCount", "Maximum"),
        comparison: "at-or-above",
        threshold,
        evaluation: LASTING,
        missing: NO_TASKS,
      })),
    ),
};

/** CPU of a colour: a cause and not a symptom, so it never pages by itself. */
export const serviceCpu: AlarmStrategy<ServiceSubject> = {
  alarms: (subject) =>
    subject.colours.flatMap((colour) =>
      forEachSeverity(subject.thresholds.cpuPercent, (severity, threshold) => ({
        runbook: "service-cpu",
        qualifier: colour,
        severity,
        meaning: `${subject.service} (${colour}) has used more than ${threshold} % of its CPU for ten minutes.`,
        users: "slower answers, if anything yet.",
        firstStep: "see whether scaling has reached its maximum.",
        metric: task(subject, colour, "CPUUtilization", "Average"),
        comparison: "above",
        threshold,
        evaluation: LASTING,
        missing: NO_TASKS,
      })),
    ),
};

/** Memory of a colour, which scaling does not give back: a task over its limit is killed in the middle of a request. */
export const serviceMemory: AlarmStrategy<ServiceSubject> = {
  alarms: (subject) =>
    subject.colours.flatMap((colour) =>
      forEachSeverity(subject.thresholds.memoryPercent, (severity, threshold) => ({
        runbook: "service-memory",
        qualifier: colour,
        severity,
        meaning: `${subject.service} (${colour}) has used more than ${threshold} % of its memory for ten minutes.`,
        users: "failed requests each time a task is killed for want of memory.",
        firstStep: "see whether memory grows since the last release or follows the load.",
        metric: task(subject, colour, "MemoryUtilization", "Average"),
        comparison: "above",
        threshold,
        evaluation: LASTING,
        missing: NO_TASKS,
      })),
    ),
};

/** Fewer tasks than the service should have, for longer than ECS needs to replace one. */
export const runningTasks: AlarmStrategy<ServiceSubject> = {
  alarms: (subject) =>
    subject.minTasks === 0
      ? []
      : [
          {
            runbook: "running-tasks",
            severity: "P1",
            meaning: `Fewer than ${subject.minTasks} tasks of ${subject.service} have run for ten minutes, both colours together.`,
            users: "nothing yet if the rest carries the load; the next loss may take the service down.",
            firstStep: "read the service's events: what keeps tasks from starting?",
            metric: {
              // Each running task sends one CPU sample a minute, so their number is the number of tasks.
              expression: sum(subject, "tasks"),
              label: "Running tasks",
              metrics: byColour(subject, "tasks", (colour) => task(subject, colour, "CPUUtilization", "SampleCount")),
            },
            comparison: "below",
            threshold: subject.minTasks,
            evaluation: { period: 60, periods: 10, breaching: 10 },
            missing: SILENCE_IS_FAILURE,
            warmUpMinutes: 30,
          },
        ],
};

/** All that is watched of a service unless it says otherwise. */
export const SERVICE_STRATEGIES: readonly AlarmStrategy<ServiceSubject>[] = [
  errorRatio,
  latency,
  noHealthyTargets,
  unhealthyTargets,
  runningTasks,
  serviceCpu,
  serviceMemory,
];

function target(subject: ServiceSubject, colour: Colour, name: string, stat: string): Metric {
  return {
    namespace: "AWS/ApplicationELB",
    name,
    stat,
    dimensions: {
      LoadBalancer: subject.loadBalancerArnSuffix,
      TargetGroup: subject.targetGroups[colour]!.arnSuffix,
    },
  };
}

function task(subject: ServiceSubject, colour: Colour, name: string, stat: string): Metric {
  return {
    namespace: "AWS/ECS",
    name,
    stat,
    dimensions: { ClusterName: subject.clusterName, ServiceName: subject.serviceNames[colour]! },
  };
}

/** Ids of metric maths begin with a lower-case letter: `requests_blue`. */
function byColour(subject: ServiceSubject, id: string, make: (colour: Colour) => Metric): Record<string, Metric> {
  return Object.fromEntries(subject.colours.map((colour) => [`${id}_${colour}`, make(colour)]));
}

/** The colours' sum; a colour that reports nothing counts as nothing. */
function sum(subject: ServiceSubject, id: string): string {
  return subject.colours.map((colour) => `FILL(${id}_${colour}, 0)`).join(" + ");
}
