import { type Command, Option } from "commander";
import { CLOUDS, type Cloud } from "../../contracts/vocabulary.ts";
import { decided, stops } from "../../policies/report/index.ts";
import { EXIT } from "../exit-codes.ts";
import { printText, remark } from "../json.ts";
import { collected, reportText, wantedReports, writeReports } from "../report/files.ts";
import { policyReportOf } from "../report/report.ts";
import { diagnosticLines, stoppedByPolicies } from "../report/text.ts";
import { openSession } from "../session.ts";
import { exitOf, reportOn } from "./run.ts";

interface CheckFlags {
  readonly cloud?: Cloud;
  readonly report: readonly string[];
  readonly json?: boolean;
  readonly advisoryPolicies?: boolean;
  readonly stacks?: boolean;
  readonly decided?: boolean;
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
  const run = await reportOn(session, "preview", flags, checkout);
  const report = flags.decided ? decided(policyReportOf(run)) : policyReportOf(run);
  // Files are remarked on one by one; what a person reads stands where nothing else does.
  writeReports(report, asked);
  const printed = asked.find(({ file }) => file === undefined)?.format ?? "console";
  printText(reportText(report, printed, true).trimEnd());
  for (const line of diagnosticLines(run)) remark(line);
  if (report.findings.some(stops)) remark(stoppedByPolicies(run));
  return exitOf(run);
}
