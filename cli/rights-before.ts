import type { StackExport } from "../engine/index.ts";
import type { Environment } from "../environments/index.ts";
import type { PolicySettings } from "../policies/index.ts";
import { readRights, stackOf } from "../policies/privileges/index.ts";

/**
 * What the identities of an environment had when it was last deployed, for the rule that holds growth to an approval.
 * Asked of environments that others depend on: in those that are thrown away nobody has to approve of anything.
 *
 * @returns nothing before the first deployment too: all is new then
 */
export function rightsBefore(
  environment: Environment,
  { deployment }: StackExport,
): Pick<PolicySettings, "rightsBefore"> {
  if (!environment.protect) return {};
  const { resources = [] } = deployment;
  if (!resources.some(({ type }) => !type.startsWith("pulumi:"))) return {};
  return { rightsBefore: readRights(stackOf(resources)).filter(({ kind }) => kind !== "resource") };
}
