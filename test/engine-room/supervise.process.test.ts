import { type ChildProcess, spawn } from "node:child_process";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { checkoutRoot } from "../../engine/index.ts";
import { isAlive, processStart, processStartTime } from "../../engine/process/identity.ts";
import { supervise } from "../../engine/process/supervise.ts";
import { runningProcesses, until } from "./support/processes.ts";

jest.setTimeout(60_000);

/** Process groups to end when a test fails half way. */
const groups = new Set<number>();
afterEach(() => {
  for (const group of groups) {
    try {
      process.kill(-group, "SIGKILL");
    } catch {
      // It has ended, as it should.
    }
  }
  groups.clear();
});

/** Starts a command that supervises a shell, in a group of its own, and waits for the shell's number. */
async function startCommand(shell: string): Promise<{ command: ChildProcess; supervised: number }> {
  const script = path.join(checkoutRoot(), "test", "engine-room", "support", "supervise-shell.ts");
  const command = spawn(process.execPath, [script, shell], { detached: true, stdio: ["ignore", "pipe", "inherit"] });
  const supervised = await new Promise<number>((resolve) =>
    command.stdout?.once("data", (text) => resolve(Number(String(text).trim()))),
  );
  groups.add(command.pid ?? 0).add(supervised);
  return { command, supervised };
}

async function ends(pid: number): Promise<boolean> {
  for (let i = 0; i < 200 && isAlive(pid); i++) await sleep(50);
  return !isAlive(pid);
}

test("gives back how a process ended and what it said", async () => {
  const heard: string[] = [];
  const ended = await supervise("/bin/sh", ["-c", "echo out; echo err >&2; exit 7"], {
    onStdout: (text) => heard.push(text),
  });
  expect(ended).toEqual({ code: 7, signal: null, stdout: "out\n", stderr: "err\n", timedOut: false });
  expect(heard.join("")).toBe("out\n");
});

test("arguments and environment arrive as they are", async () => {
  const words = ["a b", "$HOME", '"', "'", "*", ""];
  const ended = await supervise("/usr/bin/env", ["printf", "%s|", ...words], { env: { PATH: process.env.PATH } });
  expect(ended.stdout).toBe(words.map((word) => `${word}|`).join(""));
});

test("a process that takes too long is killed with all of its group", async () => {
  const ended = await supervise("/bin/sh", ["-c", "sleep 1000 & echo $!; wait"], { timeout: 300 });
  expect(ended).toMatchObject({ code: null, signal: "SIGKILL", timedOut: true });
  expect(await ends(Number(ended.stdout))).toBe(true);
});

test("an abort asks once and leaves the process the time to save", async () => {
  const abort = new AbortController();
  const running = supervise(
    "/bin/sh",
    ["-c", "trap 'echo saved; exit 3' INT; echo ready; while :; do sleep 0.05; done"],
    {
      signal: abort.signal,
      onStdout: (text) => text.includes("ready") && abort.abort(),
    },
  );
  expect(await running).toMatchObject({ code: 3, stdout: "ready\nsaved\n" });
});

test.each([
  ["the command alone", (pid: number) => process.kill(pid, "SIGKILL")],
  ["its whole process group", (pid: number) => process.kill(-pid, "SIGKILL")],
])("killing %s ends what it supervised", async (_, kill) => {
  const { command, supervised } = await startCommand("trap '' INT; echo $$; while :; do sleep 0.05; done");
  expect(isAlive(supervised)).toBe(true);
  kill(command.pid ?? 0);
  expect(await ends(supervised)).toBe(true);
});

test("what is supervised still ends with the command when the watchdog was killed before", async () => {
  const { command, supervised } = await startCommand("trap '' INT; echo $$; while :; do sleep 0.05; done");
  const watchdog = () =>
    runningProcesses().find((p) => p.parent === command.pid && p.command.includes("watchdog.ts"))?.pid;
  const first = await until(watchdog, "the watchdog");
  process.kill(first, "SIGKILL");
  await until(() => (watchdog() ?? first) !== first, "another watchdog");
  // The new one reads what it has to watch as soon as it runs.
  await sleep(500);
  process.kill(command.pid ?? 0, "SIGKILL");
  expect(await ends(supervised)).toBe(true);
});

test("a process that starts is told from an earlier one with the same number", () => {
  expect(processStart(process.pid)).toBe(processStart(process.pid));
  expect(processStart(process.pid)).not.toBe(processStart(1));
  expect(processStartTime(process.pid)?.getTime()).toBeLessThanOrEqual(Date.now());
});
