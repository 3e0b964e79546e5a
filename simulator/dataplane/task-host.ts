/**
 * The process that starts the tasks' processes and outlives none of them. The data plane holds the other end of its
 * channel: when that ends, in whatever way, everything that runs here is killed.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import type { FromHost, ToHost } from "./task-channel.ts";

const children = new Map<string, ChildProcess>();

function tell(message: FromHost): void {
  if (process.connected) process.send?.(message);
}

/** The process and all that it started: each task is a process group of its own. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // It is gone.
  }
}

function start({ id, command, cwd, env, logFile }: ToHost & { type: "start" }): void {
  const [program = "", ...args] = command;
  try {
    mkdirSync(dirname(logFile), { recursive: true, mode: 0o700 });
    const log = openSync(logFile, "a", 0o600);
    const child = spawn(program, args, { cwd, env: { ...env }, detached: true, stdio: ["ignore", log, log] });
    closeSync(log);
    children.set(id, child);
    child.once("spawn", () => tell({ type: "started", id, pid: child.pid ?? 0 }));
    child.once("error", (error) => {
      if (child.pid !== undefined) return;
      children.delete(id);
      tell({ type: "exited", id, reason: error.message });
    });
    child.once("exit", (code, signal) => {
      // Whatever it started and left behind goes with it, as with a container.
      signalGroup(child, "SIGKILL");
      children.delete(id);
      tell({ type: "exited", id, reason: signal === null ? `exit code ${code}` : `signal ${signal}` });
    });
  } catch (error) {
    tell({ type: "exited", id, reason: error instanceof Error ? error.message : String(error) });
  }
}

function leave(): void {
  for (const child of children.values()) signalGroup(child, "SIGKILL");
  process.exit(0);
}

process.on("message", (message: ToHost) => {
  if (message.type === "start") start(message);
  else {
    const child = children.get(message.id);
    if (child !== undefined) signalGroup(child, message.signal);
  }
});
process.on("disconnect", leave);
process.on("SIGTERM", leave);
process.on("SIGINT", leave);
