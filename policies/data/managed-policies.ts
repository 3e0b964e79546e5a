/**
 * AWS's own policies that are a way to more rights, as far as they are one: actions, resources and conditions of the
 * statements that make them so. Source: the AWS managed policy reference,
 * https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
 */
export const MANAGED_POLICIES: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>> = {
  AdministratorAccess: [allow("*")],
  // AWS says of it that it has to be held as powerful as the one above.
  "AdministratorAccess-Amplify": [allow("*")],
  IAMFullAccess: [allow("iam:*")],
  PowerUserAccess: [{ Effect: "Allow", NotAction: ["iam:*", "organizations:*", "account:*"], Resource: "*" }],
  AWSLambda_FullAccess: [allow("lambda:*"), pass("*", "lambda.amazonaws.com")],
  AmazonECS_FullAccess: [
    allow("ecs:*"),
    pass("*", "ecs-tasks.amazonaws.com"),
    pass("arn:aws:iam::*:role/ecsInstanceRole*", "ec2.amazonaws.com"),
  ],
  AmazonEC2FullAccess: [allow("ec2:*")],
  AmazonSageMakerFullAccess: [allow("sagemaker:*"), pass("arn:aws:iam::*:role/*", "sagemaker.amazonaws.com")],
  AmazonSSMFullAccess: [allow("ssm:*")],
  AWSCloudFormationFullAccess: [allow("cloudformation:*")],
  AWSCodeBuildAdminAccess: [allow("codebuild:*")],
  AWSCodeBuildDeveloperAccess: [allow("codebuild:StartBuild"), allow("codebuild:StartBuildBatch")],
  AWSStepFunctionsFullAccess: [allow("states:*")],
};

function allow(action: string): Readonly<Record<string, unknown>> {
  return { Effect: "Allow", Action: action, Resource: "*" };
}

function pass(resource: string, service: string): Readonly<Record<string, unknown>> {
  return {
    Effect: "Allow",
    Action: "iam:PassRole",
    Resource: resource,
    Condition: { StringLike: { "iam:PassedToService": service } },
  };
}

/** The name of one of AWS's own policies. */
export function managedPolicyName(arn: string): string | undefined {
  return /^arn:aws[\w-]*:iam::aws:policy\/(?:[\w-]+\/)*([\w-]+)$/.exec(arn)?.[1];
}
