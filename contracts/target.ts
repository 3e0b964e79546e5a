import { z } from "zod";
import { mirrorRoot } from "./mirror.ts";
import { COLOURS, type Colour } from "./vocabulary.ts";

const perColour = z.strictObject({ blue: z.string().min(1), green: z.string().min(1) });

/**
 * What a release of a service works on, by the names AWS knows it by. Infrastructure code writes it, into the parameter
 * `/causeway/<environment>/<service>/target`, since only it knows the names; releases read it.
 */
export const releaseTargetSchema = z.strictObject({
  format: z.literal(1),
  region: z.string().min(1),
  /** The part of the load balancer's ARN that CloudWatch metrics are named by. */
  loadBalancer: z.string().min(1),
  /** Address of the load balancer, as a URL without a path, and of its test listener. */
  url: z.string().min(1),
  testUrl: z.string().min(1),
  /** ARN of the rule that splits users, and of the one that shows the idle colour. */
  rules: z.strictObject({ live: z.string().min(1), test: z.string().min(1) }),
  /** Host name that the service's rule asks for; absent when it takes every host. */
  host: z.string().optional(),
  /** Path that says whether a task is healthy. */
  healthPath: z.string().startsWith("/"),
  targetGroups: perColour,
  /** Name of the cluster, and of the two ECS services. */
  cluster: z.string().min(1),
  services: perColour,
  /** What releases wrote of an earlier service of this name, by `stampOf`: it says nothing about this one. */
  forgotten: z.string().optional(),
});
export type ReleaseTarget = Readonly<z.infer<typeof releaseTargetSchema>>;

/** Name of the parameter that says what a release of the service works on. */
export function targetPath(environment: string, service: string): string {
  return `${mirrorRoot(environment)}${service}/target`;
}

/**
 * @throws SyntaxError or z.ZodError when the text is no release target
 */
export function parseReleaseTarget(text: string): ReleaseTarget {
  return releaseTargetSchema.parse(JSON.parse(text));
}

/** The part of a load balancer's or target group's ARN that CloudWatch metrics are named by. */
export function arnSuffix(arn: string): string {
  const resource = arn.split(":").slice(5).join(":");
  return resource.startsWith("loadbalancer/") ? resource.slice("loadbalancer/".length) : resource;
}

/** The colour that a target group is of; undefined for a group that is neither. */
export function colourOf(target: ReleaseTarget, targetGroupArn: string): Colour | undefined {
  return COLOURS.find((colour) => target.targetGroups[colour] === targetGroupArn);
}
