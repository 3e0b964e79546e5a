import { diffRights, readRights, stacksOf } from "../../policies/privileges/index.ts";
import type { RunReport } from "./report.ts";

/**
 * What a preview makes of effective permissions. Nothing where there is nothing yet: all rights of a new environment are
 * new, and say nothing about a change.
 *
 * @param document what the engine says of all resources
 */
export function permissionsIn(document: unknown): Pick<RunReport, "permissions"> {
  const { before, after } = stacksOf(document);
  const exists = before.resources.some(({ type }) => !type.startsWith("pulumi:"));
  return exists ? { permissions: diffRights(readRights(before), readRights(after)) } : {};
}
