import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Whether a process with this number exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // It exists and belongs to someone else.
    if ((error as NodeJS.ErrnoException).code === "EPERM") return true;
    return false;
  }
  // A zombie has ended; its parent just has not asked yet.
  return !/^\d+ \(.*\) [ZX] /s.test(readProc(pid, "stat") ?? "");
}

/**
 * What tells a process from a later one with the same number: its start, in the platform's own form. Undefined when
 * there is no such process.
 */
export function processStart(pid: number): string | undefined {
  if (process.platform === "linux") return statFields(pid)?.[19];
  return ps(pid, "lstart");
}

/** When a process started, as a date; undefined when there is no such process or it cannot be told. */
export function processStartTime(pid: number): Date | undefined {
  if (process.platform === "linux") {
    const ticks = statFields(pid)?.[19];
    const booted = /^btime (\d+)$/m.exec(readFile("/proc/stat") ?? "")?.[1];
    // The kernel reports in ticks of 1/100 s on every architecture that Node supports (USER_HZ, man 5 proc).
    return ticks && booted ? new Date((Number(booted) + Number(ticks) / 100) * 1000) : undefined;
  }
  const text = ps(pid, "lstart");
  return text ? new Date(text) : undefined;
}

/** Command line of a process, for people. */
export function processCommand(pid: number): string | undefined {
  if (process.platform !== "linux") return ps(pid, "command");
  return readProc(pid, "cmdline")?.split("\0").join(" ").trim() || undefined;
}

/** Fields of /proc/PID/stat from the third on; the second may itself hold blanks and brackets. */
function statFields(pid: number): string[] | undefined {
  const stat = readProc(pid, "stat");
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
}

function readProc(pid: number, name: string): string | undefined {
  return process.platform === "linux" ? readFile(`/proc/${pid}/${name}`) : undefined;
}

function readFile(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

function ps(pid: number, column: string): string | undefined {
  try {
    const output = execFileSync("ps", ["-o", `${column}=`, "-p", String(pid)], {
      encoding: "utf8",
      env: { ...process.env, LC_ALL: "C" },
      stdio: ["ignore", "pipe", "ignore"],
    });
    return output.trim() || undefined;
  } catch {
    return undefined;
  }
}
