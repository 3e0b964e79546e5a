import { ESCALATION_PATHS } from "../../policies/data/escalation-paths.ts";
import { iamAction } from "../../policies/data/iam.ts";
import { arnFormats } from "../../policies/iam/scope.ts";
import { METHODS } from "../policies/fixtures/cloudsplaining.ts";

/** A document that all judges are asked of. */
export interface CorpusDocument {
  readonly id: string;
  readonly document: Readonly<Record<string, unknown>>;
  /** The account of the role whose trust policy it is; absent for a policy of an identity. */
  readonly account?: string;
}

type Statement = Readonly<Record<string, unknown>>;

/** Actions of every kind: reading, writing, listing, giving rights and credentials, with ARNs and only with `*`. */
const ACTIONS =
  "s3:GetObject s3:PutObject s3:DeleteObject s3:ListBucket s3:ListAllMyBuckets s3:PutBucketPolicy s3:GetBucketLocation dynamodb:GetItem dynamodb:Query dynamodb:PutItem dynamodb:ListTables dynamodb:CreateTable sqs:SendMessage sqs:ReceiveMessage sqs:ListQueues sns:Publish sns:Subscribe sns:ListTopics sns:AddPermission lambda:InvokeFunction lambda:CreateFunction lambda:UpdateFunctionCode lambda:AddPermission lambda:ListFunctions ec2:RunInstances ec2:TerminateInstances ec2:DescribeInstances ec2:CreateTags ec2:GetPasswordData ecs:RunTask ecs:UpdateService ecs:DescribeTasks ecr:GetAuthorizationToken ecr:BatchGetImage ecr:PutImage logs:PutLogEvents logs:CreateLogGroup logs:DescribeLogGroups kms:Decrypt kms:GenerateDataKey kms:CreateGrant kms:ListKeys secretsmanager:GetSecretValue secretsmanager:PutSecretValue ssm:GetParameter ssm:GetParameters ssm:PutParameter ssm:SendCommand ssm:StartSession ssm:DescribeParameters iam:PassRole iam:CreateAccessKey iam:PutRolePolicy iam:AttachRolePolicy iam:GetRole iam:ListRoles iam:CreateServiceLinkedRole sts:AssumeRole sts:GetCallerIdentity sts:GetSessionToken cloudwatch:PutMetricData cloudwatch:GetMetricData cloudformation:CreateStack cloudformation:DescribeStacks codebuild:StartBuild glue:GetTable states:StartExecution events:PutEvents rds:DescribeDBInstances rds:ModifyDBInstance rds-db:connect route53:ChangeResourceRecordSets elasticfilesystem:ClientMount kinesis:GetRecords kinesis:PutRecord athena:StartQueryExecution cloudfront:CreateInvalidation apigateway:GET".split(
    " ",
  );
const WILDCARDS =
  "sqs:* sns:Get* s3:Get* dynamodb:*Item logs:* ecr:*Image iam:Put*Policy ssm:Get* kms:* states:* glue:Get*".split(" ");
const MISTAKES = ["s3:GetObejct", "dynamodb:Scna", "dynamdb:GetItem", "lambda:Invoke", "ec2:DescribeInstance"];
const CONDITIONS: readonly Statement[] = [
  { StringEquals: { "aws:ResourceTag/team": "shop" } },
  { StringEquals: { "aws:PrincipalOrgID": "o-1234567890" } },
  { StringLike: { "s3:prefix": "home/*" } },
  { ArnLike: { "aws:SourceArn": "arn:aws:sns:eu-west-1:111111111111:alarms" } },
  { StringEquals: { "kms:ViaService": "s3.eu-west-1.amazonaws.com" } },
  { StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } },
  { Bool: { "aws:MultiFactorAuthPresent": "true" } },
  { Bool: { "aws:MultiFactorAuthPresent": "false" } },
  { Bool: { "aws:SecureTransport": "yes" } },
  { NumericLessThan: { "s3:max-keys": "10" } },
  { IpAddress: { "aws:SourceIp": "192.0.2.0/24" } },
  { IpAddress: { "aws:SourceIp": "everywhere" } },
  { DateLessThan: { "aws:CurrentTime": "2027-01-01T00:00:00Z" } },
  { DateLessThan: { "aws:CurrentTime": "tomorrow" } },
  { StringEqual: { "aws:PrincipalTag/team": "shop" } },
  { StringEquals: { "s3:prefx": "home" } },
  { Null: { "aws:ResourceTag/team": "maybe" } },
];

/** Random numbers that are the same in every run. */
function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Documents as people write them, good and bad, by a seed. */
export function generated(count: number, seed = 20_261_121): CorpusDocument[] {
  const random = mulberry(seed);
  const chance = (share: number): boolean => random() < share;
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const some = <T>(list: readonly T[], most: number): T[] =>
    Array.from({ length: 1 + Math.floor(random() * most) }, () => pick(list));

  const arnOf = (action: string): string => {
    const format = pick(arnFormats(iamAction(action) ?? iamAction("s3:GetObject")!));
    if (!format) return "*";
    const arn = format
      .replace(/\$\{Partition\}/g, "aws")
      .replace(/\$\{Region\}/g, "eu-west-1")
      .replace(/\$\{Account\}/g, "111111111111");
    const named = arn.replace(/\$\{\w+\}/g, "shop");
    if (chance(0.2)) return arn.replace(/\$\{\w+\}/g, "*");
    return chance(0.3) ? named.replace(/shop(?!.*shop)/, "shop-*") : named;
  };
  const statement = (index: number): Statement => {
    const actions = [...new Set(chance(0.2) ? some(WILDCARDS, 2) : some(ACTIONS, 4))];
    if (chance(0.04)) actions.push(pick(MISTAKES));
    const resources = chance(0.35)
      ? ["*"]
      : [...new Set(actions.map((one) => arnOf(one.includes("*") ? pick(ACTIONS) : one)))];
    if (chance(0.08)) resources.push(arnOf(pick(ACTIONS)));
    if (chance(0.03)) resources.push("arn:aws:s3");
    return {
      ...(chance(0.3) ? { Sid: chance(0.1) ? "Same" : chance(0.1) ? `not a sid ${index}` : `Statement${index}` } : {}),
      ...(chance(0.02) ? {} : { Effect: chance(0.12) ? "Deny" : "Allow" }),
      [chance(0.01) ? "NotAction" : "Action"]: actions.length === 1 && chance(0.5) ? actions[0] : actions,
      ...(chance(0.02)
        ? {}
        : { [chance(0.03) ? "NotResource" : "Resource"]: resources.length === 1 ? resources[0] : resources }),
      ...(chance(0.3) ? { Condition: pick(CONDITIONS) } : {}),
    };
  };
  return Array.from({ length: count }, (_, id) => ({
    id: `generated-${id}`,
    document: {
      ...(chance(0.03) ? {} : { Version: chance(0.04) ? "2008-10-17" : chance(0.02) ? "2012-10-18" : "2012-10-17" }),
      Statement: Array.from({ length: 1 + Math.floor(random() * 3) }, (__, index) => statement(index)),
    },
  }));
}

const OWN_ACCOUNT = "111111111111";
const PRINCIPALS: readonly (readonly [string, unknown])[] = [
  ["anybody", "*"],
  ["any AWS principal", { AWS: "*" }],
  ["any account", { AWS: "arn:aws:iam::*:root" }],
  ["its own account", { AWS: `arn:aws:iam::${OWN_ACCOUNT}:root` }],
  ["a role of its account", { AWS: `arn:aws:iam::${OWN_ACCOUNT}:role/app` }],
  ["another account", { AWS: "arn:aws:iam::222222222222:root" }],
  ["another account by number", { AWS: "333333333333" }],
  ["a role of another account", { AWS: "arn:aws:iam::222222222222:role/app" }],
  ["accounts", { AWS: [`arn:aws:iam::${OWN_ACCOUNT}:root`, "arn:aws:iam::222222222222:user/somebody"] }],
  ["instances", { Service: "ec2.amazonaws.com" }],
  ["functions", { Service: "lambda.amazonaws.com" }],
  ["tasks", { Service: ["ecs-tasks.amazonaws.com", "states.amazonaws.com"] }],
  ["a log service", { Service: "logs.eu-west-1.amazonaws.com" }],
];
const TRUST_CONDITIONS: readonly (readonly [string, Statement | undefined])[] = [
  ["nothing", undefined],
  ["its organization", { StringEquals: { "aws:PrincipalOrgID": "o-1234567890" } }],
  ["an external id", { StringEquals: { "sts:ExternalId": "7f3b9a" } }],
  ["MFA", { Bool: { "aws:MultiFactorAuthPresent": "true" } }],
  ["any organization", { StringLike: { "aws:PrincipalOrgID": "*" } }],
  ["TLS", { Bool: { "aws:SecureTransport": "true" } }],
];

/** Trust policies: everybody that may be let in, under every condition, and denied. */
export function trusts(): CorpusDocument[] {
  return PRINCIPALS.flatMap(([who, Principal]) =>
    TRUST_CONDITIONS.flatMap(([what, Condition]) =>
      ["Allow", "Deny"].map((Effect) => ({
        id: `${Effect} ${who} under ${what}`,
        account: OWN_ACCOUNT,
        document: {
          Version: "2012-10-17",
          Statement: [{ Effect, Principal, Action: "sts:AssumeRole", ...(Condition ? { Condition } : {}) }],
        },
      })),
    ),
  );
}

/** Every documented way to more rights on everything, with one of its actions denied, and with one limited. */
export function escalations(): CorpusDocument[] {
  const ways = [
    ...ESCALATION_PATHS.map(({ source, id, actions }): [string, readonly string[]] => [`${source} ${id}`, actions]),
    ...Object.entries(METHODS).map(([name, actions]): [string, readonly string[]] => [name, actions.split(" ")]),
  ];
  return ways.flatMap(([name, actions]) => {
    const all: Statement = { Effect: "Allow", Action: actions, Resource: "*" };
    const [first = "", ...rest] = actions;
    const [format] = arnFormats(iamAction(first)!);
    const arn = format?.replace(/\$\{Partition\}/g, "aws").replace(/\$\{\w+\}/g, "111111111111");
    const of = (kind: string, ...statements: readonly Statement[]): CorpusDocument => ({
      id: `${name}, ${kind}`,
      document: { Version: "2012-10-17", Statement: statements },
    });
    return [
      of("everywhere", all),
      of("one denied", all, { Effect: "Deny", Action: first, Resource: "*" }),
      of(
        "one limited",
        { Effect: "Allow", Action: first, Resource: arn ?? "*" },
        ...(rest.length > 0 ? [{ Effect: "Allow", Action: rest, Resource: "*" }] : []),
      ),
    ];
  });
}
