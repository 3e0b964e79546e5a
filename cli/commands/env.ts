import { execFileSync } from "node:child_process";
import Table from "cli-table3";
import type { Command } from "commander";
import pc from "picocolors";
import {
  describeEnvironment,
  diffEnvironments,
  type Environment,
  getEnvironment,
  loadEnvironments,
} from "../../environments/index.ts";
import { CommandError } from "../exit-codes.ts";
import { printJson, printText } from "../json.ts";
import { shellExports } from "../shell.ts";
import { TABLE_STYLE } from "../table.ts";
import { type Texts, touchedEnvironments } from "../touched.ts";

/** `causeway env`: what the environments are, and how they differ. */
export function addEnvCommands(program: Command, checkout: string): void {
  const env = program.command("env").description("show, compare and use environments");

  env
    .command("list")
    .description("list the environments")
    .option("--json", "print one JSON document")
    .action((options: { json?: boolean }) => {
      const all = [...loadEnvironments().values()];
      if (options.json) printJson(all.map(describeEnvironment));
      else printText(environmentTable(all));
    });

  env
    .command("show <environment>")
    .description("show all that an environment says, defaults filled in")
    .option("--json", "print one JSON document")
    .action((name: string, options: { json?: boolean }) => {
      const described = describeEnvironment(getEnvironment(name));
      if (options.json) printJson(described);
      else printText(outline(described));
    });

  env
    .command("diff <a> <b>")
    .description("show exactly how two environments differ, and why")
    .option("--json", "print one JSON document")
    .action((a: string, b: string, options: { json?: boolean }) => {
      const differences = diffEnvironments(getEnvironment(a), getEnvironment(b));
      if (options.json) printJson({ a, b, differences });
      else if (differences.length === 0) printText(`${a} and ${b} are the same but for their names.`);
      else printText(differenceTable(a, b, differences));
    });

  env
    .command("shell <environment>")
    .description('print variables for a shell: eval "$(npx causeway env shell local)", then use pulumi as it is')
    .action(async (name: string) => printText(await shellExports(name, checkout)));

  env
    .command("touched")
    .description("list the environments that the changes since a commit can affect")
    .requiredOption("--base <commit>", "the commit to compare with")
    .option("--json", "print one JSON document")
    .action((options: { base: string; json?: boolean }) => {
      const touched = touchedEnvironments(
        changedFiles(checkout, options.base),
        [...loadEnvironments().keys()],
        textsSince(checkout, options.base),
      );
      if (options.json) printJson({ base: options.base, environments: touched });
      else if (touched.length > 0) printText(touched.join("\n"));
    });
}

function changedFiles(checkout: string, base: string): string[] {
  try {
    const text = execFileSync("git", ["-C", checkout, "diff", "--name-only", `${base}...HEAD`, "--"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
    return text.split("\n").filter((line) => line !== "");
  } catch (error) {
    const said = String((error as { stderr?: string }).stderr ?? error).trim();
    throw new CommandError("usage", `cannot compare with ${base}: ${said}`);
  }
}

/** What is in a file where the branch began, and is now. */
function textsSince(checkout: string, base: string): (file: string) => Texts {
  const read = (...args: string[]) => {
    try {
      const stdio: ["ignore", "pipe", "ignore"] = ["ignore", "pipe", "ignore"];
      return execFileSync("git", ["-C", checkout, ...args], { encoding: "utf8", stdio }).trim();
    } catch {
      return undefined;
    }
  };
  const began = read("merge-base", base, "HEAD");
  return (file) => [read("show", `${began}:${file}`), read("show", `HEAD:${file}`)];
}

function environmentTable(all: readonly Environment[]): string {
  const table = new Table({
    ...TABLE_STYLE,
    head: ["environment", "cloud", "region", "zones", "addresses", "NAT", "services", "database"],
  });
  for (const env of all) {
    table.push([
      env.name,
      env.cloud,
      env.region,
      env.zones.join(" "),
      env.network.cidr,
      env.network.nat,
      [...env.services.map(({ name }) => name), ...Object.keys(env.kubernetes?.services ?? {})].join(" "),
      env.data.database?.engine ?? "–",
    ]);
  }
  return table.toString();
}

function show(value: unknown): string {
  if (value === null || value === undefined) return pc.dim("–");
  return typeof value === "string" ? value : JSON.stringify(value).replaceAll(",", ", ");
}

function differenceTable(a: string, b: string, differences: ReturnType<typeof diffEnvironments>): string {
  const table = new Table({
    ...TABLE_STYLE,
    head: ["what", a, b, "why"],
    colWidths: [38, 28, 28, 60],
    wordWrap: true,
  });
  for (const d of differences) table.push([d.path, show(d.a), show(d.b), d.reason ?? pc.red("no reason written down")]);
  return `${table.toString()}\n${differences.length} differences`;
}

/** A value as an indented outline: easier on the eye than JSON, with the same content. */
function outline(value: unknown, depth = 0): string {
  const pad = "  ".repeat(depth);
  if (Array.isArray(value)) {
    if (value.every((item) => typeof item !== "object" || item === null))
      return `${pad}${value.map(String).join(", ")}`;
    return value.map((item) => `${pad}-\n${outline(item, depth + 1)}`).join("\n");
  }
  if (typeof value !== "object" || value === null) return `${pad}${String(value)}`;
  return Object.entries(value)
    .map(([key, item]) => {
      if (typeof item !== "object" || item === null) return `${pad}${pc.bold(key)}: ${String(item)}`;
      const flat = Array.isArray(item) && item.every((entry) => typeof entry !== "object");
      return flat ? `${pad}${pc.bold(key)}: ${item.join(", ")}` : `${pad}${pc.bold(key)}\n${outline(item, depth + 1)}`;
    })
    .join("\n");
}
