import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

export interface RunningProcess {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
  readonly environment: string;
}

/** Processes of this machine that have not ended, as /proc shows them. */
export function runningProcesses(): RunningProcess[] {
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const read = (file: string) => readFileSync(`/proc/${name}/${file}`, "utf8");
      const stat = read("stat");
      const [state = "", parent = ""] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      if (state === "Z") return [];
      const command = read("cmdline").split("\0").join(" ").trim();
      return [{ pid: Number(name), parent: Number(parent), command, environment: read("environ") }];
    } catch {
      // It ended while we looked, or is not ours to see.
      return [];
    }
  });
}

/** Asks until the answer is one to go on with. */
export async function until<T>(ask: () => T | undefined | false, what: string, seconds = 60): Promise<T> {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(50)) {
    const answer = ask();
    if (answer) return answer;
  }
  throw new Error(`waited ${seconds} s in vain for ${what}`);
}
