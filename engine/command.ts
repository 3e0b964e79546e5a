import * as semver from "semver";
import { type Ended, supervise } from "./process/supervise.ts";
import type { Engine } from "./types.ts";

/** The engine ended with an error. What it said is in `stderr`; its events carry the same as data. */
export class EngineCommandError extends Error {
  readonly arguments: readonly string[];
  /** Exit code; null when a signal ended the engine. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;

  constructor(args: readonly string[], ended: Ended) {
    const how = ended.code === null ? `was ended by ${ended.signal}` : `ended with exit code ${ended.code}`;
    const said = ended.stderr.trim() || ended.stdout.trim();
    super(`pulumi ${args.slice(0, 2).join(" ")} ${how}${said === "" ? "." : `:\n${said}`}`);
    this.name = "EngineCommandError";
    this.arguments = args;
    this.exitCode = ended.code;
    this.signal = ended.signal;
    this.stdout = ended.stdout;
    this.stderr = ended.stderr;
  }
}

/**
 * Runs the engine for Pulumi's Automation API, in place of its own `PulumiCommand`, whose processes live on when this
 * one is killed.
 */
export class SupervisedPulumi {
  readonly command: string;
  readonly version: semver.SemVer | null;
  readonly #environment: Readonly<Record<string, string | undefined>>;
  /** Kills the engine of a running operation at once when aborted. */
  force: AbortSignal | undefined;
  /** Flags of a running operation that the Automation API has no option for. */
  flags: readonly string[] = [];

  /** @param environment variables on top of our own; undefined takes one away */
  constructor(engine: Engine, environment: Readonly<Record<string, string | undefined>>) {
    this.command = engine.binary;
    this.version = semver.parse(engine.version);
    this.#environment = environment;
  }

  /**
   * Has the signature the Automation API calls.
   *
   * @throws EngineCommandError when the engine does not end with 0
   */
  async run(
    args: string[],
    cwd: string,
    additionalEnv: Record<string, string>,
    onOutput?: (text: string) => void,
    onError?: (text: string) => void,
    signal?: AbortSignal,
  ): Promise<Ended> {
    const all = [...args, ...this.flags, ...(args.includes("--non-interactive") ? [] : ["--non-interactive"])];
    const ended = await supervise(this.command, all, {
      cwd,
      env: {
        ...process.env,
        ...additionalEnv,
        ...this.#environment,
        PULUMI_AUTOMATION_API: "true",
      },
      ...(onOutput ? { onStdout: onOutput } : {}),
      ...(onError ? { onStderr: onError } : {}),
      ...(signal ? { signal } : {}),
      ...(this.force ? { force: this.force } : {}),
    });
    if (ended.code !== 0) throw new EngineCommandError(all, ended);
    return ended;
  }
}
