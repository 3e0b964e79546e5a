import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { isAlive, processStart } from "./identity.ts";

/*
 * Ends what a command started once the command itself is gone, however it went. It is told of processes on its standard
 * input (`+pid`, `-pid`); the end of the input is the end of the command. It runs in a session of its own, so that a kill
 * of the command's whole process group does not reach it.
 */

/** Time for the engine to save its state and release its lock. */
const GRACE_MS = 1_500;

const watched = new Map<number, string | undefined>();

const input = createInterface({ input: process.stdin });
input.on("line", (line) => {
  const pid = Number(line.slice(1));
  if (!Number.isInteger(pid) || pid <= 1) return;
  if (line.startsWith("+")) watched.set(pid, processStart(pid));
  else watched.delete(pid);
});
input.once("close", async () => {
  signalAll("SIGINT");
  for (const until = Date.now() + GRACE_MS; Date.now() < until && alive().length > 0; ) await sleep(50);
  signalAll("SIGKILL");
  process.exit(0);
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});

/** Those that still are the processes we were told of: a number may have been given to another since. */
function alive(): number[] {
  return [...watched].filter(([pid, start]) => isAlive(pid) && processStart(pid) === start).map(([pid]) => pid);
}

function signalAll(signal: NodeJS.Signals): void {
  for (const pid of alive()) {
    try {
      // Each is the leader of its own group.
      process.kill(-pid, signal);
    } catch {
      // It ended in between.
    }
  }
}
