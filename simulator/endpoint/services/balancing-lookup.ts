/** What the operations of Elastic Load Balancing look for: kinds of objects, their ARNs and names. */
import { AwsError } from "../errors.ts";
import type { Entry } from "../types.ts";

export const LOAD_BALANCER = "aws:lb/loadBalancer:LoadBalancer";
export const LISTENER = "aws:lb/listener:Listener";
export const RULE = "aws:lb/listenerRule:ListenerRule";
export const TARGET_GROUP = "aws:lb/targetGroup:TargetGroup";
export const KINDS = ["loadbalancer", "listener", "listener-rule", "targetgroup"] as const;

export const invalid = (message: string) => new AwsError("ValidationError", message);

/** @throws AwsError when a text is no ARN of the kind, which AWS says before it looks for it */
export function wellFormed(arns: readonly string[], kind: (typeof KINDS)[number], what: string): void {
  for (const arn of arns) {
    if (!new RegExp(`^arn:[\\w-]+:elasticloadbalancing:[\\w-]+:\\d{12}:${kind}/`).test(arn)) {
      throw invalid(`'${arn}' is not a valid ${what} ARN`);
    }
  }
}

/** Those with the ARNs, in their order. @throws AwsError when one of them is not there */
export function withArns(entries: readonly Entry[], arns: readonly string[], missing: () => AwsError): Entry[] {
  return arns.map((arn) => {
    const found = entries.find((entry) => entry.arn === arn);
    if (found === undefined) throw missing();
    return found;
  });
}

/** Those with the names, in their order. @throws AwsError when one of them is not there */
export function withNames(entries: readonly Entry[], names: readonly string[], missing: () => AwsError): Entry[] {
  return names.map((name) => {
    const found = entries.find(({ state }) => state.name === name);
    if (found === undefined) throw missing();
    return found;
  });
}
