/** Effective permissions: what documents together allow, and what a change makes of it. */

export { diffRights, laterIn, type Privilege, type RightsChange } from "./diff.ts";
export { groupsOf, type PrivilegeGroup } from "./groups.ts";
export { type PreviewedRights, rightsOfPreview } from "./preview.ts";
export { givesRights, rightsReport, rightsSection, rightsText } from "./report.ts";
export { type Rights, type RightsStatement, readRights } from "./rights.ts";
export { type PreviewStep, type ResourceState, stackOf, stacksOf } from "./state.ts";
