import type { DataClass } from "../../contracts/tags.ts";
import type { BackupSchedule } from "../model/data.ts";
import { type EnvironmentDraft, type Rule, servicesOf } from "./rule.ts";

/** Minutes within which AWS Backup may begin a scheduled job, the least it allows. */
const START_WINDOW_MINUTES = 60;

/**
 * What is lost at most when the data is gone, in minutes: the time between two recovery points, of which one may begin at
 * once and the next only at the end of its start window.
 */
const WORST_LOSS_MINUTES: Readonly<Record<BackupSchedule, number>> = {
  hourly: 60 + START_WINDOW_MINUTES,
  daily: 24 * 60 + START_WINDOW_MINUTES,
  weekly: 7 * 24 * 60 + START_WINDOW_MINUTES,
  monthly: 31 * 24 * 60 + START_WINDOW_MINUTES,
};

/** Minutes lost at most with point-in-time recovery: Amazon RDS uploads transaction logs every five minutes. */
const CONTINUOUS_MINUTES = 5;

/** Longest retention of a continuous backup in AWS Backup, in days. */
const CONTINUOUS_MOST_DAYS = 35;

/** Least time AWS Backup keeps a recovery point in cold storage, in days. */
const COLD_LEAST_DAYS = 90;

/** A database without a standby comes back by a restore; planning figure, to be replaced by the restore test's. */
const RESTORE_MINUTES = 60;

/** The database is one AWS offers. */
export const databaseRule: Rule = ({ data, kind }, report) => {
  const database = data?.database;
  if (database === undefined) return;
  const at = "data.database";
  const { engine, instanceClass, serverless, instances, multiAz, storageGiB, dataClass, seedStrategy } = database;

  if (instanceClass !== undefined && serverless !== undefined) {
    report(`${at}.instanceClass`, "given together with serverless.", "Keep one of the two.");
  }
  if (instanceClass === undefined && serverless === undefined) {
    report(at, "it has no capacity.", "Give instanceClass, or serverless for Aurora.");
  }
  if (serverless?.minAcu !== undefined && serverless.maxAcu !== undefined && serverless.minAcu > serverless.maxAcu) {
    report(
      `${at}.serverless.minAcu`,
      `${serverless.minAcu} is more than the maximum, ${serverless.maxAcu}.`,
      "Lower it.",
    );
  }
  if (engine === "aurora-postgresql") {
    if (storageGiB !== undefined) {
      report(`${at}.storageGiB`, `${storageGiB} is given, but Aurora's storage grows by itself.`, "Remove it.");
    }
    if (multiAz === true && instances === 1) {
      report(`${at}.instances`, "1 instance cannot be in two zones.", "Write 2 or more, or set multiAz to false.");
    }
    if (multiAz === false && instances !== undefined && instances > 1) {
      report(
        `${at}.multiAz`,
        `false, but ${instances} instances are in several zones.`,
        "Set it to true, or write 1 instance.",
      );
    }
  }
  if (engine === "postgresql") {
    if (serverless !== undefined) report(`${at}.serverless`, "only Aurora is serverless.", "Use instanceClass.");
    if (storageGiB === undefined) report(`${at}.storageGiB`, "it is missing.", "Say how many GiB it starts with.");
    if (instances !== undefined && instances > 1) {
      report(`${at}.instances`, `${instances}: RDS has one, its standby comes with multiAz.`, "Remove it.");
    }
  }
  if (
    kind !== undefined &&
    kind !== "production" &&
    seedStrategy === "full" &&
    (dataClass === "personal" || dataClass === "critical")
  ) {
    report(
      `${at}.seedStrategy`,
      `"full" brings ${dataClass} data out of production.`,
      'Use "sanitised" or "test-data".',
    );
  }
  if (kind === "production" && seedStrategy !== undefined && seedStrategy !== "full") {
    report(`${at}.seedStrategy`, `"${seedStrategy}" is not what production has.`, 'Write "full".');
  }
};

/** A backup plan is one AWS Backup takes, and the vault's lock lets its recovery points in. */
export const planRule: Rule = ({ backup, region }, report) => {
  const lock = backup?.vaultLock;
  const { minRetentionDays: least, maxRetentionDays: most } = lock ?? {};
  if (least !== undefined && most !== undefined && least > most) {
    report("backup.vaultLock.minRetentionDays", `${least} is more than maxRetentionDays, ${most}.`, "Lower it.");
  }
  const checkCopy = (property: string, copyRegion: string | undefined) => {
    if (copyRegion !== undefined && copyRegion === region) {
      report(property, `"${copyRegion}" is the environment's own region.`, "A copy helps only in another region.");
    }
  };
  checkCopy("backup.copyRegion", backup?.copyRegion);
  for (const [dataClass, plan] of Object.entries(backup?.plans ?? {})) {
    const at = `backup.plans.${dataClass}`;
    const { retentionDays, continuous, coldStorageAfterDays: cold } = plan ?? {};
    checkCopy(`${at}.copyRegion`, plan?.copyRegion);
    if (dataClass === "none") report(at, "resources of class none hold nothing to back up.", "Remove the plan.");
    if (retentionDays === undefined) continue;
    if (continuous === true && retentionDays > CONTINUOUS_MOST_DAYS) {
      report(
        `${at}.retentionDays`,
        `${retentionDays} days of a continuous backup.`,
        `AWS keeps continuous backups for ${CONTINUOUS_MOST_DAYS} days at most.`,
      );
    }
    if (cold !== undefined && retentionDays < cold + COLD_LEAST_DAYS) {
      report(
        `${at}.coldStorageAfterDays`,
        `${cold} days, then at least ${COLD_LEAST_DAYS} in cold storage, do not fit into ${retentionDays}.`,
        `Raise retentionDays to ${cold + COLD_LEAST_DAYS} or remove it.`,
      );
    }
    if ((least !== undefined && retentionDays < least) || (most !== undefined && retentionDays > most)) {
      report(
        `${at}.retentionDays`,
        `${retentionDays} days are outside the vault lock's ${least ?? 1} to ${most ?? "∞"}: AWS would refuse each job.`,
        "Change it, or the lock.",
      );
    }
  }
};

/** Where the environment keeps data that cannot be made again, by class. */
function dataHolders(env: EnvironmentDraft): Map<DataClass, string> {
  const holders = new Map<DataClass, string>();
  for (const [path, service] of servicesOf(env)) {
    if (service.tags?.dataClass !== undefined) holders.set(service.tags.dataClass, path);
  }
  const { database } = env.data ?? {};
  if (database?.dataClass !== undefined) holders.set(database.dataClass, "data.database");
  holders.delete("none");
  holders.delete("transient");
  return holders;
}

/** The backups reach the objectives. The engine's own backups go away with the database, so they do not count. */
export const recoveryRule: Rule = (env, report) => {
  const { recovery, backup, data } = env;
  if (recovery === undefined || backup?.plans === undefined) return;
  const { rpoMinutes, rtoMinutes } = recovery;
  for (const [dataClass, holder] of dataHolders(env)) {
    if (!(dataClass in backup.plans)) {
      report(
        `backup.plans.${dataClass}`,
        `no plan backs up the ${dataClass} data of ${holder}.`,
        "Add a plan for this class.",
      );
      continue;
    }
    const plan = backup.plans[dataClass];
    if (plan?.schedule === undefined || plan.continuous === undefined || rpoMinutes === undefined) continue;
    const loss = plan.continuous ? CONTINUOUS_MINUTES : WORST_LOSS_MINUTES[plan.schedule];
    if (loss > rpoMinutes) {
      const how = plan.continuous ? "continuous" : plan.schedule;
      report(
        "recovery.rpoMinutes",
        `${rpoMinutes} minutes, but the ${how} backup of ${dataClass} data (${holder}) can lose ${loss}.`,
        plan.continuous
          ? `Write ${CONTINUOUS_MINUTES} or more.`
          : `Set backup.plans.${dataClass}.continuous to true (loses ${CONTINUOUS_MINUTES} minutes), or back up more often.`,
      );
    }
  }
  if (data?.database?.multiAz === false && rtoMinutes !== undefined && rtoMinutes < RESTORE_MINUTES) {
    report(
      "recovery.rtoMinutes",
      `${rtoMinutes} minutes, but a database in one zone comes back by a restore (about ${RESTORE_MINUTES}).`,
      "Set data.database.multiAz to true, or write a longer time.",
    );
  }
};
