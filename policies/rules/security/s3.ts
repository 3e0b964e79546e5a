import { sameAs } from "../../data/controls.ts";
import { companionRule } from "../../framework/companion-rule.ts";
import { allOf, isTrue, noneOf, notMatching, oneOf, setting } from "../../framework/condition.ts";
import { put, together } from "../../framework/fix.ts";
import { forTypes, settingRule } from "../../framework/setting-rule.ts";
import { refusesPlainText } from "./plain-text.ts";

const BUCKET = "aws:s3/bucket:Bucket";
const PUBLIC_ACCESS_BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock";
const BLOCKS = ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"];
const BLOCK_GUIDE = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html";
const allBlocked = allOf(...BLOCKS.map((name) => setting(name, isTrue())));

/** All four switches are on where a block is written down. */
export const publicAccessBlocked = settingRule({
  id: "s3-public-access-blocked",
  title: "Public access to buckets is blocked in all four ways",
  why: "One mistaken ACL or policy makes the objects readable for the whole internet.",
  severity: "high",
  remedy: `Set ${BLOCKS.join(", ")} to true.`,
  url: BLOCK_GUIDE,
  controls: sameAs(["S3.1", "S3.8"]),
  checks: {
    [PUBLIC_ACCESS_BLOCK]: allBlocked,
    "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock": allBlocked,
  },
  fixes: forTypes(
    [PUBLIC_ACCESS_BLOCK, "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock"],
    together(
      ...BLOCKS.map((name) =>
        put(name, isTrue(), true, { keep: "is switched off by name, and somebody may need that" }),
      ),
    ),
  ),
});

/** Every bucket has a block of its own; the account's can be lifted by somebody who does not know of the bucket. */
export const publicAccessBlockPresent = companionRule({
  id: "s3-public-access-block-present",
  title: "Every bucket has a public access block",
  why: "Only the block keeps a mistaken ACL or policy from publishing the objects. New buckets have one since April 2023; until the program says so, nothing puts it back where somebody took it off.",
  severity: "medium",
  remedy: "Add an aws.s3.BucketPublicAccessBlock with all four switches on.",
  url: BLOCK_GUIDE,
  controls: sameAs(["S3.8"]),
  of: BUCKET,
  companions: [{ type: PUBLIC_ACCESS_BLOCK, by: "bucket" }],
  missing: "has no aws.s3.BucketPublicAccessBlock",
});

const notPublic = setting("acl", noneOf(["public-read", "public-read-write", "authenticated-read"]));
/** Groups of S3 that are everybody, and everybody with any AWS account. */
const toNobody = notMatching(/\/groups\/global\/(AllUsers|AuthenticatedUsers)$/, "a group of everybody");

/** No canned ACL that gives objects to everybody, or to everybody with any AWS account. */
export const aclNotPublic = settingRule({
  id: "s3-acl-not-public",
  title: "No ACL gives objects to everybody",
  why: "public-read is the whole internet; authenticated-read is everybody who has an AWS account.",
  severity: "high",
  remedy: "Leave the ACL out, and give access by policy to who needs it; serve public files through CloudFront.",
  url: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl",
  controls: sameAs(["S3.2", "S3.3"]),
  checks: {
    [BUCKET]: allOf(notPublic, setting("grants[].uri", toNobody)),
    "aws:s3/bucketAcl:BucketAcl": allOf(notPublic, setting("accessControlPolicy.grants[].grantee.uri", toNobody)),
    "aws:s3/bucketObject:BucketObject": notPublic,
    "aws:s3/bucketObjectv2:BucketObjectv2": notPublic,
  },
});

/** Access is given by policies alone. */
export const aclsOff = settingRule({
  id: "s3-acls-off",
  title: "Buckets take no ACLs",
  why: "ACLs give access that no policy shows, and objects of other accounts stay those accounts' own.",
  severity: "medium",
  remedy: "Set objectOwnership to BucketOwnerEnforced.",
  url: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html",
  controls: sameAs(["S3.12"]),
  checks: {
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": setting(
      "rule.objectOwnership",
      oneOf(["BucketOwnerEnforced"]),
    ),
  },
});

/** Objects travel over TLS only. */
export const tlsOnly = companionRule({
  id: "s3-tls-only",
  title: "Buckets refuse requests without TLS",
  why: "Without the statement S3 answers plain HTTP, and objects and signatures can be read on the way.",
  severity: "medium",
  remedy: 'Add a bucket policy with a Deny of s3:* for everybody where "aws:SecureTransport" is false.',
  url: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html#transit",
  controls: sameAs(["S3.5"]),
  of: BUCKET,
  itself: refusesPlainText,
  companions: [{ type: "aws:s3/bucketPolicy:BucketPolicy", by: "bucket", check: refusesPlainText }],
  missing: "has no bucket policy that refuses plain HTTP",
});
