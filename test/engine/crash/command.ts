import { join } from "node:path";
import { runOn } from "../../../cli/commands/run.ts";
import { CommandError, EXIT } from "../../../cli/exit-codes.ts";
import { workspaceOf } from "../../../cli/session.ts";
import { openStack, resolveEngine } from "../../../engine/index.ts";
import { getEnvironment } from "../../../environments/index.ts";
import { startCloud } from "../../../simulator/index.ts";

/*
 * What the causeway command does, on the program beside this file: `command.ts CHECKOUT STACK OPERATION`. Where state and cloud are kept
 * comes from the environment, as for the command itself.
 */
const [, , checkout = "", stackName = "", operation = "up", ...flags] = process.argv;
try {
  const engine = await resolveEngine({ checkout });
  const cloud = await startCloud({ root: checkout });
  const workspace = workspaceOf(checkout);
  const stack = await openStack({
    engine,
    projectDir: join(checkout, "test", "engine", "crash"),
    stackName,
    backendUrl: workspace.backendUrl,
    pulumiHome: workspace.pulumiHome,
    passphraseFile: workspace.passphraseFile,
    configFile: join(workspace.root, "crash", `Pulumi.${stackName}.yaml`),
    environment: cloud.environment,
  });
  const session = { environment: getEnvironment("local"), cloud: "simulated", engine, stack } as const;
  const given = { yes: true, advisoryPolicies: true, json: true, forgetPending: flags.includes("--forget-pending") };
  process.exitCode = EXIT[await runOn(session, operation as "up", given, checkout)];
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = error instanceof CommandError ? EXIT[error.exit] : EXIT.failed;
}
