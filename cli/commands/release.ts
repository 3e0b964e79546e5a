import { type Command, InvalidArgumentError, Option } from "commander";
import { COMMANDS, type ReleaseCommand, runningRelease } from "../../contracts/ledger.ts";
import { CLOUDS, type Cloud } from "../../contracts/vocabulary.ts";
import { replay } from "../../delivery/controller/state.ts";
import { commandRelease, observationRequest } from "../../delivery/host.ts";
import { CommandError, EXIT, type ExitName } from "../exit-codes.ts";
import { printJson, printText, remark } from "../json.ts";
import { historyText, pastReleases } from "../release/history.ts";
import { bringImage } from "../release/image.ts";
import { prepareRelease } from "../release/plan.ts";
import { planText } from "../release/plan-text.ts";
import { writeReport } from "../release/report/command.ts";
import { type ReleaseSession, withRelease } from "../release/session.ts";
import { snapshotOf } from "../release/snapshot.ts";
import { hostHere, readRunning, refuseSecond, takeLease, unreachable } from "../release/start.ts";
import { releaseLines } from "../release/view.ts";

interface CommonFlags {
  readonly cloud?: Cloud;
  readonly json?: boolean;
}

interface StartFlags extends CommonFlags {
  readonly plan?: boolean;
  readonly image?: string;
  readonly release?: string;
  readonly commit?: string;
  readonly pullRequest?: string;
}

/** `causeway release`: new versions, from the first request to the end of the old one. */
export function addReleaseCommands(program: Command, checkout: string): void {
  const release = program.command("release").description("bring new versions to users, watched and taken back");
  const about = (environment: string, service: string | undefined, { cloud }: CommonFlags) => ({
    environment,
    service,
    cloud,
  });

  common(release.command("start <environment> [service]"))
    .description("release what `up` has brought to the idle colour, and watch it to the end")
    .option("--plan", "show what it would do, and how long each step bakes at the current traffic; start nothing")
    .option(
      "--image <image>",
      "first bring this image to the idle colour by `up`, to try it; not where others depend on it",
    )
    .option("--release <id>", "id of the release (default: the time)")
    .option("--commit <commit>", "commit it is made from (default: the checkout's)")
    .option("--pull-request <address>", "pull request it is made from")
    .action(async (environment: string, service: string | undefined, flags: StartFlags) => {
      process.exitCode =
        EXIT[
          await withRelease(about(environment, service, flags), checkout, (session) => start(session, flags, checkout))
        ];
    });

  common(release.command("status <environment> [service]"))
    .description("say what is live, and where the release is that runs")
    .action((environment: string, service: string | undefined, flags: CommonFlags) =>
      withRelease(about(environment, service, flags), checkout, (session) => status(session, flags)),
    );

  common(release.command("watch <environment> [service]"))
    .description("go on with the release that runs, here, and watch it to the end")
    .action(async (environment: string, service: string | undefined, flags: CommonFlags) => {
      process.exitCode =
        EXIT[
          await withRelease(about(environment, service, flags), checkout, async (session) => {
            if ((await readRunning(session)) === undefined) throw nothingRuns(session);
            return hostHere(session, flags);
          })
        ];
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

interface TellFlags extends CommonFlags {
  readonly reason: string;
  readonly step?: number;
}

function common(command: Command): Command {
  return command
    .addOption(new Option("--cloud <cloud>", "where it runs; the environment's own choice by default").choices(CLOUDS))
    .option("--json", "print JSON on standard output");
}

async function start(session: ReleaseSession, flags: StartFlags, checkout: string): Promise<ExitName> {
  if (!flags.plan) await refuseSecond(session);
  if (flags.image !== undefined) {
    const failed = await bringImage(session, flags.image, { planOnly: flags.plan ?? false }, checkout);
    if (failed !== undefined) return failed;
  }
  const prepared = await prepareRelease(session, flags);
  if (flags.plan) {
    if (flags.json) printJson({ plan: prepared.plan, bakes: prepared.bakes ?? [], remarks: prepared.remarks });
    else printText(planText(prepared));
    return "ok";
  }
  if (!flags.json) remark(planText(prepared));
  await takeLease(session, prepared);
  return hostHere(session, flags);
}

async function status({ ports, key, target }: ReleaseSession, flags: CommonFlags): Promise<void> {
  const records = await ports.ledger.readCurrent(key).catch((error: unknown) => {
    throw unreachable(error);
  });
  if (records.length === 0) {
    if (flags.json) printJson({ ...key, release: null });
    else printText(`No release of ${key.service} in ${key.environment} yet; ${target.url} is as \`up\` made it.`);
    return;
  }
  const observation = await ports.observer.observe(observationRequest(records)).catch((error: unknown) => {
    remark(`What is seen now is missing: ${(error as Error).message}`);
    return undefined;
  });
  const snapshot = snapshotOf(records, observation);
  if (flags.json) printJson(snapshot);
  else printText(releaseLines(snapshot).join("\n"));
}

function nothingRuns({ key }: ReleaseSession): CommandError {
  return new CommandError(
    "refused",
    `No release of ${key.service} runs in ${key.environment}. See \`npx causeway release history ${key.environment} ${key.service}\`.`,
  );
}

/** Tells the release that runs something. A rollback is also carried out here, whoever else looks after the release. */
async function tell(session: ReleaseSession, command: ReleaseCommand, flags: TellFlags) {
  const { ports, key, identity } = session;
  const records = await ports.ledger.readCurrent(key).catch((error: unknown) => {
    throw unreachable(error);
  });
  if (runningRelease(records) === undefined) throw nothingRuns(session);
  const state = replay(records);
  const { plan } = state;
  if (command === "resume" && state.held === undefined) {
    throw new CommandError("refused", `Release ${plan.release} is not held; there is nothing to resume.`);
  }
  let step: number | undefined;
  if (command === "approve") {
    step = flags.step === undefined ? state.step : plan.steps.findIndex(({ weight }) => weight === flags.step);
    const wanted = plan.steps.flatMap(({ weight, approval }, index) =>
      approval && !state.approved.has(index) ? [`${weight} %`] : [],
    );
    if (plan.steps[step]?.approval !== true) {
      const open = wanted.length === 0 ? "No step waits for one." : `Steps that do: ${wanted.join(", ")}.`;
      throw new CommandError(
        "refused",
        `${flags.step === undefined ? "The release" : `The ${flags.step} % step`} waits for no approval. ${open}`,
      );
    }
  }
  const told = { command, reason: flags.reason, ...(step === undefined ? {} : { step }) };
  const record = await commandRelease(ports, key, told, identity.who).catch((error: unknown) => {
    throw unreachable(error);
  });
  if (command === "rollback") return hostHere(session, flags, record.seq - 1);
  if (flags.json) printJson(record);
  else {
    printText(`Release ${plan.release} was told: ${command}.`);
    remark(`If nobody looks after it: \`npx causeway release watch ${key.environment} ${key.service}\`.`);
  }
  return "ok" as const;
}

function percent(text: string): number {
  const value = Number(text.replace(/\s*%$/, ""));
  if (!Number.isInteger(value) || value < 1 || value > 100)
    throw new InvalidArgumentError("Give a share from 1 to 100.");
  return value;
}

function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError("Give a whole number from 1 on.");
  return value;
}
