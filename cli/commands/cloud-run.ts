import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, realpathSync, statSync, writeFileSync } from "node:fs";
import { constants, devNull } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Command } from "commander";
import { engineEnvironment } from "../../engine/index.ts";
import { type CloudHandle, startCloud } from "../../simulator/index.ts";
import { CommandError } from "../exit-codes.ts";
import { cloudOf, takeEngine, WITHOUT_AWS, workspaceOf } from "../session.ts";
import { refuseForeignSecrets, stackSettings } from "../stack-settings.ts";

/** What is used where the program, its stack and the caller's environment name no region. */
const DEFAULT_REGION = "us-east-1";

interface RunFlags {
  readonly stack?: string;
  readonly state?: string;
}

/** `causeway cloud run`: any command, and by it any Pulumi program, on the simulated cloud. */
export function addCloudRunCommand(cloud: Command, checkout: string): void {
  cloud
    .command("run")
    .description("run a command, such as pulumi, on the simulated cloud; works in the folder of any Pulumi program")
    .usage("[--stack NAME] [--state NAME] -- COMMAND [ARGUMENT…]")
    .argument("<command...>", "the command and its arguments")
    .option("--stack <name>", "select this stack first, and make it if it is missing")
    .option(
      "--state <name>",
      "keep stacks under this name, for several folders that share them (default: one per folder)",
    )
    .action(async (command: string[], flags: RunFlags) => {
      const environment = await runEnvironment(flags, checkout);
      const stack = flags.stack ?? ((await needsStack(command, environment)) ? "dev" : undefined);
      if (stack !== undefined) await selectStack(stack, environment);
      process.exitCode = await run(command, environment);
    });
}

/**
 * The environment in which `pulumi` works on the simulated cloud. State lies outside of the program's folder, so that
 * a stack for AWS in the same folder never meets one of the simulated cloud.
 */
async function runEnvironment(flags: RunFlags, checkout: string): Promise<NodeJS.ProcessEnv> {
  const engine = await takeEngine();
  const own = process.env;
  const region = own.AWS_REGION || own.AWS_DEFAULT_REGION || DEFAULT_REGION;
  const cloud = await reachCloud(checkout, region);
  const folder = join(workspaceOf(checkout).root, "run", stateName(flags.state));
  const backend = join(folder, "backend");
  mkdirSync(backend, { recursive: true, mode: 0o700 });
  return {
    ...own,
    ...WITHOUT_AWS,
    ...engineEnvironment(engine),
    ...cloud.environment,
    PULUMI_BACKEND_URL: pathToFileURL(backend).href,
    PULUMI_HOME: join(folder, "pulumi-home"),
    PULUMI_CONFIG_PASSPHRASE: undefined,
    PULUMI_CONFIG_PASSPHRASE_FILE: passphraseFile(folder),
    PULUMI_ACCESS_TOKEN: undefined,
    // Both: the provider reads the first, the AWS CLI and older SDKs the second.
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
  };
}

async function reachCloud(checkout: string, region: string): Promise<CloudHandle> {
  try {
    return await startCloud({ ...cloudOf(checkout), region, program: programFolder() });
  } catch (error) {
    throw new CommandError("cloudUnavailable", `The simulated cloud does not start: ${(error as Error).message}`);
  }
}

/** By the project's folder, wherever in it the command runs; or by the name that was given. */
function stateName(given: string | undefined): string {
  if (given !== undefined) {
    if (/^[\w.-]+$/.test(given) && !/^\.+$/.test(given)) return `named-${given}`;
    throw new CommandError("usage", `--state takes letters, digits, ".", "-" and "_"; got "${given}"`);
  }
  const folder = projectFolder() ?? realpathSync(process.cwd());
  return `${basename(folder)}-${createHash("sha256").update(folder).digest("hex").slice(0, 12)}`;
}

/** The nearest folder upwards with a Pulumi project. */
function projectFolder(): string | undefined {
  for (let folder = realpathSync(process.cwd()); ; folder = dirname(folder)) {
    if (projectFile(folder) !== undefined) return folder;
    if (folder === dirname(folder)) return undefined;
  }
}

function projectFile(folder: string): string | undefined {
  return ["Pulumi.yaml", "Pulumi.yml", "Pulumi.json"]
    .map((name) => join(folder, name))
    .find((file) => existsSync(file));
}

/** Where the program finds its packages: the project's folder, or the one its `main` names. */
function programFolder(): string {
  const project = projectFolder() ?? process.cwd();
  const file = projectFile(project);
  const main = file && /^\s*"?main"?:\s*["']?([^"'\s,#]+)/m.exec(readFileSync(file, "utf8"))?.[1];
  const entry = resolve(project, main ?? ".");
  return existsSync(entry) && statSync(entry).isDirectory() ? entry : dirname(entry);
}

/** Made once for a state folder; the secrets in its stacks can only be read with it. */
function passphraseFile(folder: string): string {
  const file = join(folder, "passphrase");
  try {
    writeFileSync(file, randomBytes(24).toString("base64"), { mode: 0o600, flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  return file;
}

const ON_A_STACK: ReadonlySet<string> = new Set([
  ...["up", "update", "preview", "pre", "destroy", "refresh", "config", "import", "watch"],
]);

/**
 * Whether `pulumi` would stop to ask for a stack: it works on the selected one, none is selected in this project yet,
 * and none was named.
 */
async function needsStack(command: readonly string[], environment: NodeJS.ProcessEnv): Promise<boolean> {
  const [program = "", ...args] = command;
  if (basename(program) !== "pulumi" || projectFolder() === undefined) return false;
  if (environment.PULUMI_STACK || args.some((arg) => /^(-s.*|--stack(=.*)?|--help|-h)$/.test(arg))) return false;
  const name = args.find((arg) => !arg.startsWith("-"));
  if (name === undefined || !ON_A_STACK.has(name)) return false;
  return (await run(["pulumi", "stack", "--show-name", "--non-interactive"], environment, "silent")) !== 0;
}

async function selectStack(stack: string, environment: NodeJS.ProcessEnv): Promise<void> {
  const project = projectFolder();
  const settings = project === undefined ? undefined : stackSettings(project, stack);
  if (settings !== undefined && !(await stackExists(stack, environment))) refuseForeignSecrets(settings);
  const args = ["stack", "select", "--create", stack, "--non-interactive"];
  const code = await run(["pulumi", ...args], environment, "errors");
  if (code !== 0) throw new CommandError("deploymentFailed", `The stack ${stack} could not be selected or made.`);
}

async function stackExists(stack: string, environment: NodeJS.ProcessEnv): Promise<boolean> {
  return (await run(["pulumi", "stack", "export", "--stack", stack, "--file", devNull], environment, "silent")) === 0;
}

/** Runs a command in this terminal. The exit code is its own; a signal gives 128 and its number, as in a shell. */
function run(
  command: readonly string[],
  environment: NodeJS.ProcessEnv,
  output: "all" | "errors" | "silent" = "all",
): Promise<number> {
  const [program = "", ...args] = command;
  return new Promise((resolve, reject) => {
    const stdout = output === "all" ? "inherit" : "ignore";
    const stderr = output === "silent" ? "ignore" : "inherit";
    const child = spawn(program, args, { env: environment, stdio: ["inherit", stdout, stderr] });
    // Ctrl-C reaches the command too; it decides what it means, and we wait for it.
    const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
    const pass = (signal: NodeJS.Signals) => {
      if (signal !== "SIGINT") child.kill(signal);
    };
    for (const signal of signals) process.on(signal, pass);
    child.once("error", (error: NodeJS.ErrnoException) => {
      const missing = error.code === "ENOENT" ? `there is no command ${program}` : error.message;
      reject(new CommandError("failed", `${missing}; give the command after --, as in \`-- pulumi up\``));
    });
    child.once("close", (code, signal) => {
      for (const name of signals) process.off(name, pass);
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}
