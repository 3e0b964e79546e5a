import { type ChildProcess, spawn } from "node:child_process";
import path from "node:path";
import { checkoutRoot } from "../paths.ts";

export interface SuperviseOptions {
  readonly cwd?: string;
  /** The whole environment of the process. */
  readonly env?: NodeJS.ProcessEnv;
  readonly onStdout?: (text: string) => void;
  readonly onStderr?: (text: string) => void;
  /** Sends SIGINT once when aborted; the process decides when it ends. */
  readonly signal?: AbortSignal;
  /** Kills the process and all of its group when aborted. */
  readonly force?: AbortSignal;
  /** Kills the process and all of its group after this many milliseconds. */
  readonly timeout?: number;
  /** Characters of each output that are kept, the last ones. @default all */
  readonly keep?: number;
}

export interface Ended {
  /** Exit code; null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
}

/**
 * Runs a process that cannot outlive us: it starts only after the watchdog knows of it, and the watchdog ends it when
 * we are gone. It has a process group of its own, so Ctrl-C in a terminal reaches us alone and we decide what it means.
 *
 * @throws Error when the process cannot be started
 */
export async function supervise(
  command: string,
  args: readonly string[],
  options: SuperviseOptions = {},
): Promise<Ended> {
  // The shell waits for a word from us and then becomes the command. When we die before, it reads the end of its input.
  const gate = 'IFS= read -r word && [ "$word" = go ] && exec "$0" "$@" </dev/null';
  const child = spawn("/bin/sh", ["-c", gate, command, ...args], {
    cwd: options.cwd,
    env: options.env ?? process.env,
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  let timedOut = false;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout = kept(stdout + text, options.keep);
    options.onStdout?.(text);
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr = kept(stderr + text, options.keep);
    options.onStderr?.(text);
  });
  const interrupt = () => signalProcess(child, "SIGINT");
  const kill = () => signalGroup(child, "SIGKILL");
  const timer =
    options.timeout === undefined
      ? undefined
      : setTimeout(() => {
          timedOut = true;
          kill();
        }, options.timeout);
  try {
    const end = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
      child.once("error", (error) => reject(new Error(`could not start ${command}: ${error.message}`)));
      child.once("close", (code, signal) => resolve({ code, signal }));
    });
    // The gate may be gone already when the process was killed at once.
    child.stdin.on("error", () => {});
    if (child.pid !== undefined) {
      await watch(child.pid);
      if (options.signal?.aborted) interrupt();
      else options.signal?.addEventListener("abort", interrupt, { once: true });
      if (options.force?.aborted) kill();
      else options.force?.addEventListener("abort", kill, { once: true });
      child.stdin.end("go\n");
    }
    const { code, signal } = await end;
    return { code, signal, stdout, stderr, timedOut };
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener("abort", interrupt);
    options.force?.removeEventListener("abort", kill);
    if (child.pid !== undefined) unwatch(child.pid);
  }
}

function kept(text: string, most: number | undefined): string {
  return most === undefined || text.length <= most ? text : text.slice(-most);
}

function signalProcess(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.exitCode === null && child.signalCode === null) child.kill(signal);
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // It ended in between.
  }
}

const watched = new Set<number>();
let watchdog: ChildProcess | undefined;
let watchdogsStarted = 0;

async function watch(pid: number): Promise<void> {
  watched.add(pid);
  watchdog ??= startWatchdog();
  const { stdin } = watchdog;
  await new Promise<void>((resolve) => stdin?.write(`+${pid}\n`, () => resolve()));
}

function unwatch(pid: number): void {
  watched.delete(pid);
  watchdog?.stdin?.write(`-${pid}\n`);
}

function startWatchdog(): ChildProcess {
  watchdogsStarted += 1;
  const script = path.join(checkoutRoot(), "engine", "process", "watchdog.ts");
  const { NODE_OPTIONS: _, ...env } = process.env;
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", script], {
    cwd: "/",
    env,
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  // It must not keep us from ending: our end is what it waits for.
  child.unref();
  (child.stdin as unknown as { unref?: () => void }).unref?.();
  child.stdin.on("error", () => {});
  child.once("exit", () => {
    watchdog = undefined;
    // Someone killed the watchdog while it had something to watch: another one takes its place. One that cannot even
    // start would come back for ever.
    if (watchdogsStarted < 10) for (const pid of watched) void watch(pid);
  });
  child.once("error", () => {
    watchdog = undefined;
  });
  return child;
}
