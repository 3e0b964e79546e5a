import pc from "picocolors";
import { rightsReport, rightsText } from "../../policies/privileges/index.ts";
import { countsText, decided, stops, textReport } from "../../policies/report/index.ts";
import { nameOfUrn } from "../urn.ts";
import { fixText, WRITE_IT_DOWN } from "./fixes.ts";
import { groupByComponent } from "./groups.ts";
import { findingsIn, hasChanges, isClosing, policyReportOf, type RunReport } from "./report.ts";
import { type ChangeKind, isChange, type PropertyChange, type ResourceStep } from "./steps.ts";

const SIGNS: Readonly<Record<ChangeKind, string>> = { create: "+", update: "~", replace: "±", delete: "-", same: " " };
const PAINT: Readonly<Record<ChangeKind, (text: string) => string>> = {
  create: pc.green,
  update: pc.yellow,
  replace: pc.magenta,
  delete: pc.red,
  same: pc.dim,
};
const DONE: Readonly<Record<ChangeKind, string>> = {
  create: "created",
  update: "updated",
  replace: "replaced",
  delete: "deleted",
  same: "unchanged",
};
const PLANNED: Readonly<Record<ChangeKind, string>> = {
  create: "to create",
  update: "to update",
  replace: "to replace",
  delete: "to delete",
  same: "unchanged",
};
/** More of the same adds length and no knowledge; `--json` has them all. */
const MOST_PERMISSION_LINES = 30;
const LINES_PER_GROUP = 12;
const LONGEST_OUTPUT = 100;

/** One property's change on one line. */
export function describeProperty(change: PropertyChange): string {
  const values =
    change.before !== undefined && change.after !== undefined
      ? `: ${change.before} → ${change.after}`
      : change.after !== undefined
        ? `: ${change.after}`
        : "";
  return `${change.path}${values}${change.forcesReplacement ? " (forces replacement)" : ""}`;
}

function stepLines(step: ResourceStep): string[] {
  const type = step.type.replace(/^aws:([^/:]+)[^:]*:/, "$1.");
  const failed = step.status === "failed" ? pc.red(" FAILED") : "";
  const head = `  ${PAINT[step.change](`${SIGNS[step.change]} ${step.name}`)} ${pc.dim(type)}${failed}`;
  const details = step.change === "update" || step.change === "replace" ? step.properties : [];
  return [head, ...details.map((change) => pc.dim(`      ${describeProperty(change)}`))];
}

function countsLine(report: RunReport, planned: boolean): string {
  const words = planned ? PLANNED : DONE;
  return (["replace", "delete", "create", "update", "same"] as const)
    .filter((kind) => report.changes[kind] > 0)
    .map((kind) => PAINT[kind](`${report.changes[kind]} ${words[kind]}`))
    .join(", ");
}

/** The summary of a run for a person at a terminal. */
export function textSummary(report: RunReport): string {
  const planned = report.operation === "preview";
  const lines: string[] = [];
  for (const group of groupByComponent(report.resources)) {
    lines.push("", pc.bold(group.title) + (group.type ? pc.dim(`  ${group.type}`) : ""));
    const shown = group.steps.slice(0, LINES_PER_GROUP);
    lines.push(...shown.flatMap(stepLines));
    if (group.steps.length > shown.length) lines.push(pc.dim(`  … and ${group.steps.length - shown.length} more`));
  }
  lines.push("", ...permissionLines(report), ...fixLines(report), ...policyLines(report), ...diagnosticLines(report));
  lines.push(closingLine(report));
  if (report.result === "policy-violation") lines.push("", stoppedByPolicies(report));
  const outputs = Object.entries(report.outputs);
  if (outputs.length > 0 && !planned) {
    lines.push("", pc.bold("outputs"));
    for (const [name, value] of outputs) {
      lines.push(`  ${name.padEnd(18)} ${outputText(value, report.environment)}`);
    }
  }
  return lines.join("\n").replace(/^\n+/, "");
}

function closingLine(report: RunReport): string {
  const { environment, cloud, operation, result, changes, seconds } = report;
  const planned = operation === "preview";
  const counts = countsLine(report, planned);
  const what = hasChanges(report)
    ? counts
    : result === "policy-violation" && !planned
      ? "nothing was changed"
      : `no changes, ${changes.same} resources as they were`;
  const stopped = result === "policy-violation" ? `${pc.red("stopped by policies")}; ` : "";
  return `${pc.bold(environment)} on the ${cloud} cloud: ${stopped}${what} in ${seconds.toFixed(1)} s`;
}

/** A list or an object grows with the environment; whoever wants all of it asks for it. */
function outputText(value: unknown, environment: string): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  if (text.length <= LONGEST_OUTPUT) return text;
  const size = Array.isArray(value) ? value.length : Object.keys(value as object).length;
  return pc.dim(`${size} ${size === 1 ? "entry" : "entries"}: npx causeway outputs ${environment} --json`);
}

/** What a person has to see of a change of permissions; all of it is another command's. */
function permissionLines({ permissions = [], environment }: RunReport): string[] {
  if (permissions.length === 0) return [];
  const told = rightsReport(permissions, pc).split("\n");
  const shown = told.slice(0, MOST_PERMISSION_LINES);
  const more = told.length - shown.length;
  return [
    ...shown.map((line) => `  ${line}`),
    ...(more > 0 ? [pc.dim(`  … and ${more} lines more: causeway policy diff ${environment}`)] : []),
    `${pc.bold("permissions:")} ${rightsText(permissions)}`,
    "",
  ];
}

/** What rules put right by themselves. */
function fixLines({ policy: { fixes = [] } }: RunReport): string[] {
  if (fixes.length === 0) return [];
  return [
    pc.bold("put right by policies"),
    ...fixes.map((fix) => `  ${pc.green("✓")} ${fixText(fix)}`),
    WRITE_IT_DOWN,
    "",
  ];
}

function policyLines(report: RunReport): string[] {
  const findings = findingsIn(report);
  if (findings.length === 0) {
    return report.policy.packs.length > 0 ? [`${pc.green("✓")} policies: ${report.policy.packs.join(", ")}`] : [];
  }
  const text = textReport(decided(policyReportOf(report)), pc);
  const mark = findings.some(stops) ? pc.red("✗") : pc.green("✓");
  return [...(text === "" ? [] : [text, ""]), `${mark} policies: ${countsText({ findings })}`];
}

/** What somebody does whom the policies stopped. */
export function stoppedByPolicies(report: Pick<RunReport, "environment" | "operation" | "resources">): string {
  const { environment, operation, resources } = report;
  const planned = operation === "preview";
  const made = !planned && resources.some((step) => isChange(step) && step.status === "done");
  return [
    made
      ? "What is listed above was changed before a policy stopped the rest. It stays, and is in the state."
      : "Nothing was changed.",
    ...(planned
      ? []
      : [
          `  A deployment stops at the first resource; all of them, with their lines: npx causeway policy check ${environment}`,
        ]),
    "  Do what the remedies say, and run the command again. More about a rule: npx causeway policy explain <rule>",
    `  If it has to stay for a while: npx causeway policy exempt <rule> <resource> --environment ${environment} …`,
  ].join("\n");
}

/** Warnings and errors of the engine and the program. That a preview failed says nothing where policies stopped it. */
export function diagnosticLines(report: RunReport): string[] {
  const stopped = report.result === "policy-violation";
  const told = report.diagnostics.filter((d) => d.severity !== "info" && !(stopped && isClosing(d)));
  return told.flatMap((d) => {
    const mark = d.severity === "error" ? pc.red("error") : pc.yellow("warning");
    const where = d.urn === "" || d.urn.includes("pulumi:pulumi:Stack") ? "" : ` ${nameOfUrn(d.urn)}:`;
    return [`${mark}${where} ${d.message}`, ""];
  });
}
