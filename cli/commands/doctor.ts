import type { Command } from "commander";
import pc from "picocolors";
import { probeEngine, probeGo, probeNode } from "../../engine/index.ts";
import { cloudStatus } from "../../simulator/index.ts";
import { probeCredentials } from "../credentials.ts";
import { printJson, printText } from "../json.ts";
import { cloudOf, workspaceOf } from "../session.ts";

/** One line of the doctor's report. */
export interface Finding {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
  readonly remedy?: string;
}

/** `causeway doctor`: what is there, and for what is not, the remedy. */
export function addDoctorCommand(program: Command, checkout: string): void {
  program
    .command("doctor")
    .description("check engine, Node, Go, credentials, backend and simulated cloud")
    .option("--json", "print one JSON document")
    .action(async (options: { json?: boolean }) => {
      const findings = await examine(checkout);
      if (options.json) printJson({ ok: findings.every((f) => f.ok), findings });
      else for (const finding of findings) printText(line(finding));
    });
}

async function examine(checkout: string): Promise<Finding[]> {
  const [engine, go, credentials, cloud] = await Promise.all([
    probeEngine(),
    probeGo(),
    probeCredentials(),
    cloudStatus(cloudOf(checkout)),
  ]);
  const workspace = workspaceOf(checkout);
  const backend = process.env.PULUMI_BACKEND_URL;
  return [
    engine,
    probeNode(),
    engine.ok && !go.ok ? { ...go, ok: true, detail: `${go.detail}; not needed, the engine is here` } : go,
    {
      name: "AWS credentials",
      ok: credentials.found,
      detail: credentials.detail,
      ...(credentials.found
        ? {}
        : { remedy: "only needed for AWS: `aws sso login` and export AWS_PROFILE; the simulated cloud needs none" }),
    },
    {
      name: "backend",
      ok: true,
      detail: `simulated runs: ${workspace.backendUrl}; AWS runs: ${backend ?? "what `pulumi login` chose"}`,
    },
    {
      name: "simulated cloud",
      ok: true,
      detail:
        cloud.current === undefined
          ? "not running; it starts when a command needs it"
          : `running, process ${cloud.current.pid}, database ${cloud.database}`,
    },
  ];
}

function line(finding: Finding): string {
  const mark = finding.ok ? pc.green("ok     ") : pc.yellow("missing");
  return `${mark} ${finding.name.padEnd(16)} ${finding.detail}${finding.remedy ? `\n${" ".repeat(25)}→ ${finding.remedy}` : ""}`;
}
