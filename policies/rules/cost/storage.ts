import { sameAs } from "../../data/controls.ts";
import { companionRule } from "../../framework/companion-rule.ts";
import { between, type Check, given, isTrue, matching, noneOf, onlyIf, setting } from "../../framework/condition.ts";
import { put } from "../../framework/fix.ts";
import type { Property } from "../../framework/property.ts";
import { settingRule } from "../../framework/setting-rule.ts";

const RESOURCE_USE = { "nist-800-53": ["SA-2", "SI-12"] };

/** Logs end. */
export const logsEnd = settingRule({
  id: "logs-retention",
  title: "Log groups say how long they keep their logs",
  why: "CloudWatch keeps them for ever, and for ever is paid for.",
  severity: "low",
  remedy: "Set retentionInDays.",
  url: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html",
  controls: { "nist-800-53": ["AU-11", "SI-12"] },
  checks: { "aws:cloudwatch/logGroup:LogGroup": setting("retentionInDays", between(1, 3653)) },
  fixes: {
    // Ten years, the longest that CloudWatch knows: no log that there is today is deleted.
    "aws:cloudwatch/logGroup:LogGroup": put("retentionInDays", between(1, 3653), 3653),
  },
});

/** Objects end or move. */
export const bucketsHaveLifecycle = companionRule({
  id: "s3-lifecycle",
  title: "Buckets say what becomes of old objects",
  why: "Old versions, logs and halves of uploads stay for ever at the price of new ones.",
  severity: "low",
  remedy: "Add an aws.s3.BucketLifecycleConfiguration; at the least one that ends uploads that were never finished.",
  url: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html",
  controls: sameAs(["S3.10", "S3.13"]),
  of: "aws:s3/bucket:Bucket",
  itself: setting("lifecycleRules", given),
  companions: [{ type: "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", by: "bucket" }],
  missing: "has no aws.s3.BucketLifecycleConfiguration",
});

/** What has to be said for a rule to end uploads of all objects: each with whether it is. */
function endsAll(rule: Property): (readonly [Property, boolean])[] {
  const filters = rule.get("filter").entries();
  return [
    [rule.get("status"), rule.get("status").string === "Enabled"],
    [rule.get("abortIncompleteMultipartUpload"), rule.get("abortIncompleteMultipartUpload").known],
    [rule.get("filter"), true],
    ...filters.map(([, value]) => [value, value.absent || value.string === ""] as const),
  ];
}

/** A rule that ends uploads which were begun. */
const endsUploads: Check = (inputs, report) => {
  const rules = inputs.get("rules");
  if (rules.unknown) return report.wait(rules);
  const candidates = rules.items().map(endsAll);
  // A rule whose known parts are as they should be may still be one.
  const open = candidates.filter((parts) => parts.every(([part, holds]) => part.unknown || holds));
  if (open.some((parts) => parts.every(([part]) => part.known || part.absent))) return;
  report.failUnless(
    open.flatMap((parts) => parts.flatMap(([part]) => (part.unknown ? [part] : []))),
    `${rules.path} has none with abortIncompleteMultipartUpload`,
  );
};

/** Uploads end. */
export const uploadsEnd = settingRule({
  id: "s3-uploads-end",
  title: "Uploads that were never finished are thrown away",
  why: "Their parts are paid for, and no list of objects shows them.",
  severity: "low",
  remedy: "Add a rule with abortIncompleteMultipartUpload.daysAfterInitiation 7.",
  url: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpu-abort-incomplete-mpu-lifecycle-config.html",
  controls: RESOURCE_USE,
  checks: { "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": endsUploads },
});

/** Images end. */
export const imagesEnd = companionRule({
  id: "ecr-lifecycle",
  title: "Repositories of images throw old ones away",
  why: "Every build leaves an image, and each is paid for by the month.",
  severity: "low",
  remedy: "Add an aws.ecr.LifecyclePolicy.",
  url: "https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html",
  controls: sameAs(["ECR.3"]),
  of: "aws:ecr/repository:Repository",
  companions: [{ type: "aws:ecr/lifecyclePolicy:LifecyclePolicy", by: "repository" }],
  missing: "has no aws.ecr.LifecyclePolicy",
});

/** One request to KMS for many objects. */
export const bucketKeys = settingRule({
  id: "s3-bucket-key",
  title: "Buckets with a key of KMS use a bucket key",
  why: "Without it every object costs a request to KMS; with it up to 99 % fewer.",
  severity: "low",
  remedy: "Set bucketKeyEnabled to true.",
  url: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html",
  controls: RESOURCE_USE,
  checks: {
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": onlyIf(
      setting("rules[].applyServerSideEncryptionByDefault.sseAlgorithm", matching(/^aws:kms$/, "a key of KMS")),
      setting("rules[].bucketKeyEnabled", isTrue()),
    ),
  },
  fixes: {
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": put(
      "rules[].bucketKeyEnabled",
      isTrue(),
      true,
    ),
  },
});

const CURRENT_VOLUME = "gp3, or what the load needs";

/** Volumes of this decade. */
export const volumesCurrent = settingRule({
  id: "ebs-current-type",
  title: "Volumes are of the current generation",
  why: "gp3 costs a fifth less than gp2 and is faster; io1 and magnetic disks are older still.",
  severity: "low",
  remedy: "Set the type to gp3 (io2 where that many operations are needed).",
  url: "https://docs.aws.amazon.com/ebs/latest/userguide/general-purpose.html",
  controls: RESOURCE_USE,
  checks: {
    "aws:ebs/volume:Volume": setting("type", {
      ...noneOf(["gp2", "io1", "standard"], "fails"),
      wanted: CURRENT_VOLUME,
    }),
    "aws:ec2/instance:Instance": setting("rootBlockDevice.volumeType", noneOf(["gp2", "io1", "standard"])),
    "aws:ec2/launchTemplate:LaunchTemplate": setting(
      "blockDeviceMappings[].ebs.volumeType",
      noneOf(["gp2", "io1", "standard"]),
    ),
    "aws:rds/instance:Instance": setting("storageType", noneOf(["gp2", "io1", "standard"])),
  },
});

/** Files that nobody opens. */
export const filesMove = settingRule({
  id: "efs-lifecycle",
  title: "Files that nobody opens move to cheaper storage",
  why: "Storage for infrequent access costs a twelfth.",
  severity: "low",
  remedy: "Set lifecyclePolicies with transitionToIa.",
  url: "https://docs.aws.amazon.com/efs/latest/ug/lifecycle-management-efs.html",
  controls: RESOURCE_USE,
  checks: { "aws:efs/fileSystem:FileSystem": setting("lifecyclePolicies", given) },
  fixes: {
    "aws:efs/fileSystem:FileSystem": put("lifecyclePolicies", given, [{ transitionToIa: "AFTER_30_DAYS" }]),
  },
});
