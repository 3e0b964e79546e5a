import type { Command } from "commander";
import pc from "picocolors";
import { daysBetween, today } from "../../contracts/days.ts";
import type { Exemption } from "../../contracts/exemption.ts";
import { ProblemCollector, ProblemsError } from "../../contracts/problems.ts";
import { projectName } from "../../engine/index.ts";
import { EXEMPTIONS_FILE, getEnvironment } from "../../environments/index.ts";
import { covers } from "../../policies/index.ts";
import { addProblems, loadExemptions, writeExemption } from "../exemptions.ts";
import { printJson, printText, remark } from "../json.ts";
import { type LastCheck, lastCheck } from "../last-check.ts";

interface ExemptFlags {
  readonly environment?: string;
  readonly reason?: string;
  readonly owner?: string;
  readonly approver?: string;
  readonly ticket?: string;
  readonly expires?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `causeway policy exempt`: writes down who answers for a violation, and until when. */
export function addPolicyExempt(policy: Command, checkout: string): void {
  policy
    .command("exempt <rule> <resource>")
    .description("put up with a violation for a while: writes it into environments/exemptions.json, to be reviewed")
    .option("--environment <environment>", "where it is put up with")
    .option("--reason <text>", "why the rule may be broken here")
    .option("--owner <team>", "who puts it right")
    .option("--approver <who>", "who agreed, somebody other than the owner")
    .option("--ticket <id>", "where the work on it is tracked")
    .option("--expires <day>", "last day on which it holds, as 2027-01-31; from the next on the rule blocks again")
    .option("--dry-run", "say what would be written, and write nothing")
    .option("--json", "print one JSON document")
    .addHelpText(
      "after",
      "\nThe resource is named by its URN, by the name that the program gives it, or by a pattern of one of these, in\n" +
        "which * stands for any text.",
    )
    .action((rule: string, resource: string, flags: ExemptFlags) => exempt(rule, resource, flags, checkout));
}

function exempt(rule: string, resource: string, flags: ExemptFlags, checkout: string): void {
  const { environment = "", dryRun = false } = flags;
  const last = lastCheck(checkout, environment);
  const { reason = "", owner = "", approver = "", ticket = "", expires = "" } = flags;
  const urn = urnOf(resource, rule, environment, last, checkout);
  const exemption: Exemption = { rule, urn, reason, owner, approver, ticket, expires };
  refuse(exemption, environment, checkout);
  const warnings = warningsOf(exemption, environment, last);
  if (!dryRun) writeExemption(checkout, environment, exemption);
  if (flags.json) printJson({ file: EXEMPTIONS_FILE, environment, written: !dryRun, exemption, warnings });
  else printText(told(exemption, environment, dryRun));
  for (const warning of warnings) remark(`${pc.yellow("warning")} ${warning}`);
}

/** @throws ProblemsError with all that is wrong, on the command line and in the file */
function refuse(exemption: Exemption, environment: string, checkout: string): void {
  const problems = new ProblemCollector("policy exempt");
  const own = new ProblemCollector("policy exempt");
  addProblems(own, "", { ...exemption });
  for (const { property, message, remedy } of own.problems) {
    problems.add(property === "rule" || property === "urn" ? property : `--${property}`, message, remedy);
  }
  if (exemption.expires !== "" && exemption.expires < today()) {
    problems.add("--expires", `${exemption.expires} has passed; it would excuse nothing.`, "Name a day to come.");
  }
  if (environment === "")
    problems.add("--environment", "is missing.", "Name the environment; `npx causeway env list`.");
  const others = [
    ...problemsIn(() => (environment === "" ? undefined : getEnvironment(environment))),
    ...problemsIn(() => {
      const before = loadExemptions(checkout).find(
        (one) =>
          one.environment === environment &&
          one.exemption.rule === exemption.rule &&
          one.exemption.urn === exemption.urn,
      );
      if (before === undefined) return;
      problems.add(
        "urn",
        `${EXEMPTIONS_FILE}:${before.line} exempts it already, until ${before.exemption.expires}.`,
        "Change the day there, where the review sees both.",
      );
    }),
  ];
  const all = [...problems.problems, ...others];
  if (all.length > 0) throw new ProblemsError("exemption", all);
}

function problemsIn(action: () => unknown) {
  try {
    action();
    return [];
  } catch (error) {
    if (error instanceof ProblemsError) return error.problems;
    throw error;
  }
}

/**
 * The URN that is written. A name becomes the URN of the one resource that breaks the rule under that name in the last
 * check, or a pattern: as narrow as it can be told.
 */
function urnOf(
  resource: string,
  rule: string,
  environment: string,
  last: LastCheck | undefined,
  checkout: string,
): string {
  if (resource.startsWith("urn:") || resource === "*" || resource.trim() === "") return resource.trim();
  const pattern = `urn:pulumi:${environment}::${projectName(checkout)}::*::${resource}`;
  const broken = (last?.findings ?? []).filter(
    (finding) => finding.rule === rule && covers({ urn: pattern }, finding.urn),
  );
  const there =
    broken.length > 0
      ? broken.map(({ urn }) => urn)
      : (last?.resources ?? []).filter((urn) => covers({ urn: pattern }, urn));
  const distinct = [...new Set(there)];
  return distinct.length === 1 ? distinct[0]! : pattern;
}

function warningsOf({ rule, urn }: Exemption, environment: string, last: LastCheck | undefined): string[] {
  const check = `npx causeway policy check ${environment}`;
  if (last === undefined) {
    return [
      `${environment} has not been checked here, so nothing says whether there is such a resource: \`${check}\`.`,
    ];
  }
  const there = last.resources.filter((one) => covers({ urn }, one));
  if (there.length === 0) {
    return [
      `Nothing in ${environment} has that URN, by the check of ${last.day}; it would be reported as excusing nothing.`,
    ];
  }
  const broken = last.findings.filter((finding) => finding.rule === rule && covers({ urn }, finding.urn));
  if (broken.length === 0) {
    return [`${rule} holds there, by the check of ${last.day}; the exemption would be reported as excusing nothing.`];
  }
  const count = new Set(broken.map((finding) => finding.urn)).size;
  return count > 1 ? [`It excuses ${count} resources, by the check of ${last.day}.`] : [];
}

function told(exemption: Exemption, environment: string, dryRun: boolean): string {
  const { rule, urn, reason, owner, approver, ticket, expires } = exemption;
  const days = daysBetween(today(), expires);
  return [
    `${pc.bold(EXEMPTIONS_FILE)}: ${dryRun ? "would be added" : "added"} for ${environment}`,
    `  ${rule} on ${urn}`,
    `  until ${expires} (${days === 0 ? "today" : days === 1 ? "tomorrow" : `${days} days`}), ${owner}, agreed by ${approver}, ${ticket}`,
    `  ${reason}`,
    "",
    ...(dryRun
      ? ["Nothing was written. Leave --dry-run out to write it."]
      : [
          "What comes next:",
          `  npx causeway policy check ${environment}   shows it as exempted; the day after its last the rule blocks again`,
          `  git diff -- ${EXEMPTIONS_FILE}   is what ${approver} reviews; commit it with the change it is for`,
        ]),
  ].join("\n");
}
