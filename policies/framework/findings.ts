import type { ReportViolation } from "@pulumi/policy";
import type { Exemption } from "../../contracts/exemption.ts";
import type { CommonConfig, Level } from "./config.ts";
import { told } from "./exemptions.ts";
import type { RuleSeverity, RuleWords } from "./rule.ts";

/** Name under which everything is reported that can't be decided yet. */
export const UNDETERMINED = "undetermined";

/** Name under which exemptions are reported that excuse nothing. */
export const EXEMPTION_UNUSED = "exemption-unused";

/** What the rules say about one resource. */
export interface Finding {
  readonly rule: RuleWords;
  readonly failures: readonly string[];
  /** Paths of the values the rule waits for. */
  readonly blocking: readonly string[];
  /** Why what breaks the rule was not put right, where the settings want that. */
  readonly left?: string | undefined;
}

/**
 * What `reportViolation` takes at run time. The declared type of @pulumi/policy 1.21 has only message and URN; a test
 * holds the rest against the installed SDK.
 */
interface Violation {
  readonly message: string;
  readonly name: string;
  readonly description: string;
  readonly severity: RuleSeverity;
  readonly urn?: string;
  readonly enforcementLevel?: "advisory" | "mandatory";
}

const SEVERITY_ORDER: readonly RuleSeverity[] = ["low", "medium", "high", "critical"];

/**
 * Reports what the rules say about one resource: a violation for each rule that fails, under its own name, severity and
 * level, and one for all that wait.
 *
 * A violation that is exempted is reported as well, and stops nothing; one whose exemption has ended says so.
 *
 * @param named whether the report has to name the resource, since the policy is about a whole stack
 */
export function reportFindings(
  findings: readonly Finding[],
  common: CommonConfig,
  reportViolation: ReportViolation,
  urn: string,
  named: boolean,
): void {
  const at = named ? { urn } : {};
  const waiting = findings.filter(({ blocking }) => blocking.length > 0);
  for (const { rule, failures, left } of findings) {
    if (failures.length === 0) continue;
    const found = common.exemptions.of(rule.id, urn);
    const level = found?.holds ? "advisory" : common.rules[rule.id];
    const excuse = found
      ? `\n${found.holds ? "Exempted" : "No longer exempted: that ended. It was"} ${told(found.exemption)}`
      : "";
    send(reportViolation, {
      ...at,
      name: rule.id,
      description: rule.title,
      severity: rule.severity,
      message: failureMessage(rule, failures) + (left ? `\nNot put right by itself: ${left}.` : "") + excuse,
      ...(level === "advisory" || level === "mandatory" ? { enforcementLevel: level } : {}),
    });
  }
  if (waiting.length === 0) return;
  const level = common.failClosed ? strictest(waiting.map(({ rule }) => common.rules[rule.id])) : "advisory";
  send(reportViolation, {
    ...at,
    name: UNDETERMINED,
    description: "Rules that can't decide before deployment",
    severity: highest(waiting.map(({ rule }) => rule.severity)),
    message: undeterminedMessage(waiting),
    ...(level ? { enforcementLevel: level } : {}),
  });
}

/** The level of what several rules say together; undefined where it is the policy's own. */
function strictest(levels: readonly (Level | undefined)[]): "advisory" | "mandatory" | undefined {
  if (levels.includes("mandatory")) return "mandatory";
  return levels.every((level) => level === "advisory") ? "advisory" : undefined;
}

/** Reports an exemption that excuses nothing: what it was for is put right, or was never there. */
export function reportUnused(exemption: Exemption, why: string, reportViolation: ReportViolation): void {
  send(reportViolation, {
    name: EXEMPTION_UNUSED,
    description: "Exemptions that excuse nothing",
    severity: "low",
    message:
      `The exemption of ${exemption.rule} for ${exemption.urn} excuses nothing: ${why}. ` +
      `It was given ${told(exemption)}.\nRemedy: Take it out; one that stays would excuse the next mistake.`,
  });
}

/** What people are told of a rule that broke: its own message could quote an input, and inputs may be secret. */
export function broken(error: unknown): string {
  const kind = error instanceof Error ? error.name : typeof error;
  return `the rule itself broke (${kind}) and could not judge the resource. Report it, with the resource's type.`;
}

function failureMessage(rule: RuleWords, failures: readonly string[]): string {
  const found = failures.length === 1 ? failures[0] : failures.map((failure) => `\n  - ${failure}`).join("");
  return `${rule.title}: ${found}\nWhy: ${rule.why}\nRemedy: ${rule.remedy}\nSee ${rule.url}`;
}

function undeterminedMessage(waiting: readonly Finding[]): string {
  const byPath = new Map<string, string[]>();
  for (const { rule, blocking } of waiting) {
    for (const path of blocking) byPath.set(path, [...(byPath.get(path) ?? []), rule.id]);
  }
  const lines = [...byPath].map(
    ([path, ids]) => `${path} is not known until what it refers to exists, so not decided: ${ids.join(", ")}.`,
  );
  return `undetermined: ${lines.join("\n")}`;
}

function highest(severities: readonly RuleSeverity[]): RuleSeverity {
  return severities.reduce((a, b) => (SEVERITY_ORDER.indexOf(b) > SEVERITY_ORDER.indexOf(a) ? b : a));
}

function send(reportViolation: ReportViolation, violation: Violation): void {
  (reportViolation as unknown as (violation: Violation) => void)(violation);
}
