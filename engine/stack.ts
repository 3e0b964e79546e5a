import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { automation } from "@pulumi/pulumi";
import { EngineCommandError, type SupervisedPulumi } from "./command.ts";
import { removeTornAttributes } from "./recovery/attributes.ts";
import { holdStack, type LockOwner, type StackAddress, StackLockedError, stackOwners } from "./recovery/locks.ts";
import { pendingOperations, type StackExport } from "./recovery/pending.ts";
import { readStateFile } from "./state-file.ts";

export type EngineEvent = automation.EngineEvent;

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

  /** The state as it is now; secrets stay encrypted. Where it is a plain file, read without starting the engine. */
  async readState(): Promise<StackExport> {
    const { address } = this.#parts;
    return (address && readStateFile(address)) ?? this.exportStack();
  }

  /** The state as the engine writes it, to be changed and imported; secrets stay encrypted. */
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
