import type * as pulumi from "@pulumi/pulumi";
import { ProblemCollector } from "../../contracts/problems.ts";
import type { AlarmSpec, Metric } from "./alarm.ts";
import { AlarmSet, type AlarmSetArgs } from "./alarm-set.ts";

export interface BackupAlarmsPlanArgs {
  readonly vaultName: pulumi.Input<string>;
  /** Minutes between two backups of the most frequent class; unset where nothing is backed up, and none can be missed. */
  readonly intervalMinutes?: number;
}

export interface BackupAlarmsArgs extends BackupAlarmsPlanArgs, AlarmSetArgs {}

const DAY_SECONDS = 24 * 60 * 60;
const DAY_MINUTES = 24 * 60;
/** CloudWatch looks back a week at most, and one day more than the interval is needed. */
const LONGEST_INTERVAL_DAYS = 6;

/**
 * Decides the alarms on backups: those that failed, and those that never ran, which fail nowhere.
 *
 * Backups that are a week or more apart are watched for failures only: CloudWatch does not look back far enough to miss one.
 *
 * @throws ProblemsError when the interval is none
 */
export function planBackupAlarms(name: string, args: BackupAlarmsPlanArgs): AlarmSpec[] {
  const problems = new ProblemCollector(name);
  problems.require(
    args.intervalMinutes === undefined || args.intervalMinutes >= 60,
    "intervalMinutes",
    `${args.intervalMinutes} is no interval of backups.`,
    "Give the Backup component's intervalMinutes.",
  );
  problems.throwIfAny(`alarms of ${name}`);
  const metric = (metricName: string): Metric => ({
    namespace: "AWS/Backup",
    name: metricName,
    stat: "Sum",
    dimensions: { BackupVaultName: args.vaultName },
  });
  const failed: AlarmSpec = {
    runbook: "backup-failed",
    severity: "P2",
    meaning: "A backup failed.",
    users: "nothing; but what is lost now may be lost since the last good backup.",
    firstStep: "read the job's message, then take the backup again by hand.",
    metric: metric("NumberOfBackupJobsFailed"),
    comparison: "at-or-above",
    threshold: 1,
    evaluation: { period: 3600, periods: 1, breaching: 1 },
    missing: { treat: "notBreaching", because: "AWS Backup reports failures only when there are some" },
  };
  if (args.intervalMinutes === undefined) return [failed];
  const intervalDays = Math.ceil(args.intervalMinutes / DAY_MINUTES);
  const missing: AlarmSpec = {
    runbook: "backup-missing",
    severity: "P2",
    meaning: `No backup has been completed for ${intervalDays + 1} days, though one is due at least every ${intervalDays === 1 ? "day" : `${intervalDays} days`}.`,
    users: "nothing; but the recovery point objective is already missed.",
    firstStep: "see whether anything carries the tags that the backup plan selects.",
    metric: {
      // Filled in, since CloudWatch would otherwise look two periods further back for a day with a backup, and tell of a
      // missing one two days late.
      expression: "FILL(completed, 0)",
      label: "Completed backups",
      metrics: { completed: metric("NumberOfBackupJobsCompleted") },
    },
    comparison: "below",
    threshold: 1,
    evaluation: { period: DAY_SECONDS, periods: intervalDays + 1, breaching: intervalDays + 1 },
    missing: { treat: "breaching", because: "without a completed job nothing is reported, and that is the failure" },
    warmUpMinutes: 2880,
  };
  return intervalDays > LONGEST_INTERVAL_DAYS ? [failed] : [failed, missing];
}

/** Alarms of the backups that go into one vault. */
export class BackupAlarms extends AlarmSet {
  /** @throws ProblemsError when the arguments make no working alarms */
  constructor(name: string, args: BackupAlarmsArgs, opts?: pulumi.ComponentResourceOptions) {
    const { transform: _functions, ...inputs } = args;
    super("causeway:alerting:BackupAlarms", name, args, inputs, planBackupAlarms(name, args), opts);
  }
}
