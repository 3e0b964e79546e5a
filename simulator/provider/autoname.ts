/** Names for resources whose name was left unset, as the AWS provider gives them. */
import { createHash, randomBytes } from "node:crypto";
import { type AutonameRule, autoname } from "../schema/index.ts";
import type { JsonObject } from "./values.ts";
import { plainObject } from "./values.ts";

/** What the stack's `pulumi:autonaming` configuration asks for; absent when it says nothing. */
export interface AutonamingRequest {
  readonly proposedName: string;
  /** `propose` may be fitted to the type, `enforce` may not, `disable` leaves the name to AWS. */
  readonly mode: "propose" | "enforce" | "disable";
}

export type Autoname = { readonly name: string } | { readonly problem: string } | undefined;

/**
 * The name for a resource.
 *
 * Like the real provider it refuses rather than cuts a name that is too long: a cut name would hide which resource it
 * belongs to, and the refusal would otherwise come only on AWS.
 *
 * @param seed the engine's random seed; the same seed gives the same name
 */
export function nameFor(
  rule: AutonameRule,
  urn: string,
  logicalName: string,
  given: JsonObject,
  seed: Uint8Array,
  request: AutonamingRequest | undefined,
): Autoname {
  if (request?.mode === "disable") return undefined;
  if (request?.mode === "enforce") return { name: request.proposedName };
  const inputs = plainObject(given);
  if (request?.mode === "propose") {
    const suffix = rule.suffix?.(inputs) ?? "";
    const fitted = request.proposedName.slice(0, rule.maxLength - suffix.length);
    return { name: `${rule.lowerCase ? fitted.toLowerCase() : fitted}${suffix}` };
  }
  try {
    return { name: autoname(rule, logicalName, inputs, (length) => randomDigits(seed, urn).slice(0, length)) };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

function randomDigits(seed: Uint8Array, urn: string): string {
  const source = seed.length > 0 ? seed : randomBytes(16);
  return createHash("sha256").update(source).update(urn).digest("hex");
}
