import { ProblemCollector } from "../../contracts/problems.ts";
import type { PolicyStatement } from "../iam.ts";

/** What an AWS service that calls the key in its own name, rather than for a caller, is allowed to do with it. */
export interface KeyServiceUse {
  /** What for; becomes the statement's Sid, so letters and digits only. */
  readonly id: string;
  /** Service principal, such as `cloudwatch.amazonaws.com`. */
  readonly service: string;
  /** KMS actions. @default ["kms:Decrypt", "kms:GenerateDataKey"], what publishing to an encrypted topic takes */
  readonly actions?: readonly string[];
  /**
   * What else must hold, besides that the service acts for this account. `confusedDeputy: "none"` leaves that condition
   * out, for a service that does not send `aws:SourceAccount`; then a condition of the service's own has to replace it.
   */
  readonly confusedDeputy?: "source-account" | "none";
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** What decides a key; see `KeyArgs`. */
export interface KeyPlanArgs {
  /** Alias without `alias/`, such as `production/database`. */
  readonly alias: string;
  /** What the key encrypts, for whoever finds it in the console. */
  readonly description: string;
  readonly region: string;
  readonly accountId: string;
  /** Days between asking for deletion and losing all that the key encrypted, 7 to 30. @default 30 */
  readonly deletionWindowDays?: number;
  /** Days between rotations of the key material, 90 to 2560. @default 365 */
  readonly rotationDays?: number;
  /** Services through which people and roles of this account may use the key, such as `rds`. */
  readonly viaServices?: readonly string[];
  /** Services that use the key in their own name. */
  readonly serviceUses?: readonly KeyServiceUse[];
}

export interface KeyPlan {
  readonly alias: string;
  readonly deletionWindowDays: number;
  readonly rotationDays: number;
  readonly statements: readonly PolicyStatement[];
}

/**
 * Administration, spelt out. `kms:*` would let whoever administers the key read what it encrypts; this list leaves the
 * cryptographic actions and grants out.
 */
export const KEY_ADMINISTRATION: readonly string[] = [
  "kms:CancelKeyDeletion",
  "kms:CreateAlias",
  "kms:DeleteAlias",
  "kms:DescribeKey",
  "kms:DisableKey",
  "kms:DisableKeyRotation",
  "kms:EnableKey",
  "kms:EnableKeyRotation",
  "kms:GetKeyPolicy",
  "kms:GetKeyRotationStatus",
  "kms:ListGrants",
  "kms:ListKeyPolicies",
  "kms:ListKeyRotations",
  "kms:ListResourceTags",
  "kms:PutKeyPolicy",
  "kms:RevokeGrant",
  "kms:RotateKeyOnDemand",
  "kms:ScheduleKeyDeletion",
  "kms:TagResource",
  "kms:UntagResource",
  "kms:UpdateAlias",
  "kms:UpdateKeyDescription",
];

const USE: readonly string[] = [
  "kms:Decrypt",
  "kms:DescribeKey",
  "kms:Encrypt",
  "kms:GenerateDataKey",
  "kms:GenerateDataKeyWithoutPlaintext",
  "kms:ReEncryptFrom",
  "kms:ReEncryptTo",
];

/** The partition of a region: `aws`, `aws-cn` or `aws-us-gov`. */
export function partitionOf(region: string): string {
  if (region.startsWith("cn-")) return "aws-cn";
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}

/** How CloudWatch Logs uses a key: only for log groups of this account whose name starts with one of the prefixes. */
export function logGroupUse(region: string, accountId: string, prefix: string): KeyServiceUse {
  return {
    id: "LogGroups",
    service: `logs.${region}.amazonaws.com`,
    actions: USE,
    // CloudWatch Logs sends no source account with its calls; the log group's ARN in the encryption context names it.
    confusedDeputy: "none",
    conditions: {
      ArnLike: {
        "kms:EncryptionContext:aws:logs:arn": `arn:${partitionOf(region)}:logs:${region}:${accountId}:log-group:${prefix}*`,
      },
    },
  };
}

/**
 * Decides a key's policy.
 *
 * A key policy has to name the account's root, or a deleted administrator leaves a key that nobody can change. Naming it
 * hands the decision to IAM, so the two statements for it are as narrow as a key that services use allows: administration
 * without cryptography, and cryptography only through the named services.
 *
 * @throws ProblemsError with everything that is wrong
 */
export function planKey(name: string, args: KeyPlanArgs): KeyPlan {
  const problems = new ProblemCollector(name);
  const deletionWindowDays = args.deletionWindowDays ?? 30;
  const rotationDays = args.rotationDays ?? 365;
  const via = args.viaServices ?? [];
  const uses = args.serviceUses ?? [];

  problems.require(
    /^[A-Za-z0-9/_-]{1,240}$/.test(args.alias) && !args.alias.startsWith("aws/"),
    "alias",
    `"${args.alias}" is no alias.`,
    "Use letters, digits, / _ and -, without alias/ and not beginning with aws/, which AWS keeps to itself.",
  );
  problems.require(
    args.description !== "",
    "description",
    "the description is empty.",
    "Say in a sentence what the key encrypts.",
  );
  problems.require(
    /^\d{12}$/.test(args.accountId),
    "accountId",
    `"${args.accountId}" is no account id.`,
    "Give the twelve digits.",
  );
  problems.require(
    Number.isInteger(deletionWindowDays) && deletionWindowDays >= 7 && deletionWindowDays <= 30,
    "deletionWindowDays",
    `${deletionWindowDays} is outside 7 to 30.`,
    "KMS takes 7 to 30 days; 30 leaves the most time to notice a mistake.",
  );
  problems.require(
    Number.isInteger(rotationDays) && rotationDays >= 90 && rotationDays <= 2560,
    "rotationDays",
    `${rotationDays} is outside 90 to 2560.`,
    "KMS rotates every 90 to 2560 days; 365 is usual.",
  );
  problems.require(
    via.length + uses.length > 0,
    "viaServices",
    "nothing may use the key.",
    "Name a service in viaServices or serviceUses.",
  );
  via.forEach((service, index) => {
    problems.require(
      /^[a-z0-9-]+$/.test(service),
      `viaServices[${index}]`,
      `"${service}" is no service name.`,
      "Write the first label of the endpoint only, such as rds or secretsmanager.",
    );
  });
  const seen = new Set<string>();
  uses.forEach((use, index) => {
    const at = `serviceUses[${index}]`;
    problems.require(
      /^[A-Za-z0-9]+$/.test(use.id),
      `${at}.id`,
      `"${use.id}" is no statement id.`,
      "Use letters and digits only.",
    );
    problems.require(!seen.has(use.id), `${at}.id`, `"${use.id}" stands twice.`, "Give each use an id of its own.");
    seen.add(use.id);
    problems.require(
      use.confusedDeputy !== "none" || Object.keys(use.conditions ?? {}).length > 0,
      `${at}.conditions`,
      `${use.service} may use the key for any AWS customer.`,
      "Give a condition that ties the call to this account, or leave confusedDeputy unset.",
    );
    for (const action of use.actions ?? []) {
      problems.require(
        /^kms:[A-Za-z]+$/.test(action),
        `${at}.actions`,
        `"${action}" is no single KMS action.`,
        "Name each action.",
      );
    }
  });
  problems.throwIfAny(`key ${name}`);

  const root = `arn:${partitionOf(args.region)}:iam::${args.accountId}:root`;
  const statements: PolicyStatement[] = [
    {
      Sid: "AccountAdministersTheKey",
      Effect: "Allow",
      Principal: { AWS: root },
      Action: KEY_ADMINISTRATION,
      Resource: "*",
    },
  ];
  if (via.length > 0) {
    statements.push(
      {
        Sid: "AccountUsesTheKeyThroughServices",
        Effect: "Allow",
        Principal: { AWS: root },
        Action: USE,
        Resource: "*",
        Condition: {
          StringEquals: { "kms:ViaService": via.map((service) => `${service}.${args.region}.amazonaws.com`) },
        },
      },
      {
        // A grant is how a service keeps using the key after the call: a database its volume, a vault its copies.
        Sid: "ServicesKeepUsingTheKey",
        Effect: "Allow",
        Principal: { AWS: root },
        Action: ["kms:CreateGrant"],
        Resource: "*",
        Condition: { Bool: { "kms:GrantIsForAWSResource": "true" } },
      },
    );
  }
  for (const use of uses) {
    const sourceAccount: Record<string, string> =
      use.confusedDeputy === "none" ? {} : { "aws:SourceAccount": args.accountId };
    const stringEquals = { ...use.conditions?.StringEquals, ...sourceAccount };
    statements.push({
      Sid: use.id,
      Effect: "Allow",
      Principal: { Service: use.service },
      Action: use.actions ?? ["kms:Decrypt", "kms:GenerateDataKey"],
      Resource: "*",
      Condition: { ...use.conditions, ...(Object.keys(stringEquals).length > 0 ? { StringEquals: stringEquals } : {}) },
    });
  }
  return { alias: args.alias, deletionWindowDays, rotationDays, statements };
}
