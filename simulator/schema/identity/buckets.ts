/** S3: buckets, their settings and their objects. */
import { serviceZone } from "./addresses.ts";
import { changing, type Rule } from "./kit.ts";

/** Hosted zones of S3 website endpoints, from the AWS General Reference, Amazon S3 website endpoints. */
const S3_ZONES: Readonly<Record<string, string>> = {
  "eu-central-1": "Z21DNDUVLTQW6Q",
  "eu-west-1": "Z1BKCTXD74EZPE",
  "eu-west-2": "Z3GKZC51ZF0DB4",
  "us-east-1": "Z3AQBSTGFYJSTF",
  "us-east-2": "Z2O1EMRO9K5GLX",
  "us-west-2": "Z3BJ6K6RIION7M",
};

const bucket: Rule = (kit) => {
  const name = kit.id(() => kit.need("bucket"));
  return {
    id: name,
    arn: kit.arn("s3", name, { region: "", account: "" }),
    outputs: {
      bucketDomainName: `${name}.s3.${kit.dnsSuffix}`,
      bucketRegionalDomainName: `${name}.s3.${kit.region}.${kit.dnsSuffix}`,
      bucketRegion: kit.region,
      hostedZoneId: serviceZone(kit, "s3", S3_ZONES),
      requestPayer: "BucketOwner",
      versioning: { enabled: false, mfaDelete: false },
      // S3 encrypts every new bucket with its own keys since January 2023.
      serverSideEncryptionConfiguration: {
        rule: { applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" }, bucketKeyEnabled: false },
      },
    },
  };
};

/** A setting of a bucket has the bucket's name as its id, with the expected owner when one is given. */
const bucketSetting: Rule = (kit) => {
  const owner = kit.text("expectedBucketOwner");
  const name = kit.need("bucket");
  return { id: kit.id(() => (owner ? `${name},${owner}` : name)) };
};

const bucketPart: Rule = (kit) => ({ id: kit.id(() => `${kit.need("bucket")}:${kit.need("name")}`) });

const bucketObject: Rule = (kit) => {
  const id = kit.id(() => `${kit.need("bucket")}/${kit.need("key")}`);
  return {
    id,
    arn: kit.arn("s3", `${lastBucket(kit.need("bucket"))}/${kit.need("key")}`, { region: "", account: "" }),
    outputs: {
      etag: changing(kit, "etag", () => kit.hex(32)),
      storageClass: "STANDARD",
      serverSideEncryption: "AES256",
      contentType: "application/octet-stream",
    },
  };
};

const lastBucket = (reference: string) => reference.split(":::").at(-1)!;

export const BUCKET_RULES: Readonly<Record<string, Rule>> = {
  "s3/Bucket": bucket,
  "s3/BucketV2": bucket,
  ...Object.fromEntries(
    [
      "Acl",
      "CorsConfiguration",
      "AccelerateConfiguration",
      "LifecycleConfiguration",
      "Logging",
      "ObjectLockConfiguration",
      "OwnershipControls",
      "Policy",
      "PublicAccessBlock",
      "ReplicationConfig",
      "RequestPaymentConfiguration",
      "ServerSideEncryptionConfiguration",
      "Versioning",
      "Notification",
    ].map((setting) => [`s3/Bucket${setting}`, bucketSetting]),
  ),
  "s3/BucketMetric": bucketPart,
  "s3/BucketIntelligentTieringConfiguration": bucketPart,
  "s3/Inventory": bucketPart,
  "s3/AnalyticsConfiguration": bucketPart,
  "s3/BucketObject": bucketObject,
  "s3/BucketObjectv2": bucketObject,
  "s3/AccountPublicAccessBlock": (kit) => ({ id: kit.id(() => kit.text("accountId") ?? kit.account) }),
};
