/**
 * Actions that AWS documents with a resource type of which only part of what they do knows anything. Limited to it, the
 * rest is refused, so they are judged as actions that accept only the resource `*`.
 *
 * Source: the action's description in AWS's service authorization reference, and that the type is not marked required.
 */
export const ACCEPTS_ONLY_EVERYTHING: ReadonlySet<string> = new Set([
  // "CloudWatch classic metric data", which has no resource; a dataset is of OTLP metrics, asked for by PromQL.
  "cloudwatch:getmetricdata",
]);

/**
 * Services whose actions also work on ARNs under another service's name, which AWS's reference doesn't say of them.
 *
 * Source: AWS's managed policies, which limit actions so (`AWSCodeBuildAdminAccess`, `SageMakerStudioProjectUserRolePolicy`),
 * and for the connections https://docs.aws.amazon.com/dtconsole/latest/userguide/rename.html
 */
export const ALSO_WORKS_ON: Readonly<Record<string, readonly string[]>> = {
  codeconnections: ["codestar-connections"],
  "codestar-connections": ["codeconnections"],
  datazone: ["datazone"],
  ssmmessages: ["ssm"],
};
