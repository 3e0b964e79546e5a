import type * as pulumi from "@pulumi/pulumi";
import { TAG_KEYS } from "../contracts/tags.ts";
import { type Environment, serviceTags } from "../environments/index.ts";

/**
 * Puts a service's own owner, cost centre and data class on what belongs to that service.
 *
 * Components say to which service a resource belongs; who owns the service is the environment's knowledge. Everything
 * else keeps the environment's owner from the provider's default tags.
 */
export function ownerTags(environment: Environment): pulumi.ResourceTransformation {
  const owners = new Map(
    environment.services.map((service) => {
      const { owner, costCentre, dataClass } = serviceTags(environment, service);
      const tags = { [TAG_KEYS.owner]: owner, [TAG_KEYS.costCentre]: costCentre, [TAG_KEYS.dataClass]: dataClass };
      return [service.name, tags] as const;
    }),
  );
  return ({ props, opts }) => {
    const service = (props.tags as Record<string, unknown> | undefined)?.[TAG_KEYS.service];
    const owner = typeof service === "string" ? owners.get(service) : undefined;
    if (owner === undefined) return undefined;
    return { props: { ...props, tags: { ...owner, ...props.tags } }, opts };
  };
}
