/** Name of the topic that an environment's releases are told through, so that every host of a release finds it. */
export function releaseTopicName(environment: string): string {
  return `causeway-${environment}-releases`;
}

/**
 * ARN of that topic, in the account and region of something else of the environment.
 *
 * @param arn of a listener rule of the environment
 */
export function releaseTopicArn(environment: string, arn: string): string {
  const [prefix, partition, , region, account] = arn.split(":");
  return [prefix, partition, "sns", region, account, releaseTopicName(environment)].join(":");
}

/** Kinds of notices that somebody may have to do something about; attribute `kind` of the message. */
export const URGENT_NOTICES = ["held", "rolling-back"] as const;
