/** The tag keys that every taggable resource carries, and what each is for. */
export const TAG_KEYS = {
  /** Team that is paged for the resource and answers for its cost. */
  owner: "owner",
  /** Environment, the same word as the stack's name. */
  environment: "environment",
  /** Service the resource belongs to; `platform` for what all services share. */
  service: "service",
  /** Cost centre the bill goes to. */
  costCentre: "cost-centre",
  /** How sensitive and how dear the data on the resource is; backup plans select by it. */
  dataClass: "data-class",
} as const;

/** The tag keys in the order in which people read them. */
export const REQUIRED_TAG_KEYS: readonly string[] = Object.values(TAG_KEYS);

/** A value of the tag `service` for what belongs to no single service. */
export const SHARED_SERVICE = "platform";

/**
 * Classes of data, from the least to the most demanding.
 *
 * - `none`: holds no data (network, roles, load balancers)
 * - `transient`: can be lost and made again (caches, build output)
 * - `internal`: business data without personal data
 * - `personal`: data about people
 * - `critical`: the business stops without it
 */
export const DATA_CLASSES = ["none", "transient", "internal", "personal", "critical"] as const;
export type DataClass = (typeof DATA_CLASSES)[number];

/** The required tags by their meaning rather than by their key. */
export interface PlatformTags {
  readonly owner: string;
  readonly environment: string;
  readonly service: string;
  readonly costCentre: string;
  readonly dataClass: DataClass;
}

/** The tags in the form AWS takes them. */
export function toAwsTags(tags: PlatformTags): Record<string, string> {
  return {
    [TAG_KEYS.owner]: tags.owner,
    [TAG_KEYS.environment]: tags.environment,
    [TAG_KEYS.service]: tags.service,
    [TAG_KEYS.costCentre]: tags.costCentre,
    [TAG_KEYS.dataClass]: tags.dataClass,
  };
}
