/** S3, CloudWatch and its logs, Synthetics, AWS Backup, FIS, Budgets. */
import { permits } from "./fixtures.ts";
import { api, guide, pairs, provider } from "./types.ts";

const CANARY = provider("service/synthetics/canary.go");
const TEMPLATE = provider("service/fis/experiment_template.go");
const ALARM = provider("service/cloudwatch/metric_alarm.go");

const canary = {
  name: "shop",
  artifactS3Location: "s3://some-logs/canary",
  executionRoleArn: "<functionRole.arn>",
  handler: "index.handler",
  runtimeVersion: "syn-nodejs-puppeteer-10.0",
  zipFile: "canary.zip",
  schedule: { expression: "rate(5 minutes)" },
};
const experiment = {
  description: "stop one",
  roleArn: "<role.arn>",
  stopConditions: [{ source: "none" }],
  actions: [{ name: "stop", actionId: "aws:ecs:stop-task", target: { key: "Tasks", value: "tasks" } }],
  targets: [
    {
      name: "tasks",
      resourceType: "aws:ecs:task",
      selectionMode: "COUNT(1)",
      resourceTags: [{ key: "service", value: "app" }],
    },
  ],
};
const [action] = experiment.actions;
const [target] = experiment.targets;
const budget = { name: "new", budgetType: "COST", limitAmount: "100", limitUnit: "USD", timeUnit: "MONTHLY" };
const told = {
  comparisonOperator: "GREATER_THAN",
  threshold: 80,
  thresholdType: "PERCENTAGE",
  notificationType: "ACTUAL",
};
const plan = (rule: object) => ({ name: "p", rules: [{ ruleName: "daily", targetVaultName: "<vault>", ...rule }] });
const alarm = {
  ...{ name: "a", comparisonOperator: "GreaterThanThreshold", evaluationPeriods: 1, metricName: "m", namespace: "n" },
  ...{ period: 60, statistic: "Sum", threshold: 1 },
};
const everybody = (bucket: string) => ({
  bucket: `<${bucket}>`,
  policy: permits({ Principal: "*", Resource: `arn:aws:s3:::${bucket === "site" ? "some-site" : "open-site"}/*` }),
});
const counting = (more: object) => ({
  name: "errors",
  logGroupName: "<logs>",
  pattern: "ERROR",
  metricTransformation: { name: "Errors", namespace: "app", value: "1", ...more },
});
const copies = {
  bucket: "<site>",
  role: "<role.arn>",
  rules: [{ id: "all", status: "Enabled", destination: { bucket: "arn:aws:s3:::some-copies" } }],
};
const notices = {
  bucket: "<site>",
  lambdaFunctions: [{ lambdaFunctionArn: "<worker.arn>", events: ["s3:ObjectCreated:*"] }],
};
const subscription = { name: "three", logGroup: "<logs>", filterPattern: "", destinationArn: "<worker.arn>" };

export const OPERATIONS = [
  ...pairs("check", [
    [
      "an alarm that tells six",
      "cloudwatch/MetricAlarm",
      { ...alarm, alarmActions: [1, 2, 3, 4, 5, 6].map((n) => `arn:aws:sns:eu-west-1:123456789012:t${n}`) },
      "Too many list items",
      "supports 5 item maximum",
      api("cloudwatch", "PutMetricAlarm"),
      { alarmActions: ["arn:aws:sns:eu-west-1:123456789012:t1"] },
    ],
    [
      "silence that means a misspelt thing",
      "cloudwatch/MetricAlarm",
      { ...alarm, treatMissingData: "not_breaching" },
      "expected treat_missing_data to be one of",
      "got not_breaching",
      ALARM,
      { treatMissingData: "notBreaching" },
    ],
    [
      "a canary name in capitals",
      "synthetics/Canary",
      { ...canary, name: "Shop" },
      "invalid value for name",
      "must contain only lowercase alphanumeric, hyphen, or underscore.",
      CANARY,
      { name: "shop" },
    ],
    [
      "a canary without a script",
      "synthetics/Canary",
      { ...canary, zipFile: null },
      '"s3_bucket": one of `s3_bucket,zip_file` must be specified',
      "",
      CANARY,
      { zipFile: "canary.zip" },
    ],
    [
      "a canary of 1,000 MB",
      "synthetics/Canary",
      { ...canary, runConfig: { memoryInMb: 1000 } },
      "expected run_config.0.memory_in_mb to be divisible by 64",
      "got: 1000",
      CANARY,
      { runConfig: { memoryInMb: 1024 } },
    ],
    [
      "an experiment with an action in words",
      "fis/ExperimentTemplate",
      { ...experiment, actions: [{ ...action, actionId: "stop a task" }] },
      "invalid value for actions.0.action_id",
      "must be in the format of aws:service-name:action-name",
      TEMPLATE,
      experiment,
    ],
    [
      "an experiment on one and a half targets",
      "fis/ExperimentTemplate",
      { ...experiment, targets: [{ ...target, selectionMode: "COUNT(1.5)" }] },
      "invalid value for targets.0.selection_mode",
      "must be one of ALL, COUNT(number), PERCENT(number)",
      TEMPLATE,
      experiment,
    ],
    [
      "a vault that tells of what does not happen",
      "backup/VaultNotifications",
      { backupVaultName: "<vault>", snsTopicArn: "<topic.arn>", backupVaultEvents: ["BACKUP_DONE"] },
      "expected backup_vault_events.0 to be one of",
      "got BACKUP_DONE",
      provider("service/backup/vault_notifications.go"),
      { backupVaultEvents: ["BACKUP_JOB_FAILED"] },
    ],
    [
      "a budget for a week",
      "budgets/Budget",
      { ...budget, timeUnit: "WEEKLY" },
      "expected time_unit to be one of",
      "got WEEKLY",
      provider("service/budgets/budget.go"),
      { timeUnit: "DAILY" },
    ],
  ]),
  ...pairs("create", [
    [
      "a policy for everybody on a bucket that takes none",
      "s3/BucketPolicy",
      everybody("site"),
      "AccessDenied",
      "BlockPublicPolicy",
      guide("AmazonS3/latest/userguide/access-control-block-public-access.html"),
      everybody("openSite"),
      ["opened"],
    ],
    [
      "copies of a bucket without versions",
      "s3/BucketReplicationConfig",
      copies,
      "InvalidRequest",
      "Versioning must be 'Enabled' on the bucket",
      guide("AmazonS3/latest/userguide/replication-requirements.html"),
      { bucket: "<openSite>" },
      ["versioned"],
    ],
    [
      "a function that S3 may not call",
      "s3/BucketNotification",
      {
        ...notices,
        lambdaFunctions: [
          {
            ...notices.lambdaFunctions[0],
            lambdaFunctionArn: "arn:aws:lambda:eu-west-1:000000000000:function:nothing",
          },
        ],
      },
      "InvalidArgument",
      "Unable to validate the following destination configurations",
      guide("AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html"),
      notices,
      ["calledByS3"],
    ],
    [
      "a log group under a key that the logs may not use",
      "cloudwatch/LogGroup",
      { name: "/new", kmsKeyId: "<plainKey.arn>" },
      "AccessDeniedException",
      "The specified KMS key does not exist or is not allowed to be used with Arn 'arn:aws:logs:eu-west-1:000000000000:log-group:/new'",
      guide("AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html"),
      { kmsKeyId: "<logKey.arn>" },
    ],
    [
      "a metric with dimensions and a default",
      "cloudwatch/LogMetricFilter",
      counting({ dimensions: { path: "$.path" }, defaultValue: "0" }),
      "InvalidParameterException",
      "mutually exclusive",
      api("logs", "MetricTransformation"),
      counting({ dimensions: { path: "$.path" } }),
    ],
    [
      "a third subscription of one log group",
      "cloudwatch/LogSubscriptionFilter",
      subscription,
      "LimitExceededException",
      "Resource limit exceeded.",
      guide("AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html"),
      { logGroup: "<otherLogs>" },
      ["firstSubscription", "secondSubscription"],
    ],
    [
      "a canary on a runtime AWS has retired",
      "synthetics/Canary",
      { ...canary, runtimeVersion: "syn-nodejs-2.0" },
      "ValidationException",
      "",
      guide("AmazonCloudWatch/latest/monitoring/CloudWatch_Synthetics_Library_nodejs_puppeteer.html"),
      { runtimeVersion: "syn-nodejs-puppeteer-10.0" },
    ],
    [
      "a canary every two hours",
      "synthetics/Canary",
      { ...canary, schedule: { expression: "rate(2 hours)" } },
      "ValidationException",
      "",
      api("synthetics", "CanaryScheduleInput"),
      { schedule: { expression: "rate(1 hour)" } },
    ],
    [
      "an experiment on a target it does not name",
      "fis/ExperimentTemplate",
      { ...experiment, actions: [{ ...action, target: { key: "Tasks", value: "task" } }] },
      "ValidationException",
      "",
      api("fis", "CreateExperimentTemplate"),
      experiment,
    ],
    [
      "an action after one there is not",
      "fis/ExperimentTemplate",
      { ...experiment, actions: [{ ...action, startAfters: ["wait"] }] },
      "ValidationException",
      "",
      api("fis", "CreateExperimentTemplate"),
      {
        actions: [
          { ...action, startAfters: ["wait"] },
          { name: "wait", actionId: "aws:fis:wait" },
        ],
      },
    ],
    [
      "a backup plan on a schedule of five fields",
      "backup/Plan",
      plan({ schedule: "cron(0 3 * * *)" }),
      "InvalidParameterValueException",
      "",
      api("backup", "CreateBackupPlan"),
      plan({ schedule: "cron(0 3 * * ? *)" }),
    ],
    [
      "a backup that has to start within half an hour",
      "backup/Plan",
      plan({ startWindow: 30 }),
      "InvalidParameterValueException",
      "",
      api("backup", "BackupRuleInput"),
      plan({ startWindow: 60 }),
    ],
    [
      "a backup plan into a vault that does not exist",
      "backup/Plan",
      plan({ targetVaultName: "nothing" }),
      "InvalidParameterValueException",
      "nothing",
      api("backup", "CreateBackupPlan"),
      plan({}),
    ],
    [
      "two selections of one name",
      "backup/Selection",
      { planId: "<plan>", name: "all", iamRoleArn: "<role.arn>", resources: ["*"] },
      "AlreadyExistsException",
      "already exists",
      api("backup", "CreateBackupSelection"),
      { name: "some" },
      ["selection"],
    ],
    [
      "a lock that keeps for longer than it may",
      "backup/VaultLockConfiguration",
      { backupVaultName: "<vault>", minRetentionDays: 30, maxRetentionDays: 7 },
      "InvalidParameterValueException",
      "",
      api("backup", "PutBackupVaultLockConfiguration"),
      { maxRetentionDays: 365 },
    ],
    [
      "a budget that tells nobody",
      "budgets/Budget",
      { ...budget, notifications: [told] },
      "InvalidParameterException",
      "",
      api("budgets", "budgets_NotificationWithSubscribers"),
      { notifications: [{ ...told, subscriberEmailAddresses: ["someone@example.com"] }] },
    ],
    [
      "a budget that ends before it begins",
      "budgets/Budget",
      { ...budget, timePeriodStart: "2027-01-01_00:00", timePeriodEnd: "2026-01-01_00:00" },
      "InvalidParameterException",
      "",
      api("budgets", "budgets_TimePeriod"),
      { timePeriodEnd: "2028-01-01_00:00" },
    ],
    [
      "two budgets of one name",
      "budgets/Budget",
      { ...budget, name: "month" },
      "DuplicateRecordException",
      "already exists",
      api("budgets", "budgets_CreateBudget"),
      { name: "year" },
      ["budget"],
    ],
  ]),
];
