/** S3. */
import { documentProblem, principalsOf, statementsOf } from "../documents.ts";
import { lengthBetween, policyJson } from "../limits.ts";
import {
  type Account,
  limited,
  passing,
  type Refusal,
  refers,
  refusal,
  type ServiceRules,
  type Subject,
} from "../types.ts";
import * as to from "./targets.ts";

const SETTINGS = [
  ...["BucketPolicy", "BucketVersioning", "BucketVersioningV2", "BucketPublicAccessBlock", "BucketOwnershipControls"],
  ...["BucketServerSideEncryptionConfiguration", "BucketServerSideEncryptionConfigurationV2", "BucketNotification"],
  ...["BucketLifecycleConfiguration", "BucketLifecycleConfigurationV2", "BucketLogging", "BucketLoggingV2"],
  ...["BucketCorsConfiguration", "BucketCorsConfigurationV2", "BucketAcl", "BucketAclV2", "BucketMetric"],
  ...["BucketWebsiteConfiguration", "BucketWebsiteConfigurationV2", "BucketReplicationConfig", "Inventory"],
];

export const STORAGE: ServiceRules = {
  references: [
    ...SETTINGS.flatMap((type) => refers(`s3/${type}`, { bucket: to.BUCKET })),
    ...["s3/BucketObject", "s3/BucketObjectv2"].flatMap((type) =>
      refers(type, { bucket: { to: to.BUCKET, blocks: true } }),
    ),
    ...refers("s3/BucketLogging", {
      targetBucket: {
        to: to.BUCKET,
        missing: refusal("InvalidTargetBucketForLogging", "The target bucket for logging does not exist"),
      },
    }),
  ],
  limits: [
    ...limited("s3/Bucket", { bucket: lengthBetween(0, 63) }),
    ...limited("s3/BucketV2", { bucket: lengthBetween(0, 63) }),
    ...limited("s3/BucketPolicy", { policy: policyJson }),
  ],
  requests: [
    { types: ["s3/Bucket", "s3/BucketV2"], refuse: bucketName },
    { types: ["s3/Bucket", "s3/BucketV2"], refuse: bucketAcl },
    { types: ["s3/BucketPolicy"], refuse: bucketPolicy },
    { types: ["s3/BucketPolicy"], refuse: publicPolicy },
    { types: ["s3/BucketReplicationConfig"], refuse: replication },
    { types: ["s3/BucketNotification"], refuse: notification },
    { types: ["s3/BucketAcl", "s3/BucketAclV2"], refuse: acl },
    { types: ["s3/BucketObject", "s3/BucketObjectv2"], refuse: objectAcl },
    { types: ["s3/BucketLifecycleConfiguration", "s3/BucketLifecycleConfigurationV2"], refuse: lifecycle },
  ],
};

function bucketName({ values }: Subject): Refusal | undefined {
  const name = values.text("bucket");
  const valid =
    name === undefined ||
    (/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) &&
      !/\.\.|^\d+\.\d+\.\d+\.\d+$|^xn--|^sthree-|^amzn-s3-demo-|-s3alias$|--ol-s3$/.test(name));
  return valid ? undefined : refusal("InvalidBucketName", "The specified bucket is not valid.");
}

function bucketPolicy({ values, account }: Subject): Refusal | undefined {
  const text = values.text("policy");
  const bucket = values.text("bucket");
  if (text === undefined) return undefined;
  const malformed = (message: string) => refusal("MalformedPolicy", message);
  const problem = documentProblem(text, "resource");
  if (problem !== undefined) return malformed(problem);
  for (const statement of statementsOf(text)) {
    if (statement.Principal === undefined && statement.NotPrincipal === undefined) {
      return malformed("Missing required field Principal");
    }
    const strangers = principalsOf(statement, "AWS").filter((principal) => {
      const [, owner, role] = /^arn:aws[\w-]*:iam::(\d{12}):role\/(?:.*\/)?([^/]+)$/.exec(principal) ?? [];
      if (role !== undefined) return owner === account.id && !account.exists(to.ROLE.types, role);
      return !/^(\*|\d{12}|arn:aws)/.test(principal) && !/^A(ID|RO)A/.test(principal);
    });
    if (strangers.length > 0) return malformed("Invalid principal in policy");
    const own = [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/`];
    const resources = [statement.Resource ?? statement.NotResource ?? []].flat().map(String);
    if (resources.length === 0) return malformed("Missing required field Resource");
    if (
      resources.some(
        (one) => /^arn:aws:s3:::[^*?$]+$/.test(one) && !own.some((o) => one === o || one.startsWith(`${own[0]}/`)),
      )
    ) {
      return malformed("Policy has invalid resource");
    }
  }
  return undefined;
}

/** Since April 2023 a bucket takes no policy for everybody until its owner asks for that. */
function publicPolicy({ values, account }: Subject): Refusal | undefined {
  const bucket = values.text("bucket");
  const open = statementsOf(values.text("policy")).some(
    (statement) =>
      statement.Effect === "Allow" && statement.Condition === undefined && principalsOf(statement, "AWS").includes("*"),
  );
  if (bucket === undefined || !open) return undefined;
  const block = account
    .mentioning("s3/BucketPublicAccessBlock", bucket)
    .find(({ state }) => state.text("bucket") === bucket);
  return block !== undefined && !block.state.flag("blockPublicPolicy")
    ? undefined
    : passing(
        "AccessDenied",
        `User: arn:aws:iam::${account.id}:user/simulated is not authorized to perform: s3:PutBucketPolicy on resource: "arn:aws:s3:::${bucket}" because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.`,
      );
}

function replication({ values, account }: Subject): Refusal | undefined {
  const bucket = account.find(to.BUCKET.types, values.text("bucket"));
  if (bucket === undefined || bucket.state.flag("versioning.enabled")) return undefined;
  const versioned = ["s3/BucketVersioning", "s3/BucketVersioningV2"].some((type) =>
    account.mentioning(type, bucket.id).some(({ state }) => state.text("versioningConfiguration.status") === "Enabled"),
  );
  return versioned
    ? undefined
    : passing("InvalidRequest", "Versioning must be 'Enabled' on the bucket to apply a replication configuration");
}

/** S3 tries what it is to tell of changes: it has to be there, and a function has to let S3 call it. */
function notification({ values, account }: Subject): Refusal | undefined {
  const own = (arn: string) => arn.includes(`:${account.id}:`);
  const missing = [
    ...values.texts("queues[*].queueArn").filter((arn) => own(arn) && !account.exists(to.QUEUE.types, arn)),
    ...values.texts("topics[*].topicArn").filter((arn) => own(arn) && !account.exists(to.TOPIC.types, arn)),
    ...values.texts("lambdaFunctions[*].lambdaFunctionArn").filter((arn) => own(arn) && !callable(account, arn)),
  ];
  return missing.length === 0
    ? undefined
    : passing("InvalidArgument", "Unable to validate the following destination configurations");
}

function callable(account: Account, arn: string): boolean {
  const name = to.functionName(arn);
  const found = account.find(to.FUNCTION.types, name);
  return [arn, name, found?.arn ?? name].some((reference) =>
    account
      .mentioning("lambda/Permission", reference)
      .some(({ state }) => /^(\*|s3\.amazonaws\.com)$/.test(state.text("principal") ?? "")),
  );
}

/**
 * Since April 2023 a bucket has its access lists switched off until its owner asks for them, and then takes none, not
 * even the private one: https://github.com/hashicorp/terraform-provider-aws/issues/34079
 */
function acl({ values, account }: Subject): Refusal | undefined {
  const bucket = values.text("bucket");
  return bucket === undefined || takesLists(account, bucket) ? undefined : NO_LISTS;
}

const NO_LISTS = passing("AccessControlListNotSupported", "The bucket does not allow ACLs");

function takesLists(account: Account, bucket: string): boolean {
  const ownership = account
    .mentioning("s3/BucketOwnershipControls", bucket)
    .find(({ state }) => state.text("bucket") === bucket)
    ?.state.text("rule.objectOwnership");
  return ownership === "BucketOwnerPreferred" || ownership === "ObjectWriter";
}

/**
 * A list given with the bucket itself: a new one may be private, which is how every bucket is made; its grants are
 * written after it is there, and so is any list that changes.
 */
function bucketAcl({ values, id, account }: Subject): Refusal | undefined {
  const open = isOpen(values.text("acl"));
  const grants = values.items("grants").length > 0;
  if (id === undefined) {
    if (open) {
      return refusal(
        "InvalidBucketAclWithObjectOwnership",
        "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
      );
    }
    return grants ? NO_LISTS : undefined;
  }
  return (open || grants) && !takesLists(account, id) ? NO_LISTS : undefined;
}

/** Whether a canned list lets others in than the bucket's owner. */
const isOpen = (list = "private"): boolean => list !== "private" && list !== "bucket-owner-full-control";

function objectAcl({ values, account }: Subject): Refusal | undefined {
  const bucket = values.text("bucket");
  if (bucket === undefined || !isOpen(values.text("acl"))) return undefined;
  return takesLists(account, bucket) ? undefined : NO_LISTS;
}

function lifecycle({ values }: Subject): Refusal | undefined {
  for (const rule of values.items("rules")) {
    for (const transition of rule.items("transitions")) {
      const days = transition.number("days");
      const storage = transition.text("storageClass");
      if ((storage === "STANDARD_IA" || storage === "ONEZONE_IA") && days !== undefined && days < 30) {
        return refusal(
          "InvalidArgument",
          `'Days' in Transition action must be greater than or equal to 30 for storageClass '${storage}'`,
        );
      }
    }
  }
  return undefined;
}
