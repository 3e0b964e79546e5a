/** Names for resources whose name was left unset, as the AWS provider gives them. */
import { createHash, randomBytes } from "node:crypto";
import type { AutonameRule } from "../schema/index.ts";
import type { JsonObject } from "./values.ts";
import { plainObject } from "./values.ts";

/** Hex digits that make an autoname unique. */
const RANDOM_DIGITS = 7;

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
export function autoname(
  rule: AutonameRule,
  urn: string,
  logicalName: string,
  inputs: JsonObject,
  seed: Uint8Array,
  request: AutonamingRequest | undefined,
): Autoname {
  if (request?.mode === "disable") return undefined;
  if (request?.mode === "enforce") return { name: request.proposedName };
  const suffix = rule.suffix?.(plainObject(inputs)) ?? "";
  const stem =
    request === undefined
      ? `${logicalName}${rule.separator}${randomDigits(seed, urn)}`
      : request.proposedName.slice(0, rule.maxLength - suffix.length);
  const name = `${rule.lowerCase ? stem.toLowerCase() : stem}${suffix}`;
  if (name.length <= rule.maxLength) return { name };
  const room = rule.maxLength - suffix.length - RANDOM_DIGITS - rule.separator.length;
  return {
    problem:
      `the name "${logicalName}" with "${rule.separator}" and ${RANDOM_DIGITS} random characters is longer than the ` +
      `${rule.maxLength} characters AWS allows; shorten the resource's name to ${room} characters or set ${rule.property}`,
  };
}

function randomDigits(seed: Uint8Array, urn: string): string {
  const source = seed.length > 0 ? seed : randomBytes(16);
  return createHash("sha256").update(source).update(urn).digest("hex").slice(0, RANDOM_DIGITS);
}
