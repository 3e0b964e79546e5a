import { sameAs } from "../../data/controls.ts";
import { companionRule } from "../../framework/companion-rule.ts";
import { atLeast, between, given, isFalse, isTrue, oneOf, onlyIf, setting } from "../../framework/condition.ts";
import { put } from "../../framework/fix.ts";
import { forTypes, settingRule } from "../../framework/setting-rule.ts";

/** What is overwritten comes back. */
export const bucketsVersioned = companionRule({
  id: "s3-versioned",
  title: "Buckets keep what is overwritten and deleted",
  why: "One wrong sync command deletes the only copy; with versions it is a marker that can be taken away.",
  severity: "medium",
  remedy: "Add an aws.s3.BucketVersioning with status Enabled, and a lifecycle rule for old versions.",
  url: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html",
  controls: sameAs(["S3.14"]),
  of: "aws:s3/bucket:Bucket",
  itself: setting("versioning.enabled", isTrue()),
  companions: [
    {
      type: "aws:s3/bucketVersioning:BucketVersioning",
      by: "bucket",
      check: setting("versioningConfiguration.status", oneOf(["Enabled"])),
    },
  ],
  missing: "has no aws.s3.BucketVersioning that is on",
});

/** Buckets are not emptied by a destroy. */
export const bucketsNotForced = settingRule({
  id: "s3-no-force-destroy",
  title: "Destroying a stack does not empty its buckets",
  why: "forceDestroy deletes every object and every version, without asking once more.",
  severity: "medium",
  remedy: "Leave forceDestroy out where the objects matter; empty the bucket by hand before it goes.",
  url: "https://www.pulumi.com/registry/packages/aws/api-docs/s3/bucket/#forcedestroy_nodejs",
  controls: { "nist-800-53": ["CP-9", "SI-12"] },
  checks: {
    "aws:s3/bucket:Bucket": setting("forceDestroy", isFalse()),
    "aws:backup/vault:Vault": setting("forceDestroy", isFalse()),
  },
  fixes: forTypes(["aws:s3/bucket:Bucket", "aws:backup/vault:Vault"], put("forceDestroy", isFalse(), false)),
});

/** A key can be taken back for a while. */
export const keysDeletedSlowly = settingRule({
  id: "kms-deletion-window",
  title: "Keys can be taken back for two weeks after they were deleted",
  why: "With the key goes everything that it encrypted, backups too, and nothing brings it back.",
  severity: "medium",
  remedy: "Leave deletionWindowInDays out (30), or set it to 14 or more.",
  url: "https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html",
  controls: sameAs(["KMS.3"]),
  checks: { "aws:kms/key:Key": setting("deletionWindowInDays", between(14, 30, "holds")) },
  fixes: { "aws:kms/key:Key": put("deletionWindowInDays", between(14, 30, "holds"), 14) },
});

/** So can a secret. */
export const secretsDeletedSlowly = settingRule({
  id: "secret-recovery-window",
  title: "Secrets can be taken back for a week after they were deleted",
  why: "With 0 days the secret is gone at once, and what needs it stops.",
  severity: "medium",
  remedy: "Leave recoveryWindowInDays out (30), or set it to 7 or more.",
  url: "https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_delete-secret.html",
  controls: { "nist-800-53": ["CP-9", "SI-12"] },
  checks: { "aws:secretsmanager/secret:Secret": setting("recoveryWindowInDays", between(7, 30, "holds")) },
  fixes: { "aws:secretsmanager/secret:Secret": put("recoveryWindowInDays", between(7, 30, "holds"), 7) },
});

/** Backups outlive the mistake. */
export const plansKeep = settingRule({
  id: "backup-plan-retention",
  title: "Backup plans keep what they make for at least a week",
  why: "What was damaged on a Friday is noticed on Monday.",
  severity: "medium",
  remedy: "Set lifecycle.deleteAfter of each rule to 7 or more.",
  url: "https://docs.aws.amazon.com/aws-backup/latest/devguide/creating-a-backup-plan.html",
  controls: { "nist-800-53": ["CP-9", "SI-12"], "security-hub": ["Backup.5"] },
  checks: { "aws:backup/plan:Plan": setting("rules[].lifecycle.deleteAfter", atLeast(7, "holds")) },
  fixes: { "aws:backup/plan:Plan": put("rules[].lifecycle.deleteAfter", atLeast(7, "holds"), 7) },
});

/** With a key of their own. */
export const vaultsHaveKeys = settingRule({
  id: "backup-vault-key",
  title: "Vaults of backups have a key of their own",
  why: "Copies for another account cannot be made of what AWS's own key encrypts, and it cannot be taken away from anybody.",
  severity: "medium",
  remedy: "Set kmsKeyArn.",
  url: "https://docs.aws.amazon.com/aws-backup/latest/devguide/encryption.html",
  controls: { "nist-800-53": ["CP-9(8)", "SC-28"], "security-hub": ["Backup.1"] },
  checks: { "aws:backup/vault:Vault": setting("kmsKeyArn", given) },
});

/** File systems are backed up. */
export const fileSystemsBackedUp = companionRule({
  id: "efs-backup",
  title: "File systems are backed up",
  why: "Deleted files are gone: a file system has no snapshots of its own.",
  severity: "medium",
  remedy: "Add an aws.efs.BackupPolicy with status ENABLED.",
  url: "https://docs.aws.amazon.com/efs/latest/ug/awsbackup.html",
  controls: sameAs(["EFS.2"]),
  of: "aws:efs/fileSystem:FileSystem",
  companions: [
    {
      type: "aws:efs/backupPolicy:BackupPolicy",
      by: "fileSystemId",
      check: setting("backupPolicy.status", oneOf(["ENABLED"])),
    },
  ],
  missing: "has no aws.efs.BackupPolicy that is on",
});

/** An alarm that tells somebody. */
export const alarmsTell = settingRule({
  id: "alarm-has-action",
  title: "Alarms tell somebody",
  why: "An alarm without an action turns red where nobody looks.",
  severity: "medium",
  remedy: "Name a topic in alarmActions, and leave actionsEnabled on.",
  url: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-actions.html",
  controls: sameAs(["CloudWatch.15", "CloudWatch.17"]),
  checks: {
    "aws:cloudwatch/metricAlarm:MetricAlarm": onlyIf(
      // One that a composite alarm reads says so by switching its own actions off.
      setting("actionsEnabled", isTrue("holds")),
      setting("alarmActions", given),
    ),
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": onlyIf(
      setting("actionsEnabled", isTrue("holds")),
      setting("alarmActions", given),
    ),
  },
});

/** Silence is no good news. */
export const silenceDecided = settingRule({
  id: "alarm-missing-data",
  title: "Alarms say what silence means",
  why: "Without treatMissingData an alarm keeps quiet when what it measures is gone altogether.",
  severity: "low",
  remedy: "Set treatMissingData to breaching, notBreaching, ignore or missing, as the metric asks for.",
  url: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html#alarms-and-missing-data",
  controls: { "nist-800-53": ["CA-7", "SI-4(5)"] },
  checks: { "aws:cloudwatch/metricAlarm:MetricAlarm": setting("treatMissingData", given) },
});
