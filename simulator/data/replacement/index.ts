import { COMPUTE } from "./compute.ts";
import { DATA } from "./data.ts";
import { NETWORK } from "./network.ts";
import { OPERATIONS } from "./operations.ts";
import type { ReplacementOverride } from "./override.ts";

export type { ReplacementOverride };

/** By `module/Type`. */
export const REPLACEMENT_OVERRIDES: Readonly<Record<string, ReplacementOverride>> = {
  ...NETWORK,
  ...COMPUTE,
  ...DATA,
  ...OPERATIONS,
};

/** Modules that repeat the types of another. */
export const SAME_AS: Readonly<Record<string, string>> = { alb: "lb" };

/** Former names of S3's bucket settings, which stand beside today's. */
export function withoutVersionSuffix(name: string): string {
  return name.startsWith("s3/Bucket") ? name.replace(/V2$/, "") : name;
}
