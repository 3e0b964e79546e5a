import { createInterface } from "node:readline/promises";
import { type Command, Option } from "commander";
import { today } from "../../contracts/days.ts";
import { ProblemsError } from "../../contracts/problems.ts";
import { CLOUDS, type Cloud } from "../../contracts/vocabulary.ts";
import { type Outcome, type StackExport, StackLockedError } from "../../engine/index.ts";
import { readyForAws } from "../../environments/index.ts";
import { decided, locationsIn } from "../../policies/report/index.ts";
import { placeOfExemption } from "../exemptions.ts";
import { CommandError, EXIT, type ExitName } from "../exit-codes.ts";
import { printJson, printText, remark } from "../json.ts";
import { rememberCheck } from "../last-check.ts";
import { policyOptions } from "../policies.ts";
import { stage } from "../progress.ts";
import { forgetReleases } from "../release/forget.ts";
import { collected, type WantedReport, wantedReports, writeReports } from "../report/files.ts";
import { lostItsCloud, withOneErrorForALostCloud } from "../report/lost-cloud.ts";
import { markdownComment, sourceUrl } from "../report/markdown.ts";
import { maskedOutputs } from "../report/outputs.ts";
import { permissionsIn } from "../report/permissions.ts";
import { hasChanges, policyReportOf, type RunReport, type RunResult, reportOf } from "../report/report.ts";
import { RunRecorder } from "../report/steps.ts";
import { textSummary } from "../report/text.ts";
import { rightsBefore } from "../rights-before.ts";
import { openSession, type Session } from "../session.ts";
import { remarkPending, type SettleFlags, settle } from "../settle/index.ts";
import { nameOfUrn } from "../urn.ts";

export type Operation = "up" | "preview" | "destroy" | "refresh";

export interface RunFlags extends SettleFlags {
  readonly cloud?: Cloud;
  readonly yes?: boolean;
  readonly json?: boolean;
  readonly markdown?: boolean;
  readonly stacks?: boolean;
  readonly advisoryPolicies?: boolean;
  readonly refresh?: boolean;
  /** Of a preview: reports on what the policies find, `<format>=<file>`. */
  readonly report?: readonly string[];
  /** Leaves out of these what can only be judged in the deployment. */
  readonly decided?: boolean;
}

const DESCRIPTIONS: Readonly<Record<Operation, string>> = {
  up: "make an environment what environments/ says, after showing what would change",
  preview: "show what `up` would change",
  destroy: "delete an environment; protected resources stop it",
  refresh: "read what is really there into the state",
};

/** `causeway up|preview|destroy|refresh|outputs`. */
export function addRunCommands(program: Command, checkout: string): void {
  for (const operation of ["up", "preview", "destroy", "refresh"] as const) {
    const command = withCommonOptions(program.command(`${operation} <environment>`)).description(
      DESCRIPTIONS[operation],
    );
    command.option("--stacks", "stack traces in the program's errors; slower");
    if (operation !== "preview") {
      command.option("--yes", "do not ask");
      command.option("--forget-pending", "what a cut-off command may have created and cannot be found does not exist");
      command.option("--adopt <name=id...>", "what a cut-off command created, as you found it");
    }
    if (operation === "preview") {
      command.option("--markdown", "print a pull-request comment");
      command.option(
        "--report <format=file>",
        "also write what the policies find: json, sarif, markdown",
        collected,
        [],
      );
      command.option("--decided", "leave out of these reports what can only be judged in the deployment");
    }
    if (operation === "up" || operation === "preview") {
      command.option("--advisory-policies", "report what policies find, and stop nothing");
      command.option("--refresh", "first read what is really there, so that changes by hand are found");
    }
    command.action(async (environment: string, flags: RunFlags) => {
      process.exitCode = EXIT[await run(operation, environment, flags, checkout)];
    });
  }
  withCommonOptions(program.command("outputs <environment>"))
    .description("print an environment's outputs; secrets are masked")
    .action(async (environment: string, flags: RunFlags) => {
      const session = await openSession(environment, flags.cloud, checkout);
      const outputs = maskedOutputs(await session.stack.outputs());
      if (flags.json) printJson({ environment, cloud: session.cloud, outputs });
      else for (const [name, value] of Object.entries(outputs)) printText(`${name}: ${JSON.stringify(value)}`);
    });
}

function withCommonOptions(command: Command): Command {
  return command
    .addOption(new Option("--cloud <cloud>", "where it runs; the environment's own choice by default").choices(CLOUDS))
    .option("--json", "print one JSON document on standard output");
}

async function run(operation: Operation, name: string, flags: RunFlags, checkout: string): Promise<ExitName> {
  const wanted = wantedReports(flags.report ?? [], { files: true });
  return runOn(await openSession(name, flags.cloud, checkout), operation, flags, checkout, wanted);
}

/** One operation on an environment that is open: asks, settles what was cut off before, runs and reports. */
export async function runOn(
  session: Session,
  operation: Operation,
  flags: RunFlags,
  checkout: string,
  wanted: readonly WantedReport[] = [],
): Promise<ExitName> {
  const report = await reportOn(session, operation, flags, checkout);
  const found = policyReportOf(report);
  writeReports(flags.decided ? decided(found) : found, wanted);
  print(report, flags);
  return exitOf(report);
}

/** As `runOn`, without printing what it found. */
export async function reportOn(
  session: Session,
  operation: Operation,
  flags: RunFlags,
  checkout: string,
): Promise<RunReport> {
  checkPlaceholders(session, operation);
  if (operation !== "preview" && !flags.yes) {
    await confirm(operation, session, flags, checkout);
  }
  if (operation === "preview") return preview(session, flags, checkout);
  try {
    // Held throughout, so that nothing comes between what was settled and what is built on it.
    return await session.stack.exclusively(async (removedLocks) => {
      for (const owner of removedLocks) remark(`Removed the lock of process ${owner.pid}, which is gone.`);
      const { settled, state } = await settle(session, flags, checkout);
      const report = await operate(operation, session, state, flags, checkout);
      await forgetServices(session, report, checkout);
      return { ...report, ...(settled.length === 0 ? {} : { settled }) };
    });
  } catch (error) {
    if (error instanceof StackLockedError) throw new CommandError("locked", error.message);
    throw error;
  }
}

/** Releases of services that were just deleted are over. */
async function forgetServices({ environment, cloud }: Session, report: RunReport, checkout: string): Promise<void> {
  const { operation, result, resources } = report;
  const kept = operation === "destroy" ? [] : environment.services.map(({ name }) => name);
  const deletes = resources.some(({ name, change }) => change === "delete" && name.endsWith("-release-target"));
  const over = operation === "destroy" || (operation === "up" && deletes);
  if (result === "succeeded" && over) await forgetReleases(environment, cloud, checkout, kept);
}

/** On AWS a placeholder would fail late or page nobody: `up` refuses it, `preview` mentions it. */
function checkPlaceholders({ environment, cloud }: Session, operation: Operation): void {
  if (cloud !== "aws" || operation === "destroy" || operation === "refresh") return;
  const problems = readyForAws(environment);
  if (problems.length === 0) return;
  const error = new ProblemsError(`environment ${environment.name} is not ready for AWS`, problems);
  if (operation === "up") throw error;
  remark(error.message);
}

/** Shows what would happen and asks. */
async function confirm(operation: Operation, session: Session, flags: RunFlags, checkout: string): Promise<void> {
  if (!process.stdin.isTTY || flags.json) {
    throw new CommandError(
      "usage",
      `${operation} changes ${session.environment.name}; nobody can be asked here: add --yes.`,
    );
  }
  if (operation === "up") {
    const planned = await preview(session, flags, checkout);
    remark(textSummary(planned));
    const exit = exitOf(planned);
    if (exit !== "ok") throw new CommandError(exit, "The preview failed; nothing was changed.");
    if (!hasChanges(planned)) return;
  }
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await prompt.question(
    `${operation} ${session.environment.name} on the ${session.cloud} cloud? [y/N] `,
  );
  prompt.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw new CommandError("cancelled", "Nothing was changed.");
}

async function preview(session: Session, flags: RunFlags, checkout: string): Promise<RunReport> {
  const state = await session.stack.readState();
  remarkPending(session.environment, state);
  return operate("preview", session, state, flags, checkout);
}

/**
 * @param state the state that the operation begins with. It is read anew for the deployment that somebody agreed to: others
 *   may have deployed while that one was reading, and what they took away would be given back unseen.
 */
async function operate(
  operation: Operation,
  session: Session,
  state: StackExport,
  flags: RunFlags,
  checkout: string,
): Promise<RunReport> {
  const { environment, cloud, stack } = session;
  const recorder = new RunRecorder();
  const policies =
    operation === "up" || operation === "preview"
      ? policyOptions(environment, checkout, {
          advisory: flags.advisoryPolicies ?? false,
          ...rightsBefore(environment, state),
        })
      : undefined;
  const interrupt = watchInterrupts();
  if (flags.stacks) process.env.CAUSEWAY_STACKS = "1";
  try {
    const outcome = await stage(`${operation} ${environment.name} on the ${cloud} cloud`, (say) =>
      stack[operation]({
        ...policies?.options,
        ...(flags.refresh ? { refresh: true } : {}),
        document: operation === "preview",
        signal: interrupt.gentle,
        force: interrupt.forced,
        onEvent: (event) => {
          const step = recorder.take(event);
          if (step && step.change !== "same" && step.status !== "planned") {
            say(`${recorder.finished}/${recorder.started} ${nameOfUrn(step.urn)} ${step.status}`);
          }
        },
      }),
    );
    const outputs = operation === "up" && outcome.result === "succeeded" ? maskedOutputs(await stack.outputs()) : {};
    const result = resultOf(outcome, recorder);
    const drawn = reportOf(recorder, {
      environment: environment.name,
      cloud,
      operation,
      result,
      ...(outcome.document === undefined ? {} : permissionsIn(outcome.document)),
      outputs,
      policyPacks: policies?.names ?? [],
      places: {
        locations: locationsIn(outcome.document, { root: checkout }),
        exemptionAt: (exemption) => placeOfExemption(checkout, environment.name, exemption),
      },
      seconds: outcome.seconds,
    });
    const report = withOneErrorForALostCloud(drawn);
    if (operation === "preview") rememberCheck(checkout, report, today());
    return result === "failed" && !report.diagnostics.some((d) => d.severity === "error")
      ? {
          ...report,
          diagnostics: [...report.diagnostics, { severity: "error", urn: "", message: engineSaid(outcome) }],
        }
      : report;
  } finally {
    interrupt.stop();
    policies?.dispose();
  }
}

/** What the engine printed last, when it failed without an event that says why. */
function engineSaid(outcome: Outcome): string {
  const text = outcome.stderr.trim() || outcome.stdout.trim();
  return text === "" ? `the engine ended with code ${outcome.exitCode}` : text.split("\n").slice(-20).join("\n");
}

function resultOf(outcome: Outcome, recorder: RunRecorder): RunResult {
  if (outcome.result === "cancelled") return "cancelled";
  if (recorder.violations.some((violation) => violation.enforcement === "mandatory")) return "policy-violation";
  return outcome.result;
}

const REFUSED_INPUT = "nothing was changed";

export function exitOf(report: RunReport): ExitName {
  switch (report.result) {
    case "succeeded":
      return "ok";
    case "policy-violation":
      return "policyViolation";
    case "cancelled":
      return "cancelled";
    case "failed": {
      if (lostItsCloud(report)) return "cloudUnavailable";
      // A component that refuses its input throws in the program; the engine passes the message on and no more.
      const refused = report.diagnostics.some((d) => d.severity === "error" && d.message.includes(REFUSED_INPUT));
      return refused ? "invalidInput" : "deploymentFailed";
    }
  }
}

function print(report: RunReport, flags: RunFlags): void {
  if (flags.json) printJson(report);
  else if (flags.markdown) printText(markdownComment(report, sourceUrl()).trimEnd());
  else printText(textSummary(report));
  if (report.result === "failed" && !flags.stacks && exitOf(report) === "deploymentFailed") {
    remark("Run it again with --stacks to see where in the program an error comes from.");
  }
}

/** The first Ctrl-C lets the engine finish the steps it is in; the second ends it at once. */
function watchInterrupts(): { gentle: AbortSignal; forced: AbortSignal; stop(): void } {
  const gentle = new AbortController();
  const forced = new AbortController();
  const onSignal = () => {
    if (gentle.signal.aborted) forced.abort();
    else {
      remark("Stopping after the steps that are under way; press Ctrl-C again to end at once.");
      gentle.abort();
    }
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  return {
    gentle: gentle.signal,
    forced: forced.signal,
    stop() {
      process.off("SIGINT", onSignal);
      process.off("SIGTERM", onSignal);
    },
  };
}
