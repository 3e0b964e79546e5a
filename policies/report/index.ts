/** Reports on what the policies found: for a terminal, as JSON, as SARIF 2.1.0, as Markdown. */

export { plainText, violationOf, violationsInLog, violationsOfHarness } from "./events.ts";
export {
  countsOf,
  decided,
  type FindingCounts,
  type FindingOptions,
  type FindingVerdict,
  findingsOf,
  type PolicyFinding,
  type PolicyReport,
  type ReportedViolation,
  type SourceLocation,
  stops,
  type ToldExemption,
} from "./finding.ts";
export { jsonDocument, jsonReport } from "./json.ts";
export { type Checkout, type Locations, locationsIn } from "./locations.ts";
export { type MarkdownOptions, markdownReport, policyMarker, policySections } from "./markdown.ts";
export { code } from "./markdown-text.ts";
export { type SarifOptions, sarifReport } from "./sarif.ts";
export { countsText, type Paint, placeText, textReport } from "./text.ts";
