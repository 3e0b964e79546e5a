import { readFileSync } from "node:fs";
import { type Command, Option } from "commander";
import { CLOUDS, type Cloud } from "../../contracts/vocabulary.ts";
import type { StackExport } from "../../engine/index.ts";
import {
  decided,
  findingsOf,
  locationsIn,
  type PolicyReport,
  stops,
  violationsInLog,
} from "../../policies/report/index.ts";
import { placeOfExemption } from "../exemptions.ts";
import { CommandError, EXIT, type ExitName } from "../exit-codes.ts";
import { printText, remark } from "../json.ts";
import { policyOptions } from "../policies.ts";
import { stage } from "../progress.ts";
import { collected, reportText, wantedReports, writeReports } from "../report/files.ts";
import { policyReportOf } from "../report/report.ts";
import { diagnosticLines, stoppedByPolicies } from "../report/text.ts";
import { openSession, type Session } from "../session.ts";
import { exitOf, reportOn } from "./run.ts";

interface CheckFlags {
  readonly cloud?: Cloud;
  readonly report: readonly string[];
  readonly json?: boolean;
  readonly advisoryPolicies?: boolean;
  readonly stacks?: boolean;
  readonly decided?: boolean;
  readonly deployed?: boolean;
  readonly state?: string;
}

/** `causeway policy check`: what the policies find in an environment, in several forms at once. */
export function addPolicyCheck(policy: Command, checkout: string): void {
  policy
    .command("check <environment>")
    .description("preview an environment and report what the policies find; changes nothing")
    .addOption(new Option("--cloud <cloud>", "where it runs; the environment's own choice by default").choices(CLOUDS))
    .option(
      "--report <format[=file]>",
      "console, json, sarif or markdown; into a file, or on standard output; may be given several times",
      collected,
      [],
    )
    .option("--json", "the same as --report json")
    .option("--deployed", "judge what the last deployment left, by the state, not what the program would make of it")
    .option("--state <file>", "the same of a file of `pulumi stack export`")
    .option("--decided", "leave out what can only be judged in the deployment")
    .option("--advisory-policies", "report what policies find, and exit with 0")
    .option("--stacks", "stack traces in the program's errors; slower")
    .action(async (environment: string, flags: CheckFlags) => {
      process.exitCode = EXIT[await check(environment, flags, checkout)];
    });
}

async function check(environment: string, flags: CheckFlags, checkout: string) {
  const asked = wantedReports([...flags.report, ...(flags.json ? ["json"] : [])]);
  const session = await openSession(environment, flags.cloud, checkout);
  const inState = flags.deployed || flags.state !== undefined;
  const checked = inState ? await ofState(session, flags, checkout) : await ofPreview(session, flags, checkout);
  const report = flags.decided ? decided(checked.report) : checked.report;
  // Files are remarked on one by one; what a person reads stands where nothing else does.
  writeReports(report, asked);
  const printed = asked.find(({ file }) => file === undefined)?.format ?? "console";
  printText(reportText(report, printed, true).trimEnd());
  for (const note of checked.notes) remark(note);
  return checked.exit;
}

interface Checked {
  readonly report: PolicyReport;
  /** What else a person has to know. */
  readonly notes: readonly string[];
  readonly exit: ExitName;
}

async function ofPreview(session: Session, flags: CheckFlags, checkout: string): Promise<Checked> {
  const run = await reportOn(session, "preview", flags, checkout);
  const report = policyReportOf(run);
  const stopped = report.findings.some(stops) ? [stoppedByPolicies(run)] : [];
  return { report, notes: [...diagnosticLines(run), ...stopped], exit: exitOf(run) };
}

/** What is there. Every value in it is known, so nothing has to wait. */
async function ofState(session: Session, { state: file, ...flags }: CheckFlags, checkout: string): Promise<Checked> {
  const { environment, stack } = session;
  const state = file === undefined ? await stack.readState() : stateIn(file);
  const policies = policyOptions(environment, checkout, { advisory: flags.advisoryPolicies ?? false });
  try {
    const log = await stage(`policies on what is in the state of ${environment.name}`, () =>
      stack.analyze({ ...policies.options, file }),
    );
    const findings = findingsOf(violationsInLog(log), {
      locations: locationsIn(state, { root: checkout, elsewhere: true }),
      exemptionAt: (exemption) => placeOfExemption(checkout, environment.name, exemption),
    });
    const exit = findings.some(stops) ? "policyViolation" : "ok";
    const empty = state.deployment.resources?.length ? [] : [`There is nothing in the state of ${environment.name}.`];
    return { report: { subject: environment.name, complete: true, findings }, notes: empty, exit };
  } finally {
    policies.dispose();
  }
}

function stateIn(file: string): StackExport {
  let state: Partial<StackExport> | null;
  try {
    state = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new CommandError("usage", `--state ${file} cannot be read: ${(error as Error).message}.`);
  }
  if (state?.deployment) return state as StackExport;
  throw new CommandError("usage", `--state ${file} is no state: give a file that \`pulumi stack export\` wrote.`);
}
