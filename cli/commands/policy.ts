import Table from "cli-table3";
import type { Command } from "commander";
import pc from "picocolors";
import { daysBetween, today } from "../../contracts/days.ts";
import type { Exemption } from "../../contracts/exemption.ts";
import { EXEMPTIONS_FILE } from "../../environments/index.ts";
import { CATALOGUES, covers, RULES, type RuleDescription } from "../../policies/index.ts";
import { loadExemptions, nearestRules } from "../exemptions.ts";
import { CommandError } from "../exit-codes.ts";
import { printJson, printText } from "../json.ts";
import { lastCheck } from "../last-check.ts";
import { TABLE_STYLE } from "../table.ts";
import { addPolicyCheck } from "./policy-check.ts";
import { addPolicyDiff } from "./policy-diff.ts";
import { addPolicyExempt } from "./policy-exempt.ts";

const SETS = [...new Set(RULES.map(({ set }) => set))];

/** `causeway policy`: which rules there are, what they find, and what is put up with. */
export function addPolicyCommands(program: Command, checkout: string): void {
  const policy = program.command("policy").description("the rules that changes are held to, and what they find");
  addPolicyCheck(policy, checkout);
  addPolicyDiff(policy, checkout);
  addPolicyExempt(policy, checkout);

  policy
    .command("list")
    .description("list the rules")
    .option("--set <set>", `only those of one set: ${SETS.join(", ")}`)
    .option("--control <id>", "only those that answer to a control, such as SC-28 or RDS.3")
    .option("--json", "print one JSON document")
    .action((options: { set?: string; control?: string; json?: boolean }) => {
      if (options.set !== undefined && !SETS.includes(options.set)) {
        throw new CommandError("usage", `There is no set of rules "${options.set}". There are ${SETS.join(", ")}.`);
      }
      const rules = RULES.filter(
        ({ set, controls }) =>
          (options.set === undefined || set === options.set) &&
          (options.control === undefined || Object.values(controls).some((ids) => ids.includes(options.control ?? ""))),
      );
      if (options.json) printJson(rules);
      else if (rules.length === 0) printText("No rule answers to that.");
      else printText(ruleTable(rules));
    });

  policy
    .command("exemptions")
    .description("list the violations that somebody answers for, and until when")
    .option("--json", "print one JSON document")
    .action((options: { json?: boolean }) => {
      const all = listed(checkout);
      if (options.json) printJson(all);
      else if (all.length === 0) {
        printText(`There are no exemptions. \`npx causeway policy exempt\` writes them into ${EXEMPTIONS_FILE}.`);
      } else printText(exemptionTable(all));
    });

  policy
    .command("explain <rule>")
    .description("say what a rule asks for, why, and what to do")
    .option("--json", "print one JSON document")
    .action((id: string, options: { json?: boolean }) => {
      const rule = RULES.find((one) => one.id === id);
      if (rule === undefined) {
        throw new CommandError(
          "usage",
          `There is no rule "${id}". Near: ${nearestRules(id).join(", ")}. \`npx causeway policy list\` shows all.`,
        );
      }
      if (options.json) printJson(rule);
      else printText(explanation(rule));
    });
}

/** What a rule does about a violation where the settings want that. */
function fixWords({ fix }: RuleDescription): string[] {
  if (!fix) return ["Fixed by itself: no"];
  const types = fix.types ? [`  Resources of other types than ${fix.types.join(", ")} are only reported.`] : [];
  return [
    "Fixed by itself: where the setting `fix` is on, or its level is remediate; it sets",
    ...fix.says.map((one) => `  ${one}`),
    ...types,
  ];
}

function ruleTable(rules: readonly RuleDescription[]): string {
  const table = new Table({ head: ["rule", "set", "severity", "fixed by itself", "what holds"], ...TABLE_STYLE });
  for (const { id, set, severity, title, fix } of rules) table.push([id, set, severity, fix ? "yes" : "", title]);
  return `${table.toString()}\n${rules.length} rules`;
}

/** An exemption this many days before its end is told of as ending soon. */
const SOON_DAYS = 14;

interface Listed extends Exemption {
  readonly environment: string;
  /** Line of `environments/exemptions.json`. */
  readonly line: number;
  readonly daysLeft: number;
  /** Whether it holds, holds for a few days more, ended, or by the last check excuses nothing. */
  readonly state: "holds" | "ends soon" | "ended" | "unused";
}

function listed(checkout: string): Listed[] {
  return loadExemptions(checkout).map(({ environment, exemption, line }) => {
    const daysLeft = daysBetween(today(), exemption.expires);
    const state =
      daysLeft < 0
        ? "ended"
        : isUnused(checkout, environment, exemption)
          ? "unused"
          : daysLeft <= SOON_DAYS
            ? "ends soon"
            : "holds";
    return { environment, ...exemption, line, daysLeft, state };
  });
}

function isUnused(checkout: string, environment: string, { rule, urn }: Exemption): boolean {
  const last = lastCheck(checkout, environment);
  if (last === undefined) return false;
  return !last.findings.some((finding) => finding.rule === rule && covers({ urn }, finding.urn));
}

function exemptionTable(exemptions: readonly Listed[]): string {
  const table = new Table({
    head: ["environment", "rule", "resource", "until", "owner", "approved by", "ticket"],
    ...TABLE_STYLE,
  });
  for (const { environment, rule, urn, expires, owner, approver, ticket, ...left } of exemptions) {
    table.push([
      environment,
      rule,
      urn.split("::").at(-1) ?? urn,
      `${expires} (${leftText(left)})`,
      owner,
      approver,
      ticket,
    ]);
  }
  const unused = exemptions.some(({ state }) => state === "unused");
  return unused
    ? `${table.toString()}\nUnused ones excuse nothing, by the last check of the environment: take them out of ${EXEMPTIONS_FILE}.`
    : table.toString();
}

function leftText({ state, daysLeft }: Pick<Listed, "state" | "daysLeft">): string {
  const days = daysLeft === 0 ? "last day" : daysLeft === 1 ? "1 day" : `${daysLeft} days`;
  if (state === "ended") return pc.red("ended");
  if (state === "unused") return pc.yellow(`${days}, unused`);
  return state === "ends soon" ? pc.yellow(days) : days;
}

function explanation(rule: RuleDescription): string {
  const controls = Object.entries(rule.controls).map(
    ([catalogue, ids]) => `  ${CATALOGUES[catalogue as keyof typeof CATALOGUES].title}: ${ids.join(", ")}`,
  );
  return [
    pc.bold(`${rule.id} (${rule.set}, ${rule.severity})`),
    `${rule.title}.`,
    "",
    `Why: ${rule.why}`,
    `Remedy: ${rule.remedy}`,
    ...fixWords(rule),
    `Judged: ${rule.scope === "resource" ? "on every resource by itself, before it is made" : "over the whole stack, at the end of a preview or an update"}`,
    `See ${rule.url}`,
    "",
    "Answers to:",
    ...controls,
  ].join("\n");
}
