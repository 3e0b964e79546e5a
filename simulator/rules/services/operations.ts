/** AWS Backup, Budgets, FIS, CloudWatch Synthetics. */
import { exactlyOne, requiring } from "../combinations.ts";
import { all, atLeast, between, divisibleBy, lengthBetween, matches, oneOf } from "../limits.ts";
import { isSchedule } from "../schedule.ts";
import { limited, type Refusal, refers, refusal, type ServiceRules, type Subject } from "../types.ts";
import * as to from "./targets.ts";

/** AWS Backup developer guide, PutBackupVaultNotifications, `BackupVaultEvents`. */
const VAULT_EVENTS = [
  ...["BACKUP_JOB_STARTED", "BACKUP_JOB_COMPLETED", "BACKUP_JOB_SUCCESSFUL", "BACKUP_JOB_FAILED", "BACKUP_JOB_EXPIRED"],
  ...["RESTORE_JOB_STARTED", "RESTORE_JOB_COMPLETED", "RESTORE_JOB_SUCCESSFUL", "RESTORE_JOB_FAILED"],
  ...["COPY_JOB_STARTED", "COPY_JOB_SUCCESSFUL", "COPY_JOB_FAILED", "RECOVERY_POINT_MODIFIED"],
  ...["BACKUP_PLAN_CREATED", "BACKUP_PLAN_MODIFIED", "S3_BACKUP_OBJECT_FAILED", "S3_RESTORE_OBJECT_FAILED"],
  ...["CONTINUOUS_BACKUP_INTERRUPTED", "RECOVERY_POINT_INDEX_COMPLETED", "RECOVERY_POINT_INDEX_DELETED"],
  ...["RECOVERY_POINT_INDEXING_FAILED"],
];

export const OPERATIONS: ServiceRules = {
  references: [
    ...refers("backup/Plan", {
      "rules[*].targetVaultName": {
        to: to.BACKUP_VAULT,
        missing: refusal("InvalidParameterValueException", "Backup vault {} does not exist"),
      },
    }),
    ...refers("backup/Selection", {
      planId: { to: to.BACKUP_PLAN, blocks: true },
      iamRoleArn: { to: to.ROLE, missing: refusal("InvalidParameterValueException", "IAM Role {} does not exist") },
    }),
    ...refers("backup/Vault", {
      kmsKeyArn: { to: to.KMS_KEY, missing: refusal("InvalidParameterValueException", "Invalid KMS key ARN {}") },
    }),
    ...refers("backup/VaultNotifications", {
      snsTopicArn: {
        to: to.TOPIC,
        missing: refusal("InvalidParameterValueException", "Provided SNS topic {} does not exist"),
      },
    }),
    ...refers("fis/ExperimentTemplate", {
      roleArn: { to: to.ROLE, missing: refusal("ValidationException", "The role {} does not exist") },
    }),
    ...refers("synthetics/Canary", {
      executionRoleArn: {
        to: to.ROLE,
        missing: refusal("ValidationException", "The role {} does not exist"),
      },
    }),
    ...["VaultPolicy", "VaultNotifications", "VaultLockConfiguration"].flatMap((type) =>
      refers(`backup/${type}`, { backupVaultName: to.BACKUP_VAULT }),
    ),
  ],
  limits: [
    ...limited("backup/Vault", {
      name: matches(/^[0-9A-Za-z_-]{2,50}$/, "must consist of letters, numbers, and hyphens."),
    }),
    ...limited("backup/Selection", {
      name: all(
        lengthBetween(1, 50),
        matches(/^[0-9A-Za-z_.-]+$/, "must contain only alphanumeric, hyphen, underscore, and period characters"),
      ),
    }),
    ...limited("backup/VaultLockConfiguration", { changeableForDays: between(3, 36_500) }),
    ...limited("backup/VaultNotifications", { "backupVaultEvents[*]": oneOf(...VAULT_EVENTS) }),
    ...limited("fis/ExperimentTemplate", {
      description: lengthBetween(0, 512),
      "actions[*].actionId": matches(
        /^aws:[0-9a-z-]+:[0-9A-Za-z/-]+$/,
        "must be in the format of aws:service-name:action-name",
      ),
      "targets[*].selectionMode": matches(
        /^(ALL|COUNT\(\d+\)|PERCENT\(\d+\))$/,
        "must be one of ALL, COUNT(number), PERCENT(number)",
      ),
      "stopConditions[*].source": oneOf("aws:cloudwatch:alarm", "none"),
    }),
    ...limited("synthetics/Canary", {
      name: all(
        lengthBetween(1, 255),
        matches(/^[0-9a-z_-]+$/, "must contain only lowercase alphanumeric, hyphen, or underscore."),
      ),
      "runConfig.memoryInMb": all(divisibleBy(64), atLeast(960)),
      "runConfig.timeoutInSeconds": between(3, 14 * 60),
      successRetentionPeriod: between(1, 455),
      failureRetentionPeriod: between(1, 455),
    }),
    ...limited("budgets/Budget", {
      name: lengthBetween(1, 100),
      timeUnit: oneOf("DAILY", "MONTHLY", "QUARTERLY", "ANNUALLY", "CUSTOM"),
      budgetType: oneOf(
        "USAGE",
        "COST",
        "RI_UTILIZATION",
        "RI_COVERAGE",
        "SAVINGS_PLANS_UTILIZATION",
        "SAVINGS_PLANS_COVERAGE",
      ),
      "notifications[*].comparisonOperator": oneOf("GREATER_THAN", "LESS_THAN", "EQUAL_TO"),
      "notifications[*].notificationType": oneOf("ACTUAL", "FORECASTED"),
      "notifications[*].thresholdType": oneOf("PERCENTAGE", "ABSOLUTE_VALUE"),
    }),
  ],
  combinations: [
    exactlyOne("synthetics/Canary", "s3Bucket", "zipFile"),
    requiring("synthetics/Canary", "s3Bucket", "s3Key"),
  ],
  requests: [
    { types: ["fis/ExperimentTemplate"], refuse: experiment },
    { types: ["synthetics/Canary"], refuse: canary },
    { types: ["backup/VaultLockConfiguration"], refuse: lock },
    { types: ["backup/Plan"], refuse: backupPlan },
    { types: ["budgets/Budget"], refuse: budget },
  ],
};

/** What of a template names another part of it. */
function experiment({ values }: Subject): Refusal | undefined {
  const invalid = (message: string) => refusal("ValidationException", message);
  const targets = values.texts("targets[*].name");
  const actions = values.texts("actions[*].name");
  if (values.list("targets").length > targets.length || values.list("actions").length > actions.length)
    return undefined;
  const unknown = values.texts("actions[*].target.value").find((name) => !targets.includes(name));
  if (unknown !== undefined) return invalid(`The target ${unknown} that an action refers to is not defined.`);
  const later = values.texts("actions[*].startAfters[*]").find((name) => !actions.includes(name));
  return later === undefined ? undefined : invalid(`The action ${later} that another starts after is not defined.`);
}

/** CloudWatch user guide, "Canary runtime versions": no canary can be made with them any more. */
const RETIRED_RUNTIME = /^syn-(1\.0|nodejs-2\..*|nodejs-puppeteer-[345]\..*|python-selenium-1\..*)$/;

function canary({ values }: Subject): Refusal | undefined {
  const invalid = (message: string) => refusal("ValidationException", message);
  const [runtime, expression] = [values.text("runtimeVersion"), values.text("schedule.expression")];
  if (runtime !== undefined && RETIRED_RUNTIME.test(runtime)) {
    return invalid(`Deprecated runtime version specified: ${runtime}`);
  }
  if (runtime !== undefined && !/^syn-[a-z-]+-\d+\.\d+$/.test(runtime)) {
    return invalid(`Invalid runtime version specified: ${runtime}`);
  }
  const often = /^rate\((0 (minute|hour)|1 hour|1 minute|[1-5]?\d minutes|60 minutes)\)$/;
  return expression === undefined ||
    often.test(expression) ||
    (expression.startsWith("cron(") && isSchedule(expression))
    ? undefined
    : invalid(`Invalid schedule expression: ${expression}`);
}

function lock({ values }: Subject): Refusal | undefined {
  const [min, max] = [values.number("minRetentionDays"), values.number("maxRetentionDays")];
  return min !== undefined && max !== undefined && min > max
    ? refusal("InvalidParameterValueException", "MinRetentionDays cannot be greater than MaxRetentionDays")
    : undefined;
}

function backupPlan({ values }: Subject): Refusal | undefined {
  for (const rule of values.items("rules")) {
    const inRule = (message: string) =>
      refusal("InvalidParameterValueException", `Error in rule ${rule.text("ruleName")} : ${message}`);
    const schedule = rule.text("schedule");
    if (schedule !== undefined && !isSchedule(schedule)) {
      return inRule(`Invalid schedule expression: ${schedule}`);
    }
    for (const path of ["lifecycle", "copyActions[*].lifecycle"]) {
      for (const { value } of rule.at(path)) {
        const { coldStorageAfter: cold, deleteAfter } = value as { coldStorageAfter?: number; deleteAfter?: number };
        if (deleteAfter !== undefined && (deleteAfter < 1 || deleteAfter > 36_500)) {
          return inRule("Invalid lifecycle. DeleteAfterDays cannot be less than 1 or more than 36500 days");
        }
        if (cold && rule.flag("enableContinuousBackup")) {
          return inRule("Invalid lifecycle. MoveToColdStorageAfterDays is unavailable");
        }
        if (cold && deleteAfter && deleteAfter < cold + 90) {
          return inRule(
            "Invalid lifecycle. DeleteAfterDays cannot be less than 90 days apart from MoveToColdStorageAfterDays",
          );
        }
      }
    }
    const [start, completion] = [rule.number("startWindow"), rule.number("completionWindow")];
    if (start !== undefined && start < 60) return inRule("Invalid start window. It must be at least 60 minutes");
    if (start !== undefined && completion !== undefined && completion < start + 60) {
      return inRule("Completion window must be at least 60 minutes greater than the start window");
    }
  }
  return undefined;
}

function budget({ values }: Subject): Refusal | undefined {
  const invalid = (message: string) => refusal("InvalidParameterException", message);
  const [name, start, end] = ["name", "timePeriodStart", "timePeriodEnd"].map((one) => values.text(one));
  if (name !== undefined && /[:\\]/.test(name)) return invalid("Budget name cannot contain : and \\");
  if (start !== undefined && end !== undefined && start >= end) return invalid("Start time must be before end time");
  for (const notification of values.items("notifications")) {
    const addresses =
      notification.list("subscriberEmailAddresses").length + notification.list("subscriberSnsTopicArns").length;
    if (addresses === 0) {
      return refusal("InvalidParameterException", "Notification must have at least one subscriber");
    }
    if ((notification.number("threshold") ?? 1) <= 0) {
      return refusal("InvalidParameterException", "Notification threshold must be greater than 0");
    }
  }
  return values.items("notifications").length > 10
    ? refusal("CreationLimitExceededException", "You can have at most 10 notifications per budget")
    : undefined;
}
