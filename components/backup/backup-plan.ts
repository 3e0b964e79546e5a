import { ProblemCollector } from "../../contracts/problems.ts";
import { DATA_CLASSES, type DataClass } from "../../contracts/tags.ts";

/** Data classes that are backed up; `none` has nothing to lose and `transient` can be made again. */
export type BackedUpClass = Exclude<DataClass, "none" | "transient">;
export const BACKED_UP_CLASSES = DATA_CLASSES.filter(
  (dataClass): dataClass is BackedUpClass => dataClass !== "none" && dataClass !== "transient",
);

/** When snapshots are taken, in UTC: every so many hours, or once a week. */
export type BackupSchedule =
  | {
      /** A divisor of 24, so that the distance across midnight is the same. */
      readonly everyHours: 1 | 2 | 3 | 4 | 6 | 8 | 12 | 24;
      /** First snapshot of the day, such as `03:30`. @default "03:30" */
      readonly at?: string;
    }
  | {
      readonly weekly: "MON" | "TUE" | "WED" | "THU" | "FRI" | "SAT" | "SUN";
      /** @default "03:30" */
      readonly at?: string;
    };

/** How data of one class is backed up. */
export interface ClassBackup {
  readonly schedule: BackupSchedule;
  /** Days a snapshot is kept. */
  readonly retentionDays: number;
  /**
   * Days, up to 35, in which any second can be restored; unset takes snapshots only. Of Aurora, RDS and S3.
   */
  readonly continuousDays?: number;
  /**
   * Days after which a snapshot moves to cold storage, where AWS bills at least 90 days. What cannot move, such as
   * Aurora and RDS, stays warm.
   */
  readonly coldAfterDays?: number;
  /** Days a copy in the other region is kept; unset copies nothing. */
  readonly copyRetentionDays?: number;
  /**
   * Recovery point objective: how much data may be lost, in minutes. The plan is refused when it cannot hold it.
   */
  readonly rpoMinutes?: number;
}

/** What decides a backup; see `BackupArgs`. */
export interface BackupPlanArgs {
  readonly environment: string;
  readonly region: string;
  readonly accountId: string;
  readonly classes: Readonly<Partial<Record<BackedUpClass, ClassBackup>>>;
  /** Region that copies go to, for the loss of the whole region. */
  readonly copyRegion?: string;
  /** Minutes within which a snapshot has to begin, at least 60. @default 60 */
  readonly startWindowMinutes?: number;
  /** Minutes within which a snapshot has to be done, counted from its schedule. @default 480 */
  readonly completionWindowMinutes?: number;
  /** Whether recovery points may be deleted by hand: not when protected. */
  readonly protect: boolean;
  /** Roles that may nevertheless delete recovery points, for emergencies. */
  readonly breakGlassRoleArns?: readonly string[];
  /** Locks the vault: nothing is deleted earlier or kept longer, by anybody. */
  readonly lock?: VaultLock;
}

/** Retention that the vault itself enforces. */
export interface VaultLock {
  readonly minRetentionDays: number;
  readonly maxRetentionDays: number;
  /**
   * Days, at least 3, after which the lock can never be taken off again, not even by AWS. Unset: who administers the
   * vault can take it off.
   */
  readonly immutableAfterDays?: number;
}

export interface RulePlan {
  readonly name: "continuous" | "snapshot";
  readonly schedule: string;
  readonly continuous: boolean;
  readonly retentionDays: number;
  readonly coldAfterDays: number | undefined;
  readonly copyRetentionDays: number | undefined;
}

export interface ClassPlan {
  readonly dataClass: BackedUpClass;
  readonly rules: readonly RulePlan[];
  /** Most minutes of data lost when everything goes as planned. */
  readonly worstLossMinutes: number;
}

export interface BackupPlan {
  readonly startWindowMinutes: number;
  readonly completionWindowMinutes: number;
  readonly classes: readonly ClassPlan[];
  /** Minutes between two snapshots of the most frequent class. */
  readonly intervalMinutes: number;
}

/** Minutes that continuous backups lag behind: about 5 with RDS and Aurora, up to 15 with S3, as AWS documents. */
const CONTINUOUS_LAG_MINUTES = 15;
const HOUR = 60;
const DAY = 24 * HOUR;

/**
 * Decides the rules of each data class.
 *
 * @throws ProblemsError with everything that is wrong, an unreachable recovery point objective included
 */
export function planBackup(name: string, args: BackupPlanArgs): BackupPlan {
  const problems = new ProblemCollector(name);
  const startWindow = args.startWindowMinutes ?? 60;
  const completionWindow = args.completionWindowMinutes ?? 480;
  const whole = (value: number, property: string, least: number, most: number, remedy: string) =>
    problems.require(
      Number.isInteger(value) && value >= least && value <= most,
      property,
      `${value} is outside ${least} to ${most}.`,
      remedy,
    );

  whole(startWindow, "startWindowMinutes", 60, 1440, "AWS Backup wants at least an hour to spread the load.");
  whole(
    completionWindow,
    "completionWindowMinutes",
    startWindow + HOUR,
    100 * DAY,
    "Leave at least an hour after the start window.",
  );
  const classes = BACKED_UP_CLASSES.filter((dataClass) => args.classes[dataClass] !== undefined);
  problems.require(classes.length > 0, "classes", "no data class is backed up.", "Name at least one class.");
  problems.require(
    args.copyRegion !== args.region,
    "copyRegion",
    `${args.copyRegion} is the region of the data itself.`,
    "Name another region: a copy beside the original is lost with it.",
  );
  const copied = classes.filter((dataClass) => args.classes[dataClass]!.copyRetentionDays !== undefined);
  problems.require(
    args.copyRegion === undefined || copied.length > 0,
    "copyRegion",
    "no class is copied there.",
    "Set copyRetentionDays of a class, or remove the region.",
  );

  const planned = classes.map((dataClass): ClassPlan => {
    const backup = args.classes[dataClass]!;
    const at = `classes.${dataClass}`;
    const { schedule, continuousDays, retentionDays, coldAfterDays, copyRetentionDays, rpoMinutes } = backup;
    const time = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(schedule.at ?? "03:30");
    problems.require(
      time !== null,
      `${at}.schedule.at`,
      `"${schedule.at}" is no time.`,
      'Write it as "03:30", in UTC.',
    );
    whole(retentionDays, `${at}.retentionDays`, 1, 36500, "Keep snapshots at least a day.");
    if (continuousDays !== undefined) {
      whole(continuousDays, `${at}.continuousDays`, 1, 35, "AWS keeps continuous backups for at most 35 days.");
    }
    if (coldAfterDays !== undefined) {
      whole(coldAfterDays, `${at}.coldAfterDays`, 1, 36500, "Move a snapshot after at least a day, or not at all.");
      problems.require(
        retentionDays >= coldAfterDays + 90,
        `${at}.coldAfterDays`,
        `snapshots are deleted after ${retentionDays} days, ${retentionDays - coldAfterDays} after they went cold.`,
        `Keep them for ${coldAfterDays + 90} days or more, since cold storage is billed for 90, or leave them warm.`,
      );
    }
    if (copyRetentionDays !== undefined) {
      whole(copyRetentionDays, `${at}.copyRetentionDays`, 1, 36500, "Keep copies at least a day.");
      problems.require(
        args.copyRegion !== undefined,
        `${at}.copyRetentionDays`,
        "there is no region to copy to.",
        "Set copyRegion, or remove the copies.",
      );
    }
    if (args.lock !== undefined) checkLock(problems, at, backup, args.lock);
    problems.require(
      continuousDays === undefined || intervalMinutes(schedule) >= 2 * startWindow,
      `${at}.schedule`,
      "snapshots as often as this leave no time of the day to the continuous backup.",
      "Take them less often: where start windows overlap AWS Backup runs one rule only, and continuous backups restore any second anyway.",
    );

    // One snapshot can begin at once and the next one only at the end of its start window.
    const snapshotLoss = intervalMinutes(schedule) + startWindow;
    const worstLossMinutes =
      continuousDays === undefined ? snapshotLoss : Math.min(CONTINUOUS_LAG_MINUTES, snapshotLoss);
    problems.require(
      rpoMinutes === undefined || worstLossMinutes <= rpoMinutes,
      `${at}.schedule`,
      `up to ${worstLossMinutes} minutes of data would be lost, and the recovery point objective is ${rpoMinutes}.`,
      rpoMinutes !== undefined && rpoMinutes >= HOUR + startWindow
        ? `Take a snapshot at least every ${Math.floor((rpoMinutes - startWindow) / HOUR)} hours (the start window of ${startWindow} minutes counts), or set continuousDays.`
        : "Snapshots come at most hourly; set continuousDays, or relax the objective.",
    );
    return { dataClass, worstLossMinutes, rules: rulesOf(backup, time, startWindow) };
  });
  if (args.lock !== undefined) {
    whole(args.lock.minRetentionDays, "lock.minRetentionDays", 1, 36500, "Lock at least a day.");
    problems.require(
      args.lock.maxRetentionDays >= args.lock.minRetentionDays,
      "lock.maxRetentionDays",
      `${args.lock.maxRetentionDays} is below the minimum of ${args.lock.minRetentionDays}.`,
      "Raise it.",
    );
    if (args.lock.immutableAfterDays !== undefined) {
      whole(
        args.lock.immutableAfterDays,
        "lock.immutableAfterDays",
        3,
        36500,
        "AWS leaves at least 3 days to reconsider.",
      );
    }
  }
  problems.throwIfAny(`backup ${name}`);
  return {
    startWindowMinutes: startWindow,
    completionWindowMinutes: completionWindow,
    classes: planned,
    intervalMinutes: Math.min(...classes.map((dataClass) => intervalMinutes(args.classes[dataClass]!.schedule))),
  };
}

/** Minutes between two snapshots of a schedule. */
export function intervalMinutes(schedule: BackupSchedule): number {
  return "weekly" in schedule ? 7 * DAY : schedule.everyHours * HOUR;
}

function rulesOf(backup: ClassBackup, time: RegExpExecArray | null, startWindow: number): RulePlan[] {
  const [hour, minute] = time ? [Number(time[1]), Number(time[2])] : [0, 0];
  const rules: RulePlan[] = [];
  if (backup.continuousDays !== undefined) {
    // A rule of its own: continuous backups are kept for 35 days at most, and never go cold. It begins when the snapshot's
    // start window is over, since of two rules with overlapping start windows AWS Backup runs only one.
    const start = (hour * HOUR + minute + startWindow) % DAY;
    rules.push({
      name: "continuous",
      schedule: `cron(${start % HOUR} ${Math.floor(start / HOUR)} * * ? *)`,
      continuous: true,
      retentionDays: backup.continuousDays,
      coldAfterDays: undefined,
      copyRetentionDays: undefined,
    });
  }
  rules.push({
    name: "snapshot",
    schedule: cron(backup.schedule, hour, minute),
    continuous: false,
    retentionDays: backup.retentionDays,
    coldAfterDays: backup.coldAfterDays,
    copyRetentionDays: backup.copyRetentionDays,
  });
  return rules;
}

function cron(schedule: BackupSchedule, hour: number, minute: number): string {
  if ("weekly" in schedule) return `cron(${minute} ${hour} ? * ${schedule.weekly} *)`;
  const hours = Array.from({ length: 24 / schedule.everyHours }, (_, n) => (hour + n * schedule.everyHours) % 24);
  return `cron(${minute} ${hours.sort((a, b) => a - b).join(",")} * * ? *)`;
}

function checkLock(problems: ProblemCollector, at: string, backup: ClassBackup, lock: VaultLock): void {
  for (const [property, days] of [
    ["retentionDays", backup.retentionDays],
    ["continuousDays", backup.continuousDays],
  ] as const) {
    problems.require(
      days === undefined || (days >= lock.minRetentionDays && days <= lock.maxRetentionDays),
      `${at}.${property}`,
      `${days} days are outside the vault lock's ${lock.minRetentionDays} to ${lock.maxRetentionDays}.`,
      "A locked vault refuses such a backup: bring the two together.",
    );
  }
}
