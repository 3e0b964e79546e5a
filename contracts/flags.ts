import { z } from "zod";
import { FLAG_KINDS } from "./flag-life.ts";

/** A flag as an environment declares it. Whether it is on is no part of it: that belongs to whoever rolls it out. */
export const flagSchema = z.strictObject({
  /** Name by which programs ask for it. */
  key: z.string().regex(/^[a-z][a-z0-9-]{0,63}$/, "write lower-case letters, digits and -, such as new-checkout"),
  /** What is different when it is on, one sentence. */
  description: z.string().min(1).max(1024),
  /** Team that takes it out again. */
  owner: z.string().min(1),
  kind: z.enum(FLAG_KINDS),
  /** Day by which it is gone, as `2026-01-31`. Release and experiment flags must have one. */
  expires: z.iso.date().optional(),
  /** Day since which everybody has it, as `2026-01-31`. */
  fullSince: z.iso.date().optional(),
});
export type Flag = Readonly<z.infer<typeof flagSchema>>;

/** Names under which programs find the flags of an environment in AppConfig. */
export function flagNames(environment: string): {
  readonly application: string;
  readonly environment: string;
  readonly profile: string;
} {
  return { application: `causeway-${environment}`, environment, profile: "flags" };
}

/** Name of the strategy by which versions are rolled out in an environment. */
export function flagStrategyName(environment: string, strategy: "gradual" | "kill-switch"): string {
  return `causeway-${environment}-flags-${strategy}`;
}
