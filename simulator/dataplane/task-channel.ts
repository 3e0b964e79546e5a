/** How the data plane and the process that runs its tasks talk. */
import { type ChildProcess, fork } from "node:child_process";

export type ToHost =
  | {
      readonly type: "start";
      readonly id: string;
      readonly command: readonly string[];
      readonly cwd: string;
      readonly env: Readonly<Record<string, string>>;
      readonly logFile: string;
    }
  | { readonly type: "signal"; readonly id: string; readonly signal: NodeJS.Signals };

export type FromHost =
  | { readonly type: "started"; readonly id: string; readonly pid: number }
  | { readonly type: "exited"; readonly id: string; readonly reason: string };

/** Runs processes that end when this process ends, however it ends. */
export class TaskHost {
  readonly #entry: string;
  readonly #onMessage: (message: FromHost) => void;
  readonly #pids = new Map<string, number>();
  readonly #running = new Set<string>();
  #host: ChildProcess | undefined;
  #closed = false;

  /**
   * @param entry path of task-host.ts
   */
  constructor(entry: string, onMessage: (message: FromHost) => void) {
    this.#entry = entry;
    this.#onMessage = onMessage;
  }

  /** Its process id, once something has been started. */
  get pid(): number | undefined {
    return this.#host?.pid;
  }

  /** Process ids by the id given to `start`. */
  get pids(): ReadonlyMap<string, number> {
    return this.#pids;
  }

  start(what: Omit<ToHost & { type: "start" }, "type">): void {
    this.#running.add(what.id);
    this.#send({ type: "start", ...what });
  }

  signal(id: string, signal: NodeJS.Signals): void {
    if (this.#running.has(id)) this.#send({ type: "signal", id, signal });
  }

  /** Kills everything and settles when the process has gone. */
  async close(): Promise<void> {
    this.#closed = true;
    const host = this.#host;
    if (host === undefined || host.exitCode !== null || host.signalCode !== null) return;
    await new Promise<void>((resolve) => {
      host.once("exit", () => resolve());
      if (host.connected) host.disconnect();
    });
  }

  #send(message: ToHost): void {
    this.#host ??= this.#spawn();
    this.#host.send(message, () => undefined);
  }

  #spawn(): ChildProcess {
    const host = fork(this.#entry, [], {
      // Own session: Ctrl-C at the terminal is for the data plane, which drains before it stops tasks.
      detached: true,
      execArgv: [],
      env: { PATH: process.env.PATH ?? "" },
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    host.on("message", (message: FromHost) => {
      if (message.type === "started") this.#pids.set(message.id, message.pid);
      else this.#forget(message.id);
      this.#onMessage(message);
    });
    host.once("exit", () => {
      this.#host = undefined;
      if (!this.#closed) this.#lost();
    });
    return host;
  }

  /** Somebody killed the host alone: its processes go too, and whoever started them is told. */
  #lost(): void {
    for (const id of [...this.#running]) {
      const pid = this.#pids.get(id);
      this.#forget(id);
      try {
        if (pid !== undefined) process.kill(-pid, "SIGKILL");
      } catch {
        // It is gone.
      }
      this.#onMessage({ type: "exited", id, reason: "the process that ran it was killed" });
    }
  }

  #forget(id: string): void {
    this.#running.delete(id);
    this.#pids.delete(id);
  }
}
