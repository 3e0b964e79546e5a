import { AppConfigClient } from "@aws-sdk/client-appconfig";
import Table from "cli-table3";
import { type Command, Option } from "commander";
import pc from "picocolors";
import { parseAudience } from "../../contracts/flag-audience.ts";
import { FLAG_REMOVAL_DAYS, staleness } from "../../contracts/flag-life.ts";
import type { Flag } from "../../contracts/flags.ts";
import { CLOUDS, type Cloud } from "../../contracts/vocabulary.ts";
import { systemClock } from "../../delivery/aws/index.ts";
import { rollOutFlag } from "../../delivery/flags.ts";
import { getEnvironment, loadEnvironments } from "../../environments/index.ts";
import { SIMULATED_ACCOUNT_ID, startCloud } from "../../simulator/index.ts";
import { requireCredentials } from "../credentials.ts";
import { CommandError, EXIT } from "../exit-codes.ts";
import { printJson, printText, remark } from "../json.ts";
import { identify } from "../release/identity.ts";
import { cloudOf } from "../session.ts";
import { TABLE_STYLE } from "../table.ts";

/** A flag of an environment, and why it should be gone; null when it may stay. */
export interface FlagReport extends Flag {
  readonly environment: string;
  readonly stale: string | null;
}

/** `causeway flags`: which feature flags there are, who gets them, and which have outlived their use. */
export function addFlagCommands(program: Command, checkout: string): void {
  const flags = program.command("flags").description("feature flags: which there are, who gets them, which have to go");

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

  flags
    .command("set <environment> <flag> <audience>")
    .description(
      "roll a flag out to off, internal, beta, a share such as 25%, or all; off is at once, the rest in steps",
    )
    .addOption(new Option("--cloud <cloud>", "where it runs; the environment's own choice by default").choices(CLOUDS))
    .option("--json", "print one JSON document")
    .action((environment: string, flag: string, audience: string, options: SetFlags) =>
      setFlag(environment, flag, audience, options, checkout),
    );
}

interface SetFlags {
  readonly cloud?: Cloud;
  readonly json?: boolean;
}

async function setFlag(name: string, key: string, text: string, options: SetFlags, checkout: string): Promise<void> {
  const environment = getEnvironment(name);
  const flag = environment.flags.find((one) => one.key === key);
  if (flag === undefined) {
    const known = environment.flags.map((one) => one.key).join(", ") || "none";
    throw new CommandError("invalidInput", `${name} declares no flag "${key}"; it declares: ${known}.`);
  }
  const audience = parseAudience(text);
  if (audience === undefined) {
    throw new CommandError(
      "usage",
      `"${text}" is no audience. Write off, internal, beta, a share such as 25%, or all.`,
    );
  }
  const cloud = options.cloud ?? environment.cloud;
  const client = await appConfigOf(environment.region, name, cloud, checkout);
  try {
    const { who } = identify(checkout);
    const change = { environment: name, flag, audience, atOnce: audience === "off", who };
    const deployment = await rollOutFlag(client, change, systemClock).catch((error: unknown) => {
      throw new CommandError("refused", `${(error as Error).message}. Nothing was switched.`);
    });
    if (options.json) printJson({ environment: name, flag: key, audience, deployment });
    else {
      const how = change.atOnce ? "everywhere at once" : "a fifth of the programs at a time, taken back by alarms";
      printText(`${key} in ${name}: ${text}, by deployment ${deployment}, ${how}.`);
    }
    if (audience === "all") remark(`When everybody has it, write that day as fullSince in environments/.`);
  } finally {
    client.destroy();
  }
}

async function appConfigOf(region: string, name: string, cloud: Cloud, checkout: string): Promise<AppConfigClient> {
  if (cloud === "aws") {
    await requireCredentials(name);
    return new AppConfigClient({ region });
  }
  const { environment } = await startCloud(cloudOf(checkout));
  return new AppConfigClient({
    region,
    endpoint: environment.AWS_ENDPOINT_URL!,
    credentials: { accessKeyId: SIMULATED_ACCOUNT_ID, secretAccessKey: "simulated" },
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
  const table = new Table({
    head: ["environment", "flag", "kind", "owner", "expires", "everybody since"],
    ...TABLE_STYLE,
  });
  for (const { environment, key, kind, owner, expires, fullSince, stale } of all) {
    const name = stale === null ? key : pc.yellow(`${key} (stale)`);
    table.push([environment, name, kind, owner, expires ?? "–", fullSince ?? "–"]);
  }
  return table.toString();
}
