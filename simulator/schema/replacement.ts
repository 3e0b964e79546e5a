/** Joins the generated table and the hand-written corrections into what a type's diff needs. */
import generated from "../data/generated/replacement.json" with { type: "json" };
import {
  REPLACEMENT_OVERRIDES,
  type ReplacementOverride,
  SAME_AS,
  withoutVersionSuffix,
} from "../data/replacement/index.ts";
import type { PropertySchema, ReplacementKnowledge } from "./types.ts";

const GENERATED = generated.types as Readonly<Record<string, readonly string[]>>;

/**
 * @param name `module/Type`
 * @param overrides only tests pass others
 */
export function replacementOf(
  name: string,
  inputs: ReadonlyMap<string, PropertySchema>,
  overrides: Readonly<Record<string, ReplacementOverride>> = REPLACEMENT_OVERRIDES,
): ReplacementKnowledge {
  const [module, type] = name.split("/") as [string, string];
  const canonical = withoutVersionSuffix(`${SAME_AS[module] ?? module}/${type}`);
  const override = overrides[name] ?? overrides[canonical];
  const table = GENERATED[name] ?? GENERATED[canonical];
  if (override === undefined && table === undefined) return { known: false };
  const paths = new Set(table ?? []);
  if (override?.exactly === "all") {
    paths.clear();
    for (const input of inputs.keys()) if (input !== "tags" && !override.except?.includes(input)) paths.add(input);
  } else if (override?.exactly) {
    paths.clear();
    for (const path of override.exactly) paths.add(path);
  }
  for (const path of override?.add ?? []) paths.add(path);
  for (const path of override?.remove ?? []) paths.delete(path);
  // A name given by prefix is as fixed as the name, and no resource moves to another region.
  for (const [property, follower] of FOLLOWERS) if (paths.has(property)) paths.add(follower);
  paths.add("region");
  const existing = [...paths].filter((path) => inputs.has(path.split(/[.[]/, 1)[0]!)).sort();
  const source = override
    ? `terraform-provider-aws internal/service/${override.source}`
    : `@pulumi/aws-native ${generated.from.awsNative} replaceOnChanges`;
  return { known: true, paths: existing, source };
}

const FOLLOWERS = [
  ["name", "namePrefix"],
  ["bucket", "bucketPrefix"],
  ["clusterIdentifier", "clusterIdentifierPrefix"],
] as const;
