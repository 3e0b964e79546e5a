import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { automation } from "@pulumi/pulumi";
import { EngineCommandError, SupervisedPulumi } from "./command.ts";
import { engineEnvironment } from "./environment.ts";
import { projectName } from "./paths.ts";
import { removeTornAttributes } from "./recovery/attributes.ts";
import { OpenedStack } from "./stack.ts";
import { stackFiles } from "./state-file.ts";
import type { Engine } from "./types.ts";

export interface OpenStackOptions {
  readonly engine: Engine;
  /** Folder of Pulumi.yaml. */
  readonly projectDir: string;
  readonly stackName: string;
  /** Where state is kept. @default what the user is logged in to */
  readonly backendUrl?: string;
  /** Passphrase of the stack's secrets, when its secrets provider is `passphrase`. */
  readonly passphrase?: string;
  /** File with the passphrase, in place of `passphrase`; made with a random one when it is missing. */
  readonly passphraseFile?: string;
  /** PULUMI_HOME. @default the user's own */
  readonly pulumiHome?: string;
  /** Variables for the engine and the program, such as PULUMI_DEBUG_PROVIDERS; undefined takes one away. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Configuration to set before anything runs; keys with brackets are paths. Other keys keep their values. */
  readonly config?: Readonly<Record<string, string | automation.ConfigValue>>;
  /**
   * Stack configuration file outside the project, `<folder>/Pulumi.<stack>.yaml`; the folder is generated.
   * @default the project's own file
   */
  readonly configFile?: string;
  /** Secrets provider of a new stack, such as `awskms://alias/…`. @default passphrase */
  readonly secretsProvider?: string;
}

/**
 * Opens a stack, made if it is missing, so that operations can be run on it.
 *
 * @throws EngineCommandError when the backend cannot be reached or refuses
 */
export async function openStack(options: OpenStackOptions): Promise<OpenedStack> {
  const { engine, projectDir, stackName, backendUrl, configFile } = options;
  const project = projectName(projectDir);
  const environment = stackEnvironment(options);
  const pulumi = new SupervisedPulumi(engine, environment);
  const folder = backendUrl?.startsWith("file://") ? fileURLToPath(backendUrl) : undefined;
  // `stack init` knows no --config-file: it writes beside the Pulumi.yaml of the folder it runs in.
  const home = configFile === undefined ? projectDir : path.dirname(configFile);
  if (configFile !== undefined) generateProject(configFile, project, stackName);
  const address = folder === undefined ? undefined : { backendUrl: backendUrl ?? "", project, stack: stackName };
  if (address !== undefined) removeTornAttributes(address);
  const secrets = options.secretsProvider === undefined ? [] : ["--secrets-provider", options.secretsProvider];
  if (folder === undefined) {
    await pulumi.run(["stack", "select", "--create", stackName, ...secrets], home, {});
  } else if (!stackFiles(folder, project, stackName).some((file) => existsSync(file))) {
    mkdirSync(folder, { recursive: true });
    await pulumi.run(["stack", "init", stackName, ...secrets], home, {}).catch((error) => {
      // Another command made it at the same time.
      if (!(error instanceof EngineCommandError && error.stderr.includes("already exists"))) throw error;
    });
  }
  const workspace = await automation.LocalWorkspace.create({
    workDir: projectDir,
    // The class cannot be extended (its constructor is private); this has all that the Automation API uses of it.
    pulumiCommand: pulumi as unknown as automation.PulumiCommand,
  });
  // Every command names its stack, so the selection, a third of a second, is not needed.
  workspace.selectStack = async () => {};
  const stack = await automation.Stack.select(stackName, workspace);
  // After `up` and the like the Automation API asks for outputs and history, a second that only some commands need.
  stack.outputs = async () => ({});
  stack.info = async () => undefined;
  const opened = new OpenedStack({ stack, workspace, pulumi, projectDir, environment, address });
  if (options.config !== undefined) await setConfig(stack, options.config, configFile);
  return opened;
}

function stackEnvironment(options: OpenStackOptions): Record<string, string | undefined> {
  const { engine, backendUrl, pulumiHome, passphrase, passphraseFile, configFile } = options;
  if (passphraseFile !== undefined && !existsSync(passphraseFile)) {
    mkdirSync(path.dirname(passphraseFile), { recursive: true });
    try {
      writeFileSync(passphraseFile, crypto.randomUUID(), { mode: 0o600, flag: "wx" });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
  return {
    ...engineEnvironment(engine),
    ...(backendUrl === undefined ? {} : { PULUMI_BACKEND_URL: backendUrl }),
    ...(pulumiHome === undefined ? {} : { PULUMI_HOME: pulumiHome }),
    ...(passphrase === undefined ? {} : { PULUMI_CONFIG_PASSPHRASE: passphrase }),
    ...(passphraseFile === undefined
      ? {}
      : { PULUMI_CONFIG_PASSPHRASE_FILE: passphraseFile, PULUMI_CONFIG_PASSPHRASE: undefined }),
    // The CLI takes any flag as PULUMI_OPTION_<FLAG>, so a plain `pulumi preview` finds the file as well.
    // Removing a simulated stack must leave the file of the same name in the checkout alone.
    ...(configFile === undefined
      ? {}
      : { PULUMI_OPTION_CONFIG_FILE: configFile, PULUMI_OPTION_PRESERVE_CONFIG: "true" }),
    ...options.environment,
  };
}

function generateProject(configFile: string, project: string, stackName: string): void {
  const expected = `Pulumi.${stackName}.yaml`;
  if (path.basename(configFile) !== expected) {
    throw new Error(`The stack configuration of ${stackName} must be in a file named ${expected}, not ${configFile}.`);
  }
  mkdirSync(path.dirname(configFile), { recursive: true });
  writeFileSync(path.join(path.dirname(configFile), "Pulumi.yaml"), `name: ${project}\nruntime: nodejs\n`);
}

/** Setting takes a run of the engine, so it is left out when the same was set before. */
async function setConfig(
  stack: automation.Stack,
  config: NonNullable<OpenStackOptions["config"]>,
  configFile: string | undefined,
): Promise<void> {
  const values = Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key, typeof value === "string" ? { value } : value]),
  );
  const isPath = Object.keys(values).some((key) => key.includes("["));
  const memory = configFile === undefined ? undefined : `${configFile}.set`;
  const wanted = JSON.stringify(values);
  const hasSecret = Object.values(values).some(({ secret }) => secret);
  const remembered =
    memory !== undefined && configFile !== undefined && existsSync(configFile) && existsSync(memory)
      ? readFileSync(memory, "utf8")
      : undefined;
  if (Object.keys(values).length === 0 || remembered === wanted) return;
  await stack.setAllConfig(values, isPath);
  // Secrets must not lie about in the clear, so they are set each time.
  if (memory !== undefined && !hasSecret) writeFileSync(memory, wanted);
}
