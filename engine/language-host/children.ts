import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { fstatSync } from "node:fs";
import path from "node:path";
import type { Invocation } from "./invocation.ts";

/** The processes this host started and that must not outlive it. */
export class Children {
  readonly #running = new Set<ChildProcess>();
  readonly #parentWatch: string;

  /** @param directory folder of the bundle, where the script lies that each node process watches us with */
  constructor(directory: string) {
    this.#parentWatch = path.join(directory, "parent-watch.cjs");
  }

  /** Starts node, found on PATH as the official host does, so that a program decides its own version. */
  startNode(
    invocation: Invocation,
    stdio: SpawnOptions["stdio"],
    environment: NodeJS.ProcessEnv = process.env,
  ): ChildProcess {
    const { CAUSEWAY_HOST_NODE_OPTIONS: nodeOptions, ...inherited } = environment;
    return this.start(
      "node",
      [`--require=${this.#parentWatch}`, ...invocation.nodeArguments, invocation.script, ...invocation.arguments],
      {
        cwd: invocation.cwd,
        env: {
          ...inherited,
          ...(nodeOptions ? { NODE_OPTIONS: nodeOptions } : {}),
          ...invocation.environment,
          CAUSEWAY_WATCHED_PARENT: String(process.pid),
        },
        stdio,
      },
    );
  }

  start(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
    const child = spawn(command, args, options);
    this.#running.add(child);
    child.once("close", () => this.#running.delete(child));
    child.once("error", () => this.#running.delete(child));
    return child;
  }

  /** Asks every child to end and waits for them; what is left after the time is killed. */
  async stop(milliseconds: number): Promise<void> {
    const ended = [...this.#running].map(
      (child) => new Promise<void>((resolve) => child.once("close", () => resolve())),
    );
    for (const child of this.#running) child.kill("SIGTERM");
    const timer = new Promise<void>((resolve) => setTimeout(resolve, milliseconds));
    await Promise.race([Promise.all(ended), timer]);
    this.kill();
  }

  /** Kills every child at once. */
  kill(): void {
    for (const child of this.#running) child.kill("SIGKILL");
  }
}

/**
 * Ends this process and everything it started as soon as the engine is gone. A killed engine cannot say goodbye: its
 * end of our standard input closes, and we get another parent.
 */
export function dieWithEngine(children: Children): void {
  const die = () => {
    children.kill();
    try {
      // The engine makes the host the leader of a process group, so this reaches grandchildren too, and us.
      process.kill(-process.pid, "SIGKILL");
    } catch {
      process.exit(1);
    }
  };
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) die();
  }, 500).unref();
  // A terminal or /dev/null tells nothing about the engine; the pipe it gives us does.
  if (fstatSync(0).isFIFO() || fstatSync(0).isSocket()) {
    process.stdin.once("end", die).once("close", die).once("error", die).resume();
  }
  const leave = async () => {
    await children.stop(2_000);
    process.exit(0);
  };
  process.once("SIGINT", leave).once("SIGTERM", leave);
}
