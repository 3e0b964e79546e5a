import { ProblemCollector } from "../../contracts/problems.ts";
import { DATA_CLASSES, type DataClass } from "../../contracts/tags.ts";

/** How often backups are taken. */
export type BackupSchedule = "hourly" | "daily" | "weekly" | "monthly";

/** How data of one class is backed up. */
export interface ClassBackup {
  readonly schedule: BackupSchedule;
  /** Hour of the day, in UTC; without meaning for an hourly schedule. @default 3 */
  readonly atHourUtc?: number;
  /**
   * Restores any second of the retention, where AWS Backup can: Aurora, RDS and S3. Other resources get snapshots by the
   * schedule.
   * @default false
   */
  readonly continuous?: boolean;
  /** Days a recovery point is kept; 35 at most when continuous. */
  readonly retentionDays: number;
  /**
   * Days after which a snapshot moves to cold storage, where AWS bills at least 90 days. What cannot move, such as
   * Aurora and RDS, stays warm.
   */
  readonly coldStorageAfterDays?: number;
  /** Region that gets copies. @default the backup's `copyRegion` */
  readonly copyRegion?: string;
  /** Days a copy is kept. @default retentionDays */
  readonly copyRetentionDays?: number;
}

/** Retention that the vault itself enforces, whoever asks. */
export interface VaultLock {
  /** `governance`: who has the permission can lift it. `compliance`: nobody can, AWS included. @default "governance" */
  readonly mode?: "governance" | "compliance";
  readonly minRetentionDays: number;
  readonly maxRetentionDays: number;
  /** Days, at least 3, until a compliance lock can no longer be lifted. @default 3 */
  readonly changeableForDays?: number;
}

/** What decides a backup; see `BackupArgs`. */
export interface BackupPlanArgs {
  readonly environment: string;
  readonly region: string;
  readonly accountId: string;
  /** A plan for each class of data that is backed up. */
  readonly plans: Readonly<Partial<Record<DataClass, ClassBackup>>>;
  /** Region that copies go to unless a plan says otherwise, for the loss of the whole region. @default no copies */
  readonly copyRegion?: string;
  /**
   * Recovery point objective of each class: minutes of data that may be lost. A plan that cannot hold it is refused.
   */
  readonly rpoMinutes?: Readonly<Partial<Record<DataClass, number>>>;
  /** Minutes within which a backup has to begin, at least 60. @default 60 */
  readonly startWindowMinutes?: number;
  /** Minutes within which a backup has to be done, counted from its schedule. @default 480 */
  readonly completionWindowMinutes?: number;
  /** Whether recovery points and vaults are kept from deletion by hand. */
  readonly protect: boolean;
  /** Roles that may nevertheless delete recovery points, for emergencies. */
  readonly breakGlassRoleArns?: readonly string[];
  readonly vaultLock?: VaultLock;
}

export interface ClassPlan {
  readonly dataClass: DataClass;
  /** In AWS's own cron, in UTC. */
  readonly schedule: string;
  readonly continuous: boolean;
  readonly retentionDays: number;
  readonly coldStorageAfterDays: number | undefined;
  readonly copy: { readonly region: string; readonly retentionDays: number } | undefined;
  /** Most minutes of data lost when everything goes as planned. */
  readonly worstLossMinutes: number;
}

export interface BackupPlan {
  readonly startWindowMinutes: number;
  readonly completionWindowMinutes: number;
  readonly classes: readonly ClassPlan[];
  /** Regions that get copies, each with a vault of its own. */
  readonly copyRegions: readonly string[];
  /** Minutes between two backups of the most frequent class. */
  readonly intervalMinutes: number;
}

const HOUR = 60;
const DAY = 24 * HOUR;
/** Most minutes between two backups. */
export const INTERVAL_MINUTES: Readonly<Record<BackupSchedule, number>> = {
  hourly: HOUR,
  daily: DAY,
  weekly: 7 * DAY,
  monthly: 31 * DAY,
};
/** Minutes that a continuous backup of Aurora or RDS is behind, as AWS documents the latest restorable time. */
const CONTINUOUS_LAG_MINUTES = 5;
/** AWS Backup keeps continuous backups no longer. */
const CONTINUOUS_MOST_DAYS = 35;
/** Cold storage is billed for at least this long. */
const COLD_LEAST_DAYS = 90;

/**
 * Decides how each data class is backed up.
 *
 * @throws ProblemsError with everything that is wrong, a recovery point objective that cannot be held included
 */
export function planBackup(name: string, args: BackupPlanArgs): BackupPlan {
  const problems = new ProblemCollector(name);
  const startWindow = args.startWindowMinutes ?? 60;
  const completionWindow = args.completionWindowMinutes ?? 480;
  const whole = wholeNumbers(problems);

  whole(startWindow, "startWindowMinutes", 60, DAY, "AWS Backup wants at least an hour to spread the load.");
  whole(
    completionWindow,
    "completionWindowMinutes",
    startWindow + HOUR,
    100 * DAY,
    "Leave at least an hour after the start window.",
  );
  checkCopyRegion(problems, "copyRegion", args, args.copyRegion);
  const classes = DATA_CLASSES.filter((dataClass) => args.plans[dataClass] !== undefined);
  problems.require(classes.length > 0, "plans", "no data class is backed up.", "Name at least one class.");
  problems.require(
    args.plans.none === undefined,
    "plans.none",
    "what carries this class holds no data.",
    "Remove the plan.",
  );
  for (const dataClass of DATA_CLASSES) {
    problems.require(
      args.rpoMinutes?.[dataClass] === undefined || args.plans[dataClass] !== undefined,
      `plans.${dataClass}`,
      `nothing backs up ${dataClass} data, which may lose ${args.rpoMinutes?.[dataClass]} minutes.`,
      "Add a plan for this class.",
    );
  }
  if (args.vaultLock !== undefined) checkLock(problems, args.vaultLock);

  const planned = classes.map((dataClass): ClassPlan => {
    const backup = args.plans[dataClass]!;
    const at = `plans.${dataClass}`;
    const continuous = backup.continuous ?? false;
    const atHour = backup.atHourUtc ?? 3;
    const copyRegion = backup.copyRegion ?? args.copyRegion;
    const copyDays = backup.copyRetentionDays ?? backup.retentionDays;
    whole(atHour, `${at}.atHourUtc`, 0, 23, "Give an hour of the day, in UTC.");
    whole(backup.retentionDays, `${at}.retentionDays`, 1, 36500, "Keep recovery points at least a day.");
    whole(copyDays, `${at}.copyRetentionDays`, 1, 36500, "Keep copies at least a day.");
    checkCopyRegion(problems, `${at}.copyRegion`, args, backup.copyRegion);
    problems.require(
      backup.copyRetentionDays === undefined || copyRegion !== undefined,
      `${at}.copyRetentionDays`,
      "there is no region to copy to.",
      "Set copyRegion, or remove it.",
    );
    problems.require(
      !continuous || backup.retentionDays <= CONTINUOUS_MOST_DAYS,
      `${at}.retentionDays`,
      `${backup.retentionDays} days of a continuous backup.`,
      `AWS keeps continuous backups for ${CONTINUOUS_MOST_DAYS} days at most.`,
    );
    checkCold(problems, at, backup, continuous);
    if (args.vaultLock !== undefined) {
      const { minRetentionDays, maxRetentionDays } = args.vaultLock;
      const days = copyRegion === undefined ? [backup.retentionDays] : [backup.retentionDays, copyDays];
      problems.require(
        days.every((kept) => kept >= minRetentionDays && kept <= maxRetentionDays),
        `${at}.retentionDays`,
        `${days.join(" and ")} days are not within the vault lock's ${minRetentionDays} to ${maxRetentionDays}.`,
        "A locked vault fails such a job: bring the two together.",
      );
    }
    const worstLossMinutes = continuous
      ? CONTINUOUS_LAG_MINUTES
      : // One backup may begin at once, and the next one only at the end of its start window.
        INTERVAL_MINUTES[backup.schedule] + startWindow;
    checkObjective(problems, at, backup.schedule, startWindow, worstLossMinutes, args.rpoMinutes?.[dataClass]);
    return {
      dataClass,
      schedule: cron(backup.schedule, atHour),
      continuous,
      retentionDays: backup.retentionDays,
      coldStorageAfterDays: backup.coldStorageAfterDays,
      copy: copyRegion === undefined ? undefined : { region: copyRegion, retentionDays: copyDays },
      worstLossMinutes,
    };
  });
  problems.throwIfAny(`backup ${name}`);
  return {
    startWindowMinutes: startWindow,
    completionWindowMinutes: completionWindow,
    classes: planned,
    copyRegions: [...new Set(planned.flatMap(({ copy }) => (copy === undefined ? [] : [copy.region])))].sort(),
    intervalMinutes: Math.min(...classes.map((dataClass) => INTERVAL_MINUTES[args.plans[dataClass]!.schedule])),
  };
}

/** AWS's cron has six fields and wants `?` in one of the two for days. */
function cron(schedule: BackupSchedule, hour: number): string {
  switch (schedule) {
    case "hourly":
      return "cron(0 * * * ? *)";
    case "daily":
      return `cron(0 ${hour} * * ? *)`;
    case "weekly":
      return `cron(0 ${hour} ? * SUN *)`;
    case "monthly":
      return `cron(0 ${hour} 1 * ? *)`;
  }
}

function wholeNumbers(problems: ProblemCollector) {
  return (value: number, property: string, least: number, most: number, remedy: string): void =>
    problems.require(
      Number.isInteger(value) && value >= least && value <= most,
      property,
      `${value} is not a whole number from ${least} to ${most}.`,
      remedy,
    );
}

function checkCopyRegion(
  problems: ProblemCollector,
  property: string,
  { region }: BackupPlanArgs,
  copyRegion: string | undefined,
): void {
  problems.require(
    copyRegion === undefined || copyRegion !== region,
    property,
    `${copyRegion} is the region of the data itself.`,
    "Name another: a copy beside the original is lost with it.",
  );
}

function checkCold(problems: ProblemCollector, at: string, backup: ClassBackup, continuous: boolean): void {
  const { coldStorageAfterDays: cold, retentionDays } = backup;
  if (cold === undefined) return;
  problems.require(
    Number.isInteger(cold) && cold >= 1,
    `${at}.coldStorageAfterDays`,
    `${cold} is no number of days.`,
    "Move a snapshot after at least a day, or not at all.",
  );
  problems.require(
    !continuous,
    `${at}.coldStorageAfterDays`,
    "continuous backups never go cold.",
    "Remove it, or make this class's backups snapshots only.",
  );
  problems.require(
    retentionDays >= cold + COLD_LEAST_DAYS,
    `${at}.coldStorageAfterDays`,
    `recovery points are deleted ${retentionDays - cold} days after they went cold.`,
    `Keep them for ${cold + COLD_LEAST_DAYS} days or more, since cold storage is billed for ${COLD_LEAST_DAYS}, or leave them warm.`,
  );
}

function checkLock(problems: ProblemCollector, lock: VaultLock): void {
  const whole = wholeNumbers(problems);
  whole(lock.minRetentionDays, "vaultLock.minRetentionDays", 1, 36500, "Lock at least a day.");
  problems.require(
    lock.maxRetentionDays >= lock.minRetentionDays,
    "vaultLock.maxRetentionDays",
    `${lock.maxRetentionDays} is below the minimum of ${lock.minRetentionDays}.`,
    "Raise it.",
  );
  if (lock.mode !== "compliance") return;
  whole(lock.changeableForDays ?? 3, "vaultLock.changeableForDays", 3, 36500, "AWS leaves 3 days to reconsider.");
}

function checkObjective(
  problems: ProblemCollector,
  at: string,
  schedule: BackupSchedule,
  startWindow: number,
  worstLossMinutes: number,
  rpoMinutes: number | undefined,
): void {
  if (rpoMinutes === undefined) return;
  const enough = (Object.entries(INTERVAL_MINUTES) as [BackupSchedule, number][])
    .filter(([, interval]) => interval + startWindow <= rpoMinutes)
    .map(([name]) => name);
  problems.require(
    worstLossMinutes <= rpoMinutes,
    `${at}.schedule`,
    `${schedule} backups lose up to ${worstLossMinutes} minutes (the start window of ${startWindow} counts), and the recovery point objective is ${rpoMinutes}.`,
    rpoMinutes < CONTINUOUS_LAG_MINUTES
      ? `No backup holds less than ${CONTINUOUS_LAG_MINUTES} minutes: relax the objective.`
      : enough.length > 0
        ? `Back up ${enough.at(-1)}, or set continuous.`
        : "Set continuous, or relax the objective.",
  );
}
