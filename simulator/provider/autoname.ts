/** Names for resources whose name was left unset, as the AWS provider gives them. */
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
 * @param digits hexadecimal ones; not by the engine's random seed, which is another in every run
 */
export function nameFor(
  rule: AutonameRule,
  logicalName: string,
  given: JsonObject,
  digits: (length: number) => string,
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
    return { name: autoname(rule, logicalName, inputs, digits) };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}
