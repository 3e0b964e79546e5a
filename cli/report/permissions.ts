import { rightsOfPreview } from "../../policies/privileges/index.ts";
import type { RunReport } from "./report.ts";

/**
 * What a preview makes of effective permissions; nothing where there is nothing yet.
 *
 * @param document what the engine says of all resources
 */
export function permissionsIn(document: unknown): Pick<RunReport, "permissions"> {
  const { changes, fresh } = rightsOfPreview(document);
  return fresh ? {} : { permissions: changes };
}
