import { type Command, InvalidArgumentError, Option } from "commander";
import { COMMANDS, type ReleaseCommand } from "../../contracts/ledger.ts";
import { CLOUDS } from "../../contracts/vocabulary.ts";
import { EXIT } from "../exit-codes.ts";
import { printJson, printText } from "../json.ts";
import { startServices } from "../release/group/services.ts";
import { historyText, pastReleases } from "../release/history.ts";
import { writeReport } from "../release/report/command.ts";
import { withRelease } from "../release/session.ts";
import { unreachable } from "../release/start.ts";
import {
  type CommonFlags,
  type HereFlag,
  type StartFlags,
  status,
  type TellFlags,
  tell,
  watch,
} from "../release/verbs.ts";

/** `causeway release`: new versions, from the first request to the end of the old one. */
export function addReleaseCommands(program: Command, checkout: string): void {
  const release = program.command("release").description("bring new versions to users, watched and taken back");
  const about = (environment: string, service: string | undefined, { cloud }: CommonFlags) => ({
    environment,
    service,
    cloud,
  });

  common(release.command("start <environment> [services...]"))
    .description(
      "release what `up` has brought to the idle colour, and watch it to the end; several services in their order, as a whole",
    )
    .option("--all", "all services whose idle colour has another image")
    .option("--plan", "show what it would do, and how long each step bakes at the current traffic; start nothing")
    .option(
      "--image <image>",
      "first bring this image to the idle colour by `up`, to try it; not where others depend on it",
    )
    .option("--release <id>", "id of the release (default: the time)", id)
    .option("--commit <commit>", "commit it is made from (default: the checkout's)")
    .option("--pull-request <address>", "pull request it is made from")
    .option("--here", "run it in this terminal, even where the environment runs its own releases")
    .action(async (environment: string, services: string[], flags: StartFlags) => {
      process.exitCode = EXIT[await startServices(about(environment, services[0], flags), services, flags, checkout)];
    });

  common(release.command("status <environment> [service]"))
    .description("say what is live, and where the release is that runs")
    .action((environment: string, service: string | undefined, flags: CommonFlags) =>
      withRelease(about(environment, service, flags), checkout, (session) => status(session, flags)),
    );

  common(release.command("watch <environment> [service]"))
    .description("watch the release that runs to its end; goes on with it here, unless the environment runs its own")
    .option("--here", "go on with it in this terminal in any case")
    .action(async (environment: string, service: string | undefined, flags: CommonFlags & HereFlag) => {
      process.exitCode =
        EXIT[await withRelease(about(environment, service, flags), checkout, (session) => watch(session, flags))];
    });

  const says: Readonly<Record<ReleaseCommand, string>> = {
    hold: "keep the release that runs where it is; a version that fails goes back all the same",
    resume: "let a held release go on, or accept what it could not judge",
    approve: "let a release go to the step that waits for a person",
    rollback: "send everybody back to the old version, now",
  };
  for (const command of COMMANDS) {
    const added = common(release.command(`${command} <environment> [service]`))
      .description(says[command])
      .requiredOption("--reason <text>", "why, for those who read the ledger");
    if (command === "rollback") added.option("--here", "carry it out in this terminal in any case");
    if (command === "approve") added.option("--step <percent>", "the step that is meant", percent);
    added.action(async (environment: string, service: string | undefined, flags: TellFlags) => {
      process.exitCode =
        EXIT[
          await withRelease(about(environment, service, flags), checkout, (session) => tell(session, command, flags))
        ];
    });
  }

  common(release.command("history <environment> [service]"))
    .description("list the releases of a service, the newest first")
    .option("--limit <count>", "most of them", count, 20)
    .action((environment: string, service: string | undefined, flags: CommonFlags & { limit: number }) =>
      withRelease(about(environment, service, flags), checkout, async ({ ports, key }) => {
        const records = await ports.ledger.readHistory(key).catch((error: unknown) => {
          throw unreachable(error);
        });
        const releases = pastReleases(records).slice(0, flags.limit);
        if (flags.json) printJson({ ...key, releases });
        else printText(historyText(releases));
      }),
    );

  common(release.command("report <environment> [service]"))
    .description("write one HTML page about a release: charts, steps, statistics, who and what")
    .option("--release <id>", "the release (default: the last one)")
    .requiredOption("-o, --output <file>", "file to write")
    .action(
      (environment: string, service: string | undefined, flags: CommonFlags & { release?: string; output: string }) =>
        withRelease(about(environment, service, flags), checkout, (session) => writeReport(session, flags)),
    );
}

function common(command: Command): Command {
  return command
    .addOption(new Option("--cloud <cloud>", "where it runs; the environment's own choice by default").choices(CLOUDS))
    .option("--json", "print JSON on standard output");
}

function percent(text: string): number {
  const value = Number(text.replace(/\s*%$/, ""));
  if (!Number.isInteger(value) || value < 1 || value > 100)
    throw new InvalidArgumentError("Give a share from 1 to 100.");
  return value;
}

function id(text: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text)) {
    throw new InvalidArgumentError("Write at most 64 letters, digits, dots, hyphens and underscores.");
  }
  return text;
}

function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError("Give a whole number from 1 on.");
  return value;
}
