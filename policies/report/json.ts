import { countsOf, type PolicyReport, stops } from "./finding.ts";

/** The findings as one document; its field names are part of the contract. */
export function jsonReport(report: PolicyReport): string {
  return `${JSON.stringify(jsonDocument(report), undefined, 2)}\n`;
}

/** What `jsonReport` prints, before it is text. */
export function jsonDocument(report: PolicyReport) {
  return {
    formatVersion: 1,
    subject: report.subject,
    complete: report.complete,
    counts: countsOf(report),
    findings: report.findings.map((finding) => ({ ...finding, stops: stops(finding) })),
  };
}
