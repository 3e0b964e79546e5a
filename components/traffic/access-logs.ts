import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type DataClass, TAG_KEYS } from "../../contracts/tags.ts";
import { policyDocument } from "../iam.ts";
import { applyTransform, type Transform } from "../transform.ts";

export interface AccessLogBucketArgs {
  readonly accountId: pulumi.Input<string>;
  readonly retentionDays: number;
  readonly dataClass: DataClass;
  readonly protect: boolean;
  readonly transform?: Transform<aws.s3.BucketArgs>;
}

export interface AccessLogBucket {
  readonly bucket: aws.s3.Bucket;
  /** The load balancer must wait for it: it writes a test object as soon as logging is on. */
  readonly policy: aws.s3.BucketPolicy;
}

/**
 * The bucket that a load balancer writes its access logs to.
 *
 * Encrypted with S3's own key, since load balancers cannot write to a bucket with a KMS key.
 */
export function createAccessLogBucket(
  name: string,
  args: AccessLogBucketArgs,
  parent: pulumi.ComponentResource,
): AccessLogBucket {
  const opts = { parent };
  const bucket = new aws.s3.Bucket(
    ...applyTransform<aws.s3.BucketArgs>(
      args.transform,
      `${name}-logs`,
      { forceDestroy: !args.protect, tags: { Name: `${name}-logs`, [TAG_KEYS.dataClass]: args.dataClass } },
      { parent, protect: args.protect },
    ),
  );
  new aws.s3.BucketOwnershipControls(
    `${name}-logs`,
    { bucket: bucket.id, rule: { objectOwnership: "BucketOwnerEnforced" } },
    opts,
  );
  const publicAccessBlock = new aws.s3.BucketPublicAccessBlock(
    `${name}-logs`,
    {
      bucket: bucket.id,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    },
    opts,
  );
  new aws.s3.BucketServerSideEncryptionConfiguration(
    `${name}-logs`,
    {
      bucket: bucket.id,
      rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }],
    },
    opts,
  );
  const versioning = new aws.s3.BucketVersioning(
    `${name}-logs`,
    { bucket: bucket.id, versioningConfiguration: { status: "Enabled" } },
    opts,
  );
  new aws.s3.BucketLifecycleConfiguration(
    `${name}-logs`,
    {
      bucket: bucket.id,
      rules: [
        {
          id: "expire",
          status: "Enabled",
          filter: { prefix: "" },
          expiration: { days: args.retentionDays },
          noncurrentVersionExpiration: { noncurrentDays: 30 },
          abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
        },
      ],
    },
    { parent, dependsOn: [versioning] },
  );
  const policy = new aws.s3.BucketPolicy(
    `${name}-logs`,
    {
      bucket: bucket.id,
      policy: policyDocument([
        {
          Sid: "LoadBalancerWritesLogs",
          Effect: "Allow",
          Principal: { Service: "logdelivery.elasticloadbalancing.amazonaws.com" },
          Action: "s3:PutObject",
          // AWS puts the account of the load balancer into the path, so another customer's cannot write here; it
          // documents no source condition for this principal, and an unmet one would refuse the load balancer.
          Resource: pulumi.interpolate`${bucket.arn}/AWSLogs/${args.accountId}/*`,
        },
        {
          Sid: "OnlyOverTls",
          Effect: "Deny",
          Principal: "*",
          Action: "s3:*",
          Resource: [bucket.arn, pulumi.interpolate`${bucket.arn}/*`],
          Condition: { Bool: { "aws:SecureTransport": "false" } },
        },
      ]),
    },
    // S3 refuses a policy while another of the bucket's access settings is being changed.
    { parent, dependsOn: [publicAccessBlock] },
  );
  return { bucket, policy };
}
