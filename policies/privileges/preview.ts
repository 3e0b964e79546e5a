import { diffRights, type RightsChange } from "./diff.ts";
import { readRights } from "./rights.ts";
import { stacksOf } from "./state.ts";

/** What a preview makes of the rights of everybody. */
export interface PreviewedRights {
  readonly changes: readonly RightsChange[];
  /** Whether nothing was there before: all rights of a new environment are new, and say nothing about a change. */
  readonly fresh: boolean;
}

/**
 * @param document what `pulumi preview --json --show-sames` prints, parsed
 * @throws Error when it is no such document
 */
export function rightsOfPreview(document: unknown): PreviewedRights {
  const { before, after } = stacksOf(document);
  const fresh = before.resources.every(({ type }) => type.startsWith("pulumi:"));
  return { changes: diffRights(readRights(before), readRights(after)), fresh };
}
