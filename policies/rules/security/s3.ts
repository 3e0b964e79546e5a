import { companionRule } from "../../framework/companion-rule.ts";
import { allOf, isTrue, setting } from "../../framework/condition.ts";
import { settingRule } from "../../framework/setting-rule.ts";

const BUCKET = "aws:s3/bucket:Bucket";
const PUBLIC_ACCESS_BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock";
const BLOCKS = ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"];

/** All four switches are on where a block is written down. */
export const publicAccessBlocked = settingRule({
  id: "s3-public-access-blocked",
  title: "Public access to buckets is blocked in all four ways",
  why: "One mistaken ACL or policy makes the objects readable for the whole internet.",
  severity: "high",
  remedy: `Set ${BLOCKS.join(", ")} to true.`,
  url: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
  controls: { "security-hub": ["S3.1", "S3.8"], "nist-800-53": ["AC-3", "AC-4", "AC-6", "SC-7"] },
  checks: Object.fromEntries(
    [PUBLIC_ACCESS_BLOCK, "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock"].map((type) => [
      type,
      allOf(...BLOCKS.map((name) => setting(name, isTrue()))),
    ]),
  ),
});

/** Every bucket has a block of its own; the account's can be lifted by somebody who does not know of the bucket. */
export const publicAccessBlockPresent = companionRule({
  id: "s3-public-access-block-present",
  title: "Every bucket has a public access block",
  why: "Only the block keeps a mistaken ACL or policy from publishing the objects.",
  severity: "medium",
  remedy: "Add an aws.s3.BucketPublicAccessBlock with all four switches on.",
  url: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
  controls: { "security-hub": ["S3.8"], "nist-800-53": ["AC-3", "AC-4", "SC-7"] },
  of: BUCKET,
  companions: [{ type: PUBLIC_ACCESS_BLOCK, by: "bucket" }],
  missing: "has no aws.s3.BucketPublicAccessBlock",
});
