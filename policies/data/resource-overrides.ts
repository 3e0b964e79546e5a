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
