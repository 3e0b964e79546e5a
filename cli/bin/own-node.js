import { spawn } from "node:child_process";

/**
 * Goes on in another Node, and ends as it does.
 *
 * The program puts things in order when it is asked to end, and says so by its exit code: this process waits for that.
 * Ctrl-C reaches both; a signal to this process alone is passed on.
 */
export function goOnIn(node, args, env) {
  const child = spawn(node, args, { stdio: "inherit", env });
  process.on("SIGINT", () => {
    if (!process.stdin.isTTY) child.kill("SIGINT");
  });
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.once("error", (error) => {
    process.stderr.write(`${node} cannot be started: ${error.message}\n`);
    process.exit(10);
  });
  child.once("exit", (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
