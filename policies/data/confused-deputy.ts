/**
 * Service principals that act for many customers and send `aws:SourceArn` or `aws:SourceAccount` when they do, so that
 * a policy can hold them to one account. For these a policy without such a condition lets the service be used by
 * another customer (the confused deputy).
 *
 * Source: the "cross-service confused deputy prevention" page of each service's own documentation; starting point
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
 */

/** Services that assume a role. */
export const DEPUTIES_IN_TRUST: ReadonlySet<string> = new Set([
  "bedrock.amazonaws.com",
  "codebuild.amazonaws.com",
  "config.amazonaws.com",
  "datasync.amazonaws.com",
  "ecs-tasks.amazonaws.com",
  "eks-fargate-pods.amazonaws.com",
  "firehose.amazonaws.com",
  "fis.amazonaws.com",
  "logs.amazonaws.com",
  "monitoring.rds.amazonaws.com",
  "pipes.amazonaws.com",
  "sagemaker.amazonaws.com",
  "scheduler.amazonaws.com",
  "states.amazonaws.com",
  "transfer.amazonaws.com",
  "vpc-flow-logs.amazonaws.com",
]);

/** Services that use a resource: a bucket, topic, queue, function or key. */
export const DEPUTIES_IN_RESOURCE_POLICIES: ReadonlySet<string> = new Set([
  "apigateway.amazonaws.com",
  "backup.amazonaws.com",
  "budgets.amazonaws.com",
  "cloudfront.amazonaws.com",
  "cloudtrail.amazonaws.com",
  "cloudwatch.amazonaws.com",
  "codestar-notifications.amazonaws.com",
  "config.amazonaws.com",
  "costalerts.amazonaws.com",
  "delivery.logs.amazonaws.com",
  "events.amazonaws.com",
  "events.rds.amazonaws.com",
  "iot.amazonaws.com",
  "lambda.amazonaws.com",
  "logs.amazonaws.com",
  "s3.amazonaws.com",
  "scheduler.amazonaws.com",
  "ses.amazonaws.com",
  "sns.amazonaws.com",
]);

/** A service principal without its region: `logs.eu-west-1.amazonaws.com` is `logs.amazonaws.com`. */
export function globalPrincipal(principal: string): string {
  return principal.replace(/\.[a-z]{2}(-[a-z]+)+-\d(?=\.amazonaws\.com)/, "");
}
