import { Command, CommanderError } from "commander";
import { ProblemsError } from "../contracts/problems.ts";
import { addCloudCommands } from "./commands/cloud.ts";
import { addDoctorCommand } from "./commands/doctor.ts";
import { addEngineCommand } from "./commands/engine.ts";
import { addEnvCommands } from "./commands/env.ts";
import { addFlagCommands } from "./commands/flags.ts";
import { addPolicyCommands } from "./commands/policy.ts";
import { addPromoteCommand } from "./commands/promote.ts";
import { addReleaseCommands } from "./commands/release.ts";
import { addRunCommands } from "./commands/run.ts";
import { CommandError, EXIT } from "./exit-codes.ts";

/**
 * The causeway command.
 *
 * @param argv the process's arguments, as Node gives them
 * @param checkout the folder that holds Pulumi.yaml
 */
export async function main(argv: readonly string[], checkout: string): Promise<void> {
  const program = new Command("causeway")
    .description("multi-AZ AWS environments you can run before you have an account")
    .exitOverride()
    .showHelpAfterError("(npx causeway --help lists the commands, and --help after a command what it takes)")
    .configureOutput({ writeErr: (text) => process.stderr.write(text) });
  addRunCommands(program, checkout);
  addEnvCommands(program, checkout);
  addPolicyCommands(program, checkout);
  addReleaseCommands(program, checkout);
  addPromoteCommand(program, checkout);
  addFlagCommands(program, checkout);
  addCloudCommands(program, checkout);
  addEngineCommand(program);
  addDoctorCommand(program, checkout);
  for (const command of program.commands) inheritExit(command);

  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    process.exitCode = report(error);
  }
}

/** Commander applies exitOverride to commands added later only; these exist already. */
function inheritExit(command: Command): void {
  command.exitOverride();
  for (const child of command.commands) inheritExit(child);
}

/** Tells the person what went wrong and gives the exit status. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof ProblemsError) {
    process.stderr.write(`${error.message}\n`);
    return EXIT.invalidInput;
  }
  if (error instanceof CommandError) {
    process.stderr.write(`${error.message}\n`);
    return EXIT[error.exit];
  }
  const known = error instanceof Error ? error : new Error(String(error));
  process.stderr.write(`causeway failed unexpectedly: ${known.message}\n${known.stack ?? ""}\n`);
  return EXIT.failed;
}
