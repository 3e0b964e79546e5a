/**
 * Alert severities. P0: users are down, page at once. P1: users are hurt or will be within the hour, page. P2: look
 * today. P3: look this week. P4: for the record.
 */
export const SEVERITIES = ["P0", "P1", "P2", "P3", "P4"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** The two sides of a blue-green service; the one with users on it is *live*, the other *idle*. */
export const COLOURS = ["blue", "green"] as const;
export type Colour = (typeof COLOURS)[number];

/** The two listener rules of a service: its users' and the one that reaches the idle colour for tests. */
export type RuleKey = "live" | "test";

/** How a new version takes over from the old one. */
export const RELEASE_STRATEGIES = ["blue-green", "canary", "linear", "rolling"] as const;
export type ReleaseStrategy = (typeof RELEASE_STRATEGIES)[number];

/**
 * Subnet tiers. `public`: reachable from the internet through the internet gateway. `private`: reaches out through NAT.
 * `isolated`: no route out of the VPC.
 */
export const TIERS = ["public", "private", "isolated"] as const;
export type Tier = (typeof TIERS)[number];

/**
 * Where private subnets leave the VPC. `none`: they do not. `one`: one NAT gateway, cheap, lost with its zone.
 * `per-zone`: one in each zone. `regional`: one NAT gateway that AWS spreads over all zones.
 */
export const NAT_STRATEGIES = ["none", "one", "per-zone", "regional"] as const;
export type NatStrategy = (typeof NAT_STRATEGIES)[number];

/** The two clouds one program runs on. */
export const CLOUDS = ["simulated", "aws"] as const;
export type Cloud = (typeof CLOUDS)[number];

/** A zone of a region by its letter: `a` in `eu-west-1` is the zone `eu-west-1a`. */
export type ZoneLetter = "a" | "b" | "c" | "d" | "e" | "f";
export const ZONE_LETTERS: readonly ZoneLetter[] = ["a", "b", "c", "d", "e", "f"];
