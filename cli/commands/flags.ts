import Table from "cli-table3";
import type { Command } from "commander";
import pc from "picocolors";
import { FLAG_REMOVAL_DAYS, staleness } from "../../contracts/flag-life.ts";
import type { Flag } from "../../contracts/flags.ts";
import { getEnvironment, loadEnvironments } from "../../environments/index.ts";
import { EXIT } from "../exit-codes.ts";
import { printJson, printText, remark } from "../json.ts";

/** Tables carry colour only where somebody looks at it. */
const STYLE = pc.isColorSupported ? {} : { style: { head: [], border: [] } };

/** A flag of an environment, and why it should be gone; null when it may stay. */
export interface FlagReport extends Flag {
  readonly environment: string;
  readonly stale: string | null;
}

/** `causeway flags`: which feature flags there are, and which have outlived their use. */
export function addFlagCommands(program: Command): void {
  const flags = program.command("flags").description("feature flags: which there are, and which have to go");

  flags
    .command("list [environment]")
    .description("list the flags that environments declare, with owner, kind and end")
    .option("--json", "print one JSON document")
    .action((environment: string | undefined, options: { json?: boolean }) => {
      const all = flagsOf(environment, today());
      if (options.json) printJson(all);
      else printText(all.length === 0 ? "No environment declares a flag." : flagTable(all));
    });

  flags
    .command("stale [environment]")
    .description(`list the flags that are expired, or that everybody has had for more than ${FLAG_REMOVAL_DAYS} days`)
    .option("--json", "print one JSON document")
    .action((environment: string | undefined, options: { json?: boolean }) => {
      const stale = flagsOf(environment, today()).filter((flag) => flag.stale !== null);
      if (options.json) printJson(stale);
      else if (stale.length === 0) printText("No flag has outlived its use.");
      else {
        for (const flag of stale) {
          printText(`${flag.environment}: ${flag.key} (${flag.kind}, ${flag.owner}): ${flag.stale}.`);
        }
        remark("Take each out of the code first, then out of environments/; `up` refuses them.");
      }
      if (stale.length > 0) process.exitCode = EXIT.policyViolation;
    });
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}

/** The flags of one environment, or of all that stay. @throws ProblemsError when there is no such environment */
export function flagsOf(environment: string | undefined, day: string): FlagReport[] {
  const environments = environment === undefined ? [...loadEnvironments().values()] : [getEnvironment(environment)];
  return environments.flatMap(({ name, flags }) =>
    flags.map((flag) => ({ environment: name, ...flag, stale: staleness(flag, day) ?? null })),
  );
}

function flagTable(all: readonly FlagReport[]): string {
  const table = new Table({ head: ["environment", "flag", "kind", "owner", "expires", "everybody since"], ...STYLE });
  for (const { environment, key, kind, owner, expires, fullSince, stale } of all) {
    const name = stale === null ? key : pc.yellow(`${key} (stale)`);
    table.push([environment, name, kind, owner, expires ?? "–", fullSince ?? "–"]);
  }
  return table.toString();
}
