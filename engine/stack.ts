import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { automation } from "@pulumi/pulumi";
import { EngineCommandError, SupervisedPulumi, stackFiles } from "./command.ts";
import { engineEnvironment } from "./environment.ts";
import { projectName } from "./paths.ts";
import { removeTornAttributes } from "./recovery/attributes.ts";
import { holdStack, type LockOwner, type StackAddress, StackLockedError, stackOwners } from "./recovery/locks.ts";
import { pendingOperations, type StackExport } from "./recovery/pending.ts";
import type { Engine } from "./types.ts";

export type EngineEvent = automation.EngineEvent;

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

export interface OperationOptions
  extends Pick<
    automation.UpOptions,
    | "policyPacks"
    | "policyPackConfigs"
    | "target"
    | "targetDependents"
    | "replace"
    | "refresh"
    | "message"
    | "parallel"
    | "diff"
    | "plan"
    | "continueOnError"
    | "onOutput"
    | "onError"
  > {
  /** Receives the engine's events as they come. */
  readonly onEvent?: (event: EngineEvent) => void;
  /** Asks the engine to stop after the steps it is in, and to save its state. */
  readonly signal?: AbortSignal;
  /** Kills the engine at once; what it was doing stays pending in the state. */
  readonly force?: AbortSignal;
  /** Of a preview: have the engine print a document of all resources, where the program makes each among it. */
  readonly document?: boolean;
}

/** How an operation ended. */
export interface Outcome {
  readonly result: "succeeded" | "failed" | "cancelled";
  /** Exit code of the engine; null when a signal ended it. */
  readonly exitCode: number | null;
  /** Number of resources by what was, or would be, done to them. */
  readonly changes: Readonly<Partial<Record<automation.OpType, number>>>;
  readonly seconds: number;
  /** What the engine printed, without colours. */
  readonly stdout: string;
  readonly stderr: string;
  /** What `pulumi preview --json` prints, when it was asked for and the engine came so far. */
  readonly document?: unknown;
  /** Locks of dead processes that had to be removed first. */
  readonly removedLocks: readonly LockOwner[];
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

/** What the engine ends with when an analysis found what would stop a deployment. */
const VIOLATIONS_FOUND = "mandatory policy violations were found";

interface Parts {
  readonly stack: automation.Stack;
  readonly workspace: automation.LocalWorkspace;
  readonly pulumi: SupervisedPulumi;
  readonly projectDir: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly address: StackAddress | undefined;
}

/** A stack on which operations can be run, one at a time. Made by `openStack`. */
export class OpenedStack {
  readonly #parts: Parts;
  #removedLocks: readonly LockOwner[] | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Where the stack is kept, when that is a folder. */
  get address(): StackAddress | undefined {
    return this.#parts.address;
  }

  /** Variables with which a plain `pulumi` in the project's folder works on this stack; undefined: to be unset. */
  get environment(): Readonly<Record<string, string | undefined>> {
    return this.#parts.environment;
  }

  /**
   * Holds the stack while several operations run that belong together, such as settling what is pending and then `up`.
   * Locks that dead processes left are removed first.
   *
   * @param action receives the owners whose locks were removed
   * @throws StackLockedError when another command changes the stack
   */
  async exclusively<T>(action: (removedLocks: readonly LockOwner[]) => Promise<T>): Promise<T> {
    const { address } = this.#parts;
    // Already held by a caller, or in a backend that only the engine locks.
    if (address === undefined || this.#removedLocks !== undefined) return action(this.#removedLocks ?? []);
    const { removed, release } = await holdStack(address);
    this.#removedLocks = removed;
    try {
      removeTornAttributes(address);
      return await action(removed);
    } finally {
      this.#removedLocks = undefined;
      await release();
    }
  }

  /** What `up` would do. A preview takes no lock. */
  preview(options: OperationOptions = {}): Promise<Outcome> {
    return this.#operate(options, (stack, common) => stack.preview(common));
  }

  /** @throws StackLockedError when another command changes the stack */
  up(options: OperationOptions = {}): Promise<Outcome> {
    return this.exclusively((removed) => this.#operate(options, (stack, common) => stack.up(common), removed));
  }

  /** @throws StackLockedError when another command changes the stack */
  refresh(options: OperationOptions = {}): Promise<Outcome> {
    return this.exclusively((removed) => this.#operate(options, (stack, common) => stack.refresh(common), removed));
  }

  /**
   * @param options `remove`: forget the stack's state and history as well
   * @throws StackLockedError when another command changes the stack
   */
  destroy(options: OperationOptions & { readonly remove?: boolean } = {}): Promise<Outcome> {
    const { remove, ...others } = options;
    return this.exclusively((removed) =>
      this.#operate(others, (stack, common) => stack.destroy(remove ? { ...common, remove } : common), removed),
    );
  }

  /** Outputs of the last `up`; secrets in the clear, marked as such. */
  outputs(): Promise<automation.OutputMap> {
    return this.#parts.workspace.stackOutputs(this.#parts.stack.name);
  }

  /** The state; secrets stay encrypted. */
  async exportStack(): Promise<StackExport> {
    const { stdout } = await this.#run(["stack", "export"]);
    return JSON.parse(stdout);
  }

  /**
   * What policy packs say of the resources in the state; neither the program nor a provider runs.
   *
   * @param options `file`: a file of `pulumi stack export`, in place of the stack's own state
   * @returns the engine's events, one JSON document on each line
   * @throws EngineCommandError when a pack does not run, or there is no such state
   */
  async analyze(
    options: Pick<OperationOptions, "policyPacks" | "policyPackConfigs"> & { readonly file?: string | undefined },
  ): Promise<string> {
    const { pulumi, stack, projectDir } = this.#parts;
    const { policyPacks = [], policyPackConfigs = [], file } = options;
    const args = [
      ...["policy", "analyze", "--json"],
      ...policyPacks.flatMap((pack) => ["--policy-pack", pack]),
      ...policyPackConfigs.flatMap((config) => ["--policy-pack-config", config]),
      ...(file === undefined ? ["--stack", stack.name] : ["--file", path.resolve(file)]),
    ];
    try {
      return (await pulumi.run(args, projectDir, {})).stdout;
    } catch (error) {
      // That there are violations is an answer, not a failure.
      if (error instanceof EngineCommandError && error.stderr.includes(VIOLATIONS_FOUND)) return error.stdout;
      throw error;
    }
  }

  /** How many operations are pending; where the state is a plain file, found out without starting the engine. */
  async countPending(): Promise<number> {
    const { address } = this.#parts;
    const [file] =
      address === undefined ? [] : stackFiles(fileURLToPath(address.backendUrl), address.project, address.stack);
    if (file === undefined || !existsSync(file)) return pendingOperations(await this.exportStack()).length;
    const { checkpoint } = JSON.parse(readFileSync(file, "utf8"));
    return checkpoint?.latest?.pending_operations?.length ?? 0;
  }

  /**
   * Replaces the state. The engine keeps a backup of the one before.
   *
   * @throws Error when operations are pending in it: the engine would forget them without a word
   * @throws StackLockedError when another command changes the stack
   */
  async importStack(state: StackExport): Promise<void> {
    const pending = pendingOperations(state);
    if (pending.length > 0) {
      const urns = pending.map(({ type, resource }) => `  ${type} ${resource.urn}`).join("\n");
      throw new Error(`The state cannot be imported while these operations are pending; settle them first:\n${urns}`);
    }
    const folder = mkdtempSync(path.join(os.tmpdir(), "causeway-state-"));
    try {
      const file = path.join(folder, "state.json");
      writeFileSync(file, JSON.stringify(state), { mode: 0o600 });
      await this.exclusively(() => this.#run(["stack", "import", "--file", file]));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  #run(args: string[]) {
    const { pulumi, stack, projectDir } = this.#parts;
    return pulumi.run([...args, "--stack", stack.name], projectDir, {});
  }

  async #operate(
    options: OperationOptions,
    run: (stack: automation.Stack, common: automation.UpOptions & automation.PreviewOptions) => Promise<unknown>,
    removedLocks: readonly LockOwner[] = [],
  ): Promise<Outcome> {
    const { stack, pulumi, address } = this.#parts;
    const { onEvent, signal, force, document, ...rest } = options;
    const started = Date.now();
    let changes: Outcome["changes"] = {};
    let printed = { code: 0 as number | null, stdout: "", stderr: "" };
    try {
      pulumi.force = force;
      pulumi.flags = document ? ["--json", "--show-sames"] : [];
      const ended = await run(stack, {
        ...rest,
        color: "never",
        suppressProgress: true,
        ...(signal === undefined ? {} : { signal }),
        onEvent: (event) => {
          if (event.summaryEvent) changes = event.summaryEvent.resourceChanges;
          onEvent?.(event);
        },
      });
      const { stdout, stderr } = ended as { stdout: string; stderr: string };
      printed = { code: 0, stdout, stderr };
    } catch (error) {
      if (!(error instanceof EngineCommandError)) throw error;
      if (address !== undefined && error.stderr.includes("the stack is currently locked by")) {
        throw new StackLockedError(address.stack, stackOwners(address));
      }
      printed = { code: error.exitCode, stdout: error.stdout, stderr: error.stderr };
    } finally {
      pulumi.force = undefined;
      pulumi.flags = [];
    }
    const parsed = document ? parsedOrNot(printed.stdout) : undefined;
    const cancelled = printed.code !== 0 && (signal?.aborted || force?.aborted);
    return {
      result: printed.code === 0 ? "succeeded" : cancelled ? "cancelled" : "failed",
      exitCode: printed.code,
      changes,
      seconds: (Date.now() - started) / 1000,
      stdout: parsed === undefined ? printed.stdout : "",
      stderr: printed.stderr,
      ...(parsed === undefined ? {} : { document: parsed }),
      removedLocks,
    };
  }
}

function parsedOrNot(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // It ended before it printed, and what it printed is for people.
    return undefined;
  }
}
