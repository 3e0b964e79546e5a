import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Grant } from "../../contracts/workload.ts";
import { grantsDocument, type PolicyStatement, policyDocument, type StatedRoles, trustStatements } from "../iam.ts";
import { applyTransform } from "../transform.ts";
import type { SecretReference, ServiceArgs } from "./service-args.ts";
import type { ServicePlan } from "./service-plan.ts";

export interface ServiceRoles {
  /** What the service itself acts as. */
  readonly task: aws.iam.Role;
  /** What ECS acts as to start a task: pull the image, read the secrets, write the logs. */
  readonly execution: aws.iam.Role;
  /** What must exist before a task starts. */
  readonly policies: readonly aws.iam.RolePolicy[];
}

/** The two roles as policies see them before their documents are known. */
export function statedRoles(name: string, args: ServiceArgs, plan: ServicePlan): StatedRoles {
  const trust = trustOfTasks(args);
  return {
    [`${name}-task`]: { trust, grants: plan.taskGrants },
    [`${name}-execution`]: { trust, grants: executionGrants(args, plan) },
  };
}

function trustOfTasks({ region, accountId }: ServiceArgs): readonly PolicyStatement[] {
  return trustStatements("ecs-tasks.amazonaws.com", {
    accountId,
    conditions: { ArnLike: { "aws:SourceArn": pulumi.interpolate`arn:aws:ecs:${region}:${accountId}:*` } },
  });
}

/** The two roles of a service, with nothing but what it declares and what starting it takes. */
export function createRoles(
  name: string,
  args: ServiceArgs,
  plan: ServicePlan,
  tags: Record<string, string>,
  parent: pulumi.ComponentResource,
): ServiceRoles {
  const assumeRolePolicy = policyDocument(trustOfTasks(args));
  const task = new aws.iam.Role(
    ...applyTransform<aws.iam.RoleArgs>(
      args.transform?.taskRole,
      `${name}-task`,
      { description: `What the service ${plan.service} may do`, assumeRolePolicy, tags },
      { parent },
    ),
  );
  const execution = new aws.iam.Role(
    ...applyTransform<aws.iam.RoleArgs>(
      args.transform?.executionRole,
      `${name}-execution`,
      { description: `What ECS needs to start tasks of ${plan.service}`, assumeRolePolicy, tags },
      { parent },
    ),
  );
  const policies = [
    new aws.iam.RolePolicy(
      `${name}-execution`,
      { role: execution.name, policy: grantsDocument(executionGrants(args, plan)) },
      { parent },
    ),
  ];
  if (plan.taskGrants.length > 0) {
    policies.push(
      new aws.iam.RolePolicy(`${name}-task`, { role: task.name, policy: grantsDocument(plan.taskGrants) }, { parent }),
    );
  }
  return { task, execution, policies };
}

function executionGrants(args: ServiceArgs, plan: ServicePlan): Grant[] {
  const grants: Grant[] = [
    {
      id: "WriteLogs",
      actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
      resources: [pulumi.interpolate`arn:aws:logs:${args.region}:${args.accountId}:log-group:${plan.logGroupName}:*`],
    },
  ];
  if (plan.repositoryArns.length > 0) {
    grants.push(
      {
        id: "PullImages",
        actions: ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
        resources: plan.repositoryArns,
      },
      // The token is the registry's, so the action takes no narrower resource.
      { id: "LogInToRegistry", actions: ["ecr:GetAuthorizationToken"], resources: ["*"] },
    );
  }
  const secrets = Object.entries(args.secrets ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, secret]) => secret);
  const secretArns = secrets.filter((secret) => !isParameter(secret)).map((secret) => grantedArn(secret, args));
  const parameterArns = secrets.filter(isParameter).map((secret) => grantedArn(secret, args));
  const keyArns = secrets.flatMap((secret) => (secret.kmsKeyArn === undefined ? [] : [secret.kmsKeyArn]));
  if (secretArns.length > 0) {
    grants.push({ id: "ReadSecrets", actions: ["secretsmanager:GetSecretValue"], resources: secretArns });
  }
  if (parameterArns.length > 0) {
    grants.push({ id: "ReadParameters", actions: ["ssm:GetParameters"], resources: parameterArns });
  }
  if (keyArns.length > 0) {
    grants.push({
      id: "DecryptSecrets",
      actions: ["kms:Decrypt"],
      resources: keyArns,
      conditions: {
        StringEquals: {
          "kms:ViaService": [`secretsmanager.${args.region}.amazonaws.com`, `ssm.${args.region}.amazonaws.com`],
        },
      },
    });
  }
  return grants;
}

function isParameter(secret: SecretReference): boolean {
  return secret.from === "ssm";
}

function arnOf(secret: SecretReference, args: ServiceArgs): pulumi.Input<string> {
  if (secret.arn !== undefined) return secret.arn;
  const place = pulumi.interpolate`${args.region}:${args.accountId}`;
  return isParameter(secret)
    ? pulumi.interpolate`arn:aws:ssm:${place}:parameter/${secret.name?.replace(/^\//, "")}`
    : pulumi.interpolate`arn:aws:secretsmanager:${place}:secret:${secret.name}`;
}

/** Secrets Manager ends a secret's ARN with six random characters, which its name does not tell. */
function grantedArn(secret: SecretReference, args: ServiceArgs): pulumi.Input<string> {
  const byName = secret.arn === undefined && !isParameter(secret);
  return byName ? pulumi.interpolate`${arnOf(secret, args)}-??????` : arnOf(secret, args);
}

/** A secret as ECS's container definitions refer to it. */
export function secretValueFrom(secret: SecretReference, args: ServiceArgs): pulumi.Input<string> {
  return secret.key === undefined ? arnOf(secret, args) : pulumi.interpolate`${arnOf(secret, args)}:${secret.key}::`;
}
