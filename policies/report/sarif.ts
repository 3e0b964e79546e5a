import type { RuleSeverity } from "../framework/rule.ts";
import { type PolicyFinding, type PolicyReport, type SourceLocation, stops } from "./finding.ts";

/** What a report says of the tool that made it. */
export interface SarifOptions {
  /** Version of the rules. @default left out */
  readonly version?: string;
  /** File that is named where a resource's own is not known: code scanning takes no result without. @default "Pulumi.yaml" */
  readonly fallbackFile?: string;
}

const SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
const ROOT = { uriBaseId: "%SRCROOT%" };

/** Rules of these sets are about who may get at what; code scanning lists what they find as security alerts. */
const ABOUT_SECURITY = ["least-privilege", "security", "kubernetes"];

/** Code scanning refuses a whole file for one rule with more tags; some rules answer to more controls than that. */
const MOST_TAGS = 20;

/** The middles of the ranges by which code scanning names severities. */
const SCORES: Readonly<Record<RuleSeverity, string>> = { critical: "9.5", high: "8.0", medium: "5.5", low: "2.5" };

/**
 * The findings as SARIF 2.1.0.
 *
 * What cannot be judged yet is a result of the kind `open`, what is exempted one with a suppression. Nothing in it
 * depends on the machine or the time, so the same findings are the same text.
 */
export function sarifReport(report: PolicyReport, options: SarifOptions = {}): string {
  const rules = [...new Map(report.findings.map((finding) => [finding.rule, finding])).values()].sort((a, b) =>
    a.rule.localeCompare(b.rule),
  );
  const indexOf = new Map(rules.map(({ rule }, index) => [rule, index]));
  const run = {
    tool: {
      driver: {
        name: "causeway-policies",
        ...(options.version === undefined ? {} : { semanticVersion: options.version }),
        rules: rules.map(descriptor),
      },
    },
    automationDetails: { id: `causeway-policies/${report.subject}/` },
    originalUriBaseIds: { "%SRCROOT%": { description: { text: "The root of the checkout." } } },
    columnKind: "utf16CodeUnits",
    invocations: [{ executionSuccessful: report.complete }],
    results: report.findings.map((finding) => ({
      ...resultOf(finding, options.fallbackFile ?? "Pulumi.yaml"),
      ruleIndex: indexOf.get(finding.rule),
    })),
  };
  return `${JSON.stringify({ $schema: SCHEMA, version: "2.1.0", runs: [run] }, undefined, 2)}\n`;
}

function descriptor({ rule, set = "", title, why, remedy, url, severity, controls }: PolicyFinding) {
  const security = ABOUT_SECURITY.includes(set);
  const ids = Object.entries(controls).flatMap(([catalogue, names]) => (names ?? []).map((id) => `${catalogue}/${id}`));
  const tags = [...(security ? ["security"] : []), ...(set === "" || set === "security" ? [] : [set]), ...ids];
  const help = [why && `Why: ${why}`, remedy && `Remedy: ${remedy}`, url && `See ${url}`].filter(Boolean);
  return {
    id: rule,
    shortDescription: { text: title },
    fullDescription: { text: why || title },
    help: {
      text: help.join("\n") || title,
      markdown: [`**${title}**`, why, remedy && `**Remedy:** ${remedy}`, url && `[Read more](${url})`]
        .filter(Boolean)
        .join("\n\n"),
    },
    ...(url === "" ? {} : { helpUri: url }),
    defaultConfiguration: { level: severity === "low" ? "note" : "warning" },
    properties: {
      tags: tags.slice(0, MOST_TAGS),
      controls: ids,
      ...(security ? { "security-severity": SCORES[severity] } : {}),
      precision: "very-high",
    },
  };
}

function resultOf(finding: PolicyFinding, fallbackFile: string) {
  const { urn, resource, type, message, fingerprint, location, calledFrom, verdict, severity, level } = finding;
  const calls = calledFrom.map((call, index) => `[${call.file}:${call.line}](${index + 1})`);
  const about = resource === "" ? "" : `${resource} (${type}): `;
  const open = verdict === "undetermined";
  return {
    ruleId: finding.rule,
    // What cannot be judged has no level, says the standard; a run that fails closed takes it for a failure.
    kind: open && !stops(finding) ? "open" : "fail",
    level: open && !stops(finding) ? "none" : levelOf(finding),
    message: {
      text: `${literal(about + message)}${calls.length > 0 ? `\nMade by way of ${calls.join(", ")}.` : ""}`,
    },
    locations: [
      {
        physicalLocation: location ? physical(location) : { artifactLocation: { uri: uri(fallbackFile), ...ROOT } },
        ...(urn === "" ? {} : { logicalLocations: [{ name: resource, fullyQualifiedName: urn, kind: "resource" }] }),
      },
    ],
    ...(calledFrom.length > 0 ? { relatedLocations: calledFrom.map(related) } : {}),
    // The one fingerprint that code scanning reads is the first; ours knows the resource, where a line may make many.
    partialFingerprints: { primaryLocationLineHash: `${fingerprint}:1`, "ruleAndResource/v1": fingerprint },
    suppressions: suppressionsOf(finding),
    properties: { severity, enforcement: level, verdict, ...(finding.waitsFor ? { waitsFor: finding.waitsFor } : {}) },
  };
}

function levelOf(finding: PolicyFinding): "error" | "warning" | "note" {
  if (stops(finding)) return "error";
  return finding.severity === "low" ? "note" : "warning";
}

/** None is said with an empty list; one that has ended excuses nothing any more and is told of in the message. */
function suppressionsOf({ verdict, exemption }: PolicyFinding) {
  if (verdict !== "exempted" || exemption === undefined) return [];
  const { reason, owner, approver, ticket, expires } = exemption;
  return [
    {
      kind: "external",
      status: "accepted",
      justification: `${reason} (${owner}, agreed by ${approver}, ${ticket}, until ${expires})`,
      properties: { owner, approver, ticket, expires },
    },
  ];
}

function related(location: SourceLocation, index: number) {
  return { id: index + 1, physicalLocation: physical(location), message: { text: "calls it" } };
}

function physical({ file, line, column }: SourceLocation) {
  return {
    artifactLocation: { uri: uri(file), ...ROOT },
    region: { startLine: line, ...(column === undefined ? {} : { startColumn: column }) },
  };
}

const uri = (file: string): string => file.split("/").map(encodeURIComponent).join("/");

/** Text that would be taken for a link or a placeholder; all else is shown as it stands. */
const literal = (text: string): string => text.replace(/\[(?=[^\]]*\]\()/g, "\\[").replace(/\{(?=\d+\})/g, "{{");
