/** Backup, Budgets, Secrets Manager, Parameter Store. */
import { all, between, lengthBetween, matches, oneOf, policyJson, says } from "../limits.ts";
import { isSchedule } from "../schedule.ts";
import { limited, type Refusal, refers, refusal, type ServiceRules, type Subject } from "../types.ts";
import * as to from "./targets.ts";

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
    ...["VaultPolicy", "VaultNotifications", "VaultLockConfiguration"].flatMap((type) =>
      refers(`backup/${type}`, { backupVaultName: to.BACKUP_VAULT }),
    ),
    ...refers("secretsmanager/SecretVersion", { secretId: to.SECRET }),
    ...refers("secretsmanager/SecretPolicy", { secretArn: to.SECRET }),
    ...refers("secretsmanager/SecretRotation", { secretId: to.SECRET }),
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
    ...limited("budgets/Budget", {
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
    ...limited("secretsmanager/Secret", {
      name: matches(/^[\w/+=.@-]{1,512}$/, "must contain only alphanumeric characters and /_+=.@-"),
      recoveryWindowInDays: says(
        (text) => text === "0" || (Number(text) >= 7 && Number(text) <= 30),
        "expected {name} to be in the range (7 - 30), got {value}",
      ),
      policy: policyJson,
    }),
    ...limited("ssm/Parameter", {
      name: lengthBetween(1, 2048),
      type: oneOf("String", "StringList", "SecureString"),
      tier: oneOf("Standard", "Advanced", "Intelligent-Tiering"),
    }),
  ],
  requests: [
    { types: ["backup/Plan"], refuse: backupPlan },
    { types: ["ssm/Parameter"], refuse: parameter },
    { types: ["budgets/Budget"], refuse: budget },
  ],
};

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

function parameter({ values }: Subject): Refusal | undefined {
  const invalid = (message: string) => refusal("ValidationException", message);
  const name = values.text("name") ?? "";
  const value = values.text("value") ?? values.text("insecureValue");
  if (/^\/?(aws|ssm)/i.test(name)) {
    return invalid('Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive).');
  }
  if (!/^[\w./-]+$/.test(name)) {
    return invalid("Parameter name: can't contain spaces or characters other than a-zA-Z0-9_.-/");
  }
  if (name.includes("/") && !name.startsWith("/")) return invalid("Parameter name must be a fully qualified name.");
  if (name.split("/").length > 16) {
    return refusal("HierarchyLevelLimitExceededException", "A hierarchy can have a maximum of 15 levels.");
  }
  if (value !== undefined && value.length > 4096 && (values.text("tier") ?? "Standard") === "Standard") {
    return invalid(
      "Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier.",
    );
  }
  const pattern = values.text("allowedPattern");
  if (pattern !== undefined && value !== undefined && !new RegExp(`^(?:${pattern})$`).test(value)) {
    return refusal(
      "ParameterPatternMismatchException",
      `Parameter value, cannot be validated against allowedPattern: ${pattern}`,
    );
  }
  return undefined;
}

function budget({ values }: Subject): Refusal | undefined {
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
