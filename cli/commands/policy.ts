import Table from "cli-table3";
import type { Command } from "commander";
import pc from "picocolors";
import { daysBetween, today } from "../../contracts/days.ts";
import type { Exemption } from "../../contracts/exemption.ts";
import { EXEMPTIONS } from "../../environments/index.ts";
import { CATALOGUES, RULES, type RuleDescription } from "../../policies/index.ts";
import { CommandError } from "../exit-codes.ts";
import { printJson, printText } from "../json.ts";
import { TABLE_STYLE } from "../table.ts";

const SETS = [...new Set(RULES.map(({ set }) => set))];

/** `causeway policy`: which rules there are, and what each asks for. */
export function addPolicyCommands(program: Command): void {
  const policy = program.command("policy").description("show the policy rules that changes are held to");

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
      const all = Object.entries(EXEMPTIONS).flatMap(([environment, given]) =>
        given.map((exemption) => ({
          environment,
          ...exemption,
          daysLeft: Math.round(daysBetween(today(), exemption.expires)),
        })),
      );
      if (options.json) printJson(all);
      else if (all.length === 0)
        printText("There are no exemptions. They are written into environments/exemptions.ts.");
      else printText(exemptionTable(all));
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
          `There is no rule "${id}". Near: ${nearest(id).join(", ")}. \`npx causeway policy list\` shows all.`,
        );
      }
      if (options.json) printJson(rule);
      else printText(explanation(rule));
    });
}

function ruleTable(rules: readonly RuleDescription[]): string {
  const table = new Table({ head: ["rule", "set", "severity", "what holds"], ...TABLE_STYLE });
  for (const { id, set, severity, title } of rules) table.push([id, set, severity, title]);
  return `${table.toString()}\n${rules.length} rules`;
}

type Listed = Exemption & { readonly environment: string; readonly daysLeft: number };

function exemptionTable(exemptions: readonly Listed[]): string {
  const table = new Table({
    head: ["environment", "rule", "resource", "until", "owner", "approved by", "ticket"],
    ...TABLE_STYLE,
  });
  for (const { environment, rule, urn, expires, daysLeft, owner, approver, ticket } of exemptions) {
    const left = daysLeft < 0 ? pc.red("ended") : `${daysLeft} days`;
    table.push([environment, rule, urn.split("::").at(-1) ?? urn, `${expires} (${left})`, owner, approver, ticket]);
  }
  return table.toString();
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
    `Judged: ${rule.scope === "resource" ? "on every resource by itself, before it is made" : "over the whole stack, at the end of a preview or an update"}`,
    `See ${rule.url}`,
    "",
    "Answers to:",
    ...controls,
  ].join("\n");
}

/** Ids that share most of their words with what somebody typed. */
function nearest(typed: string): string[] {
  const words = typed.split("-");
  const shared = (id: string) => id.split("-").filter((word) => words.includes(word)).length;
  return RULES.map(({ id }) => id)
    .sort((a, b) => shared(b) - shared(a))
    .slice(0, 5);
}
