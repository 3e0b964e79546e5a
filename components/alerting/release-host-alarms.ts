import type * as pulumi from "@pulumi/pulumi";
import type { AlarmSpec, Metric } from "./alarm.ts";
import { AlarmSet, type AlarmSetArgs } from "./alarm-set.ts";

export interface ReleaseHostAlarmsPlanArgs {
  readonly functionName: pulumi.Input<string>;
  readonly machineArn: pulumi.Input<string>;
}

export interface ReleaseHostAlarmsArgs extends ReleaseHostAlarmsPlanArgs, AlarmSetArgs {}

/** Decides the alarms of what runs releases: turns that fail again and again, and a state machine that ended early. */
export function planReleaseHostAlarms({ functionName, machineArn }: ReleaseHostAlarmsPlanArgs): AlarmSpec[] {
  const machine = (name: string): Metric => ({
    namespace: "AWS/States",
    name,
    stat: "Sum",
    dimensions: { StateMachineArn: machineArn },
  });
  return [
    {
      runbook: "release-host-failing",
      severity: "P1",
      meaning: "The turns of a running release fail.",
      users: "nothing while both versions are well; a version that fails now keeps its share of the traffic.",
      firstStep: "read the error in the function's log; if users see errors, roll back by the command.",
      metric: { namespace: "AWS/Lambda", name: "Errors", stat: "Sum", dimensions: { FunctionName: functionName } },
      comparison: "at-or-above",
      threshold: 1,
      // A turn that failed is tried five times in half a minute and then every minute: a passing fault is over by then.
      evaluation: { period: 60, periods: 5, breaching: 3 },
      missing: { treat: "notBreaching", because: "between releases nothing is called" },
    },
    {
      runbook: "release-host-stopped",
      severity: "P2",
      meaning: "The state machine of a release ended before the release.",
      users: "nothing while both versions are well; nobody watches the release any more.",
      firstStep: "run the release's next turns by the command, or roll it back.",
      metric: {
        expression: "FILL(failed, 0) + FILL(timedOut, 0) + FILL(aborted, 0)",
        label: "Executions that ended early",
        metrics: {
          failed: machine("ExecutionsFailed"),
          timedOut: machine("ExecutionsTimedOut"),
          aborted: machine("ExecutionsAborted"),
        },
      },
      comparison: "at-or-above",
      threshold: 1,
      evaluation: { period: 60, periods: 1, breaching: 1 },
      missing: { treat: "notBreaching", because: "between releases nothing is executed" },
    },
  ];
}

/** Alarms of what runs an environment's releases. */
export class ReleaseHostAlarms extends AlarmSet {
  /** @throws ProblemsError when the arguments make no working alarms */
  constructor(name: string, args: ReleaseHostAlarmsArgs, opts?: pulumi.ComponentResourceOptions) {
    const { transform: _functions, ...inputs } = args;
    super("causeway:alerting:ReleaseHostAlarms", name, args, inputs, planReleaseHostAlarms(args), opts);
  }
}
