import * as pulumi from "@pulumi/pulumi";
import type { ProblemCollector } from "../contracts/problems.ts";
import type { Grant } from "../contracts/workload.ts";

type ConditionValue = pulumi.Input<string> | readonly pulumi.Input<string>[];

/** An IAM condition block: operator, then condition key, then value. */
export type ConditionBlock = Readonly<Record<string, Readonly<Record<string, ConditionValue>>>>;

/** One statement of an IAM document, in AWS's own spelling. */
export interface PolicyStatement {
  readonly Sid?: string;
  readonly Effect: "Allow" | "Deny";
  readonly Principal?: "*" | Readonly<Record<string, ConditionValue>>;
  readonly Action: string | readonly string[];
  readonly Resource?: ConditionValue;
  readonly Condition?: ConditionBlock;
}

/** Who, besides the service, must match before the service may assume a role. */
export interface TrustConditions {
  /**
   * Account the service must act for. Without it another customer of the same AWS service could have the service assume
   * the role (the confused deputy); give it wherever the service sends `aws:SourceAccount`.
   */
  readonly accountId?: pulumi.Input<string>;
  /** Further conditions, such as `ArnLike` on `aws:SourceArn`. */
  readonly conditions?: ConditionBlock;
}

/** An IAM document as the JSON text that AWS takes. Unknown at preview as long as one of its values is. */
export function policyDocument(statements: readonly PolicyStatement[]): pulumi.Output<string> {
  return pulumi.jsonStringify({ Version: "2012-10-17", Statement: statements });
}

/** A child of a component that doesn't exist yet, in place of an ARN that only it will have. */
export interface ChildReference {
  /** Type token, such as `aws:cloudwatch/logGroup:LogGroup`. */
  readonly type: string;
  /** Logical name. */
  readonly name: string;
}

/** A grant as a component states it: on what it makes itself it refers to the child, since its inputs come before it. */
export interface StatedGrant extends Omit<Grant, "resources"> {
  readonly resources: readonly (pulumi.Input<string> | ChildReference)[];
}

/** What a component says of a role that it makes. */
export interface StatedRole {
  /** Statements of the trust policy. */
  readonly trust: readonly PolicyStatement[];
  /** What its documents are made of. @default it is granted nothing by a document */
  readonly grants?: readonly StatedGrant[];
}

/**
 * The input `roles` of a component, by the logical names of its roles: policies judge them at the first preview, when the
 * documents made of them are not known yet. What carries a role's documents bears its name, alone or with a dash and more.
 */
export type StatedRoles = Readonly<Record<string, StatedRole>>;

/**
 * The statements of a role's trust policy for one AWS service.
 *
 * @param service service principal, such as `ecs-tasks.amazonaws.com`
 */
export function trustStatements(service: string, trust: TrustConditions = {}): readonly PolicyStatement[] {
  const { accountId, conditions } = trust;
  const condition: Record<string, Readonly<Record<string, ConditionValue>>> = { ...conditions };
  if (accountId !== undefined) {
    condition.StringEquals = { ...condition.StringEquals, "aws:SourceAccount": accountId };
  }
  return [
    {
      Effect: "Allow",
      Principal: { Service: service },
      Action: "sts:AssumeRole",
      ...(Object.keys(condition).length > 0 ? { Condition: condition } : {}),
    },
  ];
}

/** A role's trust policy for one AWS service, as {@link trustStatements} has it. */
export function trustPolicy(service: string, trust: TrustConditions = {}): pulumi.Output<string> {
  return policyDocument(trustStatements(service, trust));
}

/** Grants as statements, one each, in the given order. */
export function grantStatements(grants: readonly Grant[]): PolicyStatement[] {
  return grants.map((grant) => ({
    Sid: grant.id,
    Effect: "Allow",
    Action: grant.actions,
    Resource: grant.resources,
    ...(grant.conditions ? { Condition: grant.conditions } : {}),
  }));
}

/** An identity policy that allows the grants and nothing else. */
export function grantsDocument(grants: readonly Grant[]): pulumi.Output<string> {
  return policyDocument(grantStatements(grants));
}

/**
 * Records what is wrong with grants: ids that are no Sid or stand twice, empty lists, wildcards in an action.
 *
 * A resource of `*` is not refused here, since some actions take no other; the least-privilege policies know which.
 */
export function checkGrants(problems: ProblemCollector, property: string, grants: readonly Grant[]): void {
  const seen = new Set<string>();
  grants.forEach((grant, index) => {
    const at = `${property}[${index}]`;
    if (!/^[A-Za-z0-9]+$/.test(grant.id)) {
      problems.add(`${at}.id`, `"${grant.id}" is no statement id.`, "Use letters and digits only.");
    }
    if (seen.has(grant.id)) {
      problems.add(`${at}.id`, `"${grant.id}" stands twice.`, "Give each grant an id of its own.");
    }
    seen.add(grant.id);
    if (grant.actions.length === 0) {
      problems.add(`${at}.actions`, "no action is named.", "Name the actions, or remove the grant.");
    }
    grant.actions.forEach((action, n) => {
      if (action.includes("*") || action.includes("?")) {
        problems.add(`${at}.actions[${n}]`, `"${action}" is a wildcard.`, "Name each action, such as s3:GetObject.");
      } else if (!/^[a-z0-9-]+:[A-Za-z0-9]+$/.test(action)) {
        problems.add(`${at}.actions[${n}]`, `"${action}" is no IAM action.`, "Write it as service:Action.");
      }
    });
    if (grant.resources.length === 0) {
      problems.add(`${at}.resources`, "no resource is named.", "Name the ARNs the actions are allowed on.");
    }
  });
}

/** The statement that refuses what reaches a topic without TLS. */
export function topicOverTlsOnly(arn: pulumi.Input<string>): PolicyStatement {
  return {
    Sid: "NothingInTheClear",
    Effect: "Deny",
    Principal: "*",
    Action: ["sns:Publish", "sns:Subscribe"],
    Resource: arn,
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  };
}
