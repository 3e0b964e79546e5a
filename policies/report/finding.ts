import { createHash } from "node:crypto";
import type { Exemption } from "../../contracts/exemption.ts";
import { EXEMPTION_UNUSED } from "../framework/findings.ts";
import type { Controls, RuleSeverity, RuleWords } from "../framework/rule.ts";
import { RULES, type RuleDescription } from "../rules/index.ts";
import type { Locations } from "./locations.ts";
import { type ReadMessage, readMessage } from "./message.ts";

/** A place in the program's source. */
export interface SourceLocation {
  /** Path from the root of the checkout, with forward slashes. */
  readonly file: string;
  readonly line: number;
  readonly column?: number;
}

/** A violation as the engine's events carry it. */
export interface ReportedViolation {
  /** Name it was reported under: for rules of this library the rule's id. */
  readonly policy: string;
  readonly severity?: string | undefined;
  /** `mandatory`, or anything else for what stops nothing. */
  readonly enforcement: string;
  /** Empty where it is about no single resource. */
  readonly urn: string;
  readonly message: string;
  /** Where the resource is made, and where that was called from, when whoever reports it knows. */
  readonly location?: SourceLocation;
  readonly calledFrom?: readonly SourceLocation[];
}

/** What became of a rule on a resource. Where it holds there is no finding. */
export type FindingVerdict = "fail" | "exempted" | "undetermined";

/** What is known of an exemption from what the pack says of it. */
export type ToldExemption = Pick<Exemption, "reason" | "owner" | "approver" | "ticket" | "expires">;

/** One rule on one resource, with all that people and other tools need to deal with it. */
export interface PolicyFinding {
  /** Id of the rule. */
  readonly rule: string;
  /** The set of rules it belongs to; absent for rules that are not of this library. */
  readonly set?: string;
  readonly title: string;
  readonly severity: RuleSeverity;
  /** Whether it stops a deployment. */
  readonly level: "mandatory" | "advisory";
  readonly verdict: FindingVerdict;
  /** Empty where it is about no single resource. */
  readonly urn: string;
  /** Name that the program gave the resource; empty where it is about no single one. */
  readonly resource: string;
  readonly type: string;
  /** What is wrong, or what is waited for. */
  readonly message: string;
  /** Path of the value that decides and is not known yet. */
  readonly waitsFor?: readonly string[];
  readonly why: string;
  readonly remedy: string;
  readonly url: string;
  readonly controls: Controls;
  /** The exemption that excuses it, or that did until it ended. */
  readonly exemption?: ToldExemption;
  /** Where the resource is made; absent where the program's source is not known. */
  readonly location?: SourceLocation;
  /** Where that was called from, the nearest first. */
  readonly calledFrom: readonly SourceLocation[];
  /** Same for as long as rule and resource are the same, wherever the lines move. */
  readonly fingerprint: string;
}

/** One run over one environment or stack. */
export interface PolicyReport {
  /** What was judged: the name of an environment or a stack. */
  readonly subject: string;
  /** Whether all of it was: false when the program or the engine failed on the way. */
  readonly complete: boolean;
  /** What stops the change first, then by severity. */
  readonly findings: readonly PolicyFinding[];
}

export interface FindingOptions {
  /** Where resources are made. @default not known */
  readonly locations?: Locations;
  /** Rules of one's own. @default none but those of this library */
  readonly rules?: readonly RuleWords[];
  /** Where an exemption is written that excuses nothing. @default not known */
  readonly exemptionAt?: (exemption: Pick<Exemption, "rule" | "urn">) => SourceLocation | undefined;
}

export const SEVERITIES: readonly RuleSeverity[] = ["critical", "high", "medium", "low"];
const VERDICTS: readonly FindingVerdict[] = ["fail", "exempted", "undetermined"];

/** What is about the whole stack the engine reports on this. */
const ROOT_STACK_TYPE = "pulumi:pulumi:Stack";

type Words = RuleWords & Partial<Pick<RuleDescription, "set">>;

/** What the engine reported as findings: each rule on each resource by itself, what stops the change first. */
export function findingsOf(violations: readonly ReportedViolation[], options: FindingOptions = {}): PolicyFinding[] {
  const words = new Map([...RULES, ...(options.rules ?? [])].map((rule): [string, Words] => [rule.id, rule]));
  const seen = new Map<string, number>();
  const findings = violations.flatMap((violation) =>
    readMessage(violation.policy, violation.message, words).map((read): PolicyFinding => {
      const identity = `${read.rule}\n${violation.urn}\n${read.unused?.rule ?? ""}\n${read.unused?.urn ?? ""}`;
      const count = seen.get(identity) ?? 0;
      seen.set(identity, count + 1);
      return {
        ...judged(violation, read, words.get(read.rule)),
        ...placed(violation, read, options),
        fingerprint: createHash("sha256")
          .update(count === 0 ? identity : `${identity}\n${count}`)
          .digest("hex")
          .slice(0, 32),
      };
    }),
  );
  return findings.sort(compare);
}

function judged(violation: ReportedViolation, read: ReadMessage, words: Words | undefined) {
  const { urn } = violation;
  const type = urn.split("::")[2]?.split("$").at(-1) ?? "";
  const isResource = type !== "" && type !== ROOT_STACK_TYPE;
  return {
    rule: read.rule,
    ...(words?.set === undefined ? {} : { set: words.set }),
    title: words?.title ?? read.title,
    severity: words?.severity ?? severityOf(violation.severity),
    level: violation.enforcement === "mandatory" ? ("mandatory" as const) : ("advisory" as const),
    verdict: read.verdict,
    urn,
    resource: isResource ? (urn.split("::").at(-1) ?? urn) : "",
    type: isResource ? type : "",
    message: read.found,
    ...(read.waitsFor ? { waitsFor: read.waitsFor } : {}),
    why: words?.why ?? read.why,
    remedy: words?.remedy ?? read.remedy,
    url: words?.url ?? "",
    controls: words?.controls ?? {},
    ...(read.exemption ? { exemption: read.exemption } : {}),
  };
}

function placed(
  { urn, location: known, calledFrom: callers = [] }: ReportedViolation,
  { rule, unused }: ReadMessage,
  { locations, exemptionAt }: FindingOptions,
): Pick<PolicyFinding, "location" | "calledFrom"> {
  if (known) return { location: known, calledFrom: callers };
  const written = rule === EXEMPTION_UNUSED && unused ? exemptionAt?.(unused) : undefined;
  const [location, ...calledFrom] = written ? [written] : (locations?.get(urn) ?? []);
  return { ...(location ? { location } : {}), calledFrom };
}

function severityOf(text: string | undefined): RuleSeverity {
  return SEVERITIES.find((severity) => severity === text) ?? "medium";
}

/** Whether a finding stops the change: it is mandatory and nobody answers for it. */
export function stops({ level, verdict }: PolicyFinding): boolean {
  return level === "mandatory" && verdict !== "exempted";
}

/** The report without what can only be judged in the deployment, for readers that know no such answer. */
export function decided(report: PolicyReport): PolicyReport {
  return { ...report, findings: report.findings.filter((one) => one.verdict !== "undetermined" || stops(one)) };
}

/** How many findings there are of each kind. */
export interface FindingCounts {
  readonly stop: number;
  readonly advice: number;
  readonly exempted: number;
  /** Those that stop nothing; with `failClosed` they are among `stop`. */
  readonly undetermined: number;
}

export function countsOf({ findings }: Pick<PolicyReport, "findings">): FindingCounts {
  const open = findings.filter((finding) => !stops(finding));
  const count = (verdict: FindingVerdict) => open.filter((finding) => finding.verdict === verdict).length;
  return {
    stop: findings.length - open.length,
    advice: count("fail"),
    exempted: count("exempted"),
    undetermined: count("undetermined"),
  };
}

function compare(a: PolicyFinding, b: PolicyFinding): number {
  return (
    Number(stops(b)) - Number(stops(a)) ||
    VERDICTS.indexOf(a.verdict) - VERDICTS.indexOf(b.verdict) ||
    SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
    a.rule.localeCompare(b.rule) ||
    (a.location?.file ?? "").localeCompare(b.location?.file ?? "") ||
    (a.location?.line ?? 0) - (b.location?.line ?? 0) ||
    a.urn.localeCompare(b.urn)
  );
}
