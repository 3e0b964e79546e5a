/** Programs with one mistake each, as data. */
import type { JsonObject } from "../../../simulator/provider/values.ts";

/** Where AWS, or the provider before it calls AWS, says no. */
export type Step = "check" | "preview" | "create" | "delete";

export interface WrongProgram {
  readonly mistake: string;
  /** `ec2/Subnet`. */
  readonly type: string;
  /** `<vpc>` stands for the id of the object of that name in `fixtures.ts`, `<role.arn>` for its ARN. */
  readonly inputs: JsonObject;
  readonly step: Step;
  /** AWS's error code; for what the provider itself checks, the start of its message. */
  readonly code: string;
  /** What the message says, a part of it. */
  readonly says: string;
  readonly source: string;
  /** Objects that have to be there besides; `-secret` was there, and is deleted. */
  readonly given: readonly string[];
  /** Inputs that set the mistake right, in place of those of the same name: the program is made with them. */
  readonly right?: JsonObject;
}

type Row = readonly [
  mistake: string,
  type: string,
  inputs: JsonObject,
  code: string,
  says: string,
  source: string,
  given?: readonly string[],
];

/** Rows of one step; a deletion names the object to delete in place of inputs. */
export function rows(step: Step, table: readonly Row[]): WrongProgram[] {
  return table.map(([mistake, type, inputs, code, says, source, given = []]) => ({
    ...{ mistake, type, inputs, step, code, says, source, given },
  }));
}

type Pair = readonly [
  mistake: string,
  type: string,
  inputs: JsonObject,
  code: string,
  says: string,
  source: string,
  right: JsonObject,
  given?: readonly string[],
];

/** Rows of one step, each with what sets it right. */
export function pairs(step: Step, table: readonly Pair[]): WrongProgram[] {
  return table.map(([mistake, type, inputs, code, says, source, right, given = []]) => ({
    ...{ mistake, type, inputs, step, code, says, source, given, right },
  }));
}

const GITHUB = "https://github.com";
/** An issue or a pull request. */
export const issue = (repository: string, number: number) => `${GITHUB}/${repository}/issues/${number}`;
/** A file of the AWS provider. */
export const provider = (path: string) => `${GITHUB}/hashicorp/terraform-provider-aws/blob/main/internal/${path}`;
const REFERENCE: Readonly<Record<string, string>> = {
  elb: "elasticloadbalancing/latest/APIReference",
  ecs: "AmazonECS/latest/APIReference",
  iam: "IAM/latest/APIReference",
  kms: "kms/latest/APIReference",
  rds: "AmazonRDS/latest/APIReference",
  sns: "sns/latest/api",
  sqs: "AWSSimpleQueueService/latest/APIReference",
  logs: "AmazonCloudWatchLogs/latest/APIReference",
  cloudwatch: "AmazonCloudWatch/latest/APIReference",
  events: "eventbridge/latest/APIReference",
  backup: "aws-backup/latest/devguide",
  scaling: "autoscaling/application/APIReference",
  autoscaling: "autoscaling/ec2/APIReference",
  lambda: "lambda/latest/api",
  ssm: "systems-manager/latest/APIReference",
  secrets: "secretsmanager/latest/apireference",
  dynamodb: "amazondynamodb/latest/APIReference",
  s3: "AmazonS3/latest/API",
  route53: "Route53/latest/APIReference",
  ec2: "AWSEC2/latest/APIReference",
  acm: "acm/latest/APIReference",
  appconfig: "appconfig/2019-10-09/APIReference",
  budgets: "aws-cost-management/latest/APIReference",
  cloudfront: "cloudfront/latest/APIReference",
  eks: "eks/latest/APIReference",
  fis: "fis/latest/APIReference",
  scheduler: "scheduler/latest/APIReference",
  states: "step-functions/latest/apireference",
  synthetics: "AmazonSynthetics/latest/APIReference",
};
/** A page of AWS's documentation. */
export const guide = (path: string) => `https://docs.aws.amazon.com/${path}`;
/** An operation of AWS's API references. */
export const api = (service: string, operation: string) =>
  `https://docs.aws.amazon.com/${REFERENCE[service]}/API_${operation}.html`;
export const EC2_ERRORS = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html";
